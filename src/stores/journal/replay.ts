import { isFinal } from '../../model/delivery.js';
import type { Operation, State } from '../state/state.js';
import { apply, changeRows } from '../state/state.js';
import type { Line, Log } from './lines.js';
import type { Snapshot } from './snapshot.js';

export interface Replayed {
  /** Number of the last operation found. */
  readonly sequence: number;
  /** Where acknowledged operations are missing; `null`: nowhere. */
  readonly gap: string | null;
}

/**
 * After a gap, facts about alerts still count, but a position does not: it would hide alerts of the gap for ever. So the bars
 * since the gap are judged again, what is known of them is not repeated, and what was lost is claimed anew.
 */
const salvaged = (op: Operation): Operation => (op.kind === 'claim' ? { ...op, position: null } : op);

/** A lost line may have told of a send, so whatever is still to be sent may be a repeat. */
const markRepeats = (state: State): void => {
  changeRows(state, (row) => (isFinal(row.state) || row.mayRepeat ? row : { ...row, mayRepeat: true }));
};

/** Carries out on the snapshot's state, in order, every operation after it. Logs come in the order in which they were written. */
export const replay = (from: Snapshot, logs: readonly (Log & { readonly name: string })[]): Replayed => {
  const { state, generation } = from;
  let { sequence } = from;
  let gap: string | null = null;
  const expect = (next: number, name: string): void => {
    if (next > sequence + 1) gap ??= `${name} goes on with operation ${next}, but ${sequence} is the last one known`;
  };
  const take = ({ seq, op }: Line, name: string): void => {
    if (seq <= sequence || op.kind === 'log') return;
    expect(seq, name);
    apply(state, gap === null ? op : salvaged(op));
    sequence = seq;
  };
  for (const [i, log] of logs.entries()) {
    expect(log.base + 1, log.name);
    sequence = Math.max(sequence, log.base);
    for (const line of log.lines) take(line, log.name);
    // Damage that the snapshot or the next log already covers has cost nothing.
    const next = logs[i + 1];
    const isCovered =
      (log.heading !== null && log.heading.generation < generation) || (next !== undefined && next.base <= sequence);
    if (log.ending !== 'damaged' || isCovered) continue;
    gap ??= `${log.name} is damaged after operation ${sequence}`;
    for (const line of log.salvaged) take(line, log.name);
  }
  if (gap !== null) markRepeats(state);
  return { sequence, gap };
};
