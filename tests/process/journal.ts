import { isDeepStrictEqual } from 'node:util';
import type { Alert } from '../../src/model/alert.js';
import type { Delivery } from '../../src/model/delivery.js';
import type { Operation } from './journal-files.js';
import { readJournalFiles } from './journal-files.js';

/** What a journal says of one delivery, and of what it has been through. */
export interface Told {
  readonly row: Delivery;
  /** How often nobody knew whether it had arrived: a lost reply, a 5xx, a kill. */
  readonly unknownOutcomes: number;
  /** How many of those were kills. */
  readonly interruptions: number;
  /** Its place among all first sends; `null`: none was begun. */
  readonly firstSend: number | null;
}

interface Position {
  readonly openTimeMs: number;
  readonly lagging: Readonly<Record<string, number | null>>;
}

export interface Journal {
  /** Reads the folder again. Gives what is on the disk right now; `problems` should never hold anything. */
  read(): { readonly rows: readonly Delivery[]; readonly problems: readonly string[]; readonly isTorn: boolean };
  alerts(): readonly Alert[];
  deliveries(): readonly Told[];
  /** Open time of the first bar of this symbol that was judged, and of the last; `null`: none. */
  judged(symbol: string): { readonly firstMs: number; readonly lastMs: number } | null;
  /** Times the store was opened. */
  openings(): number;
}

const keyOf = ({ alertId, sink }: Pick<Delivery, 'alertId' | 'sink'>): string => `${alertId}/${sink}`;

/** What operations make of the rows: the plainest reading of what each is for. */
const carryOut = (operation: Operation, rows: Map<string, Delivery>): readonly Delivery[] => {
  const changed: Delivery[] = [];
  if (operation.kind === 'claim')
    for (const row of operation['deliveries'] as readonly Delivery[]) if (!rows.has(keyOf(row))) changed.push(row);
  if (operation.kind === 'transition') changed.push(operation['to'] as Delivery);
  if (operation.kind === 'open')
    for (const row of rows.values())
      if (row.state === 'sending')
        changed.push({
          ...row,
          state: 'unknown',
          reason: 'restart',
          unknowns: row.unknowns + 1,
          mayRepeat: true,
          tries: [
            ...(row.tries ?? []),
            { atMs: operation['atMs'] as number, outcome: 'unknown' as const, detail: 'restart' },
          ].slice(-8),
          updatedAtMs: operation['atMs'] as number,
        });
  for (const row of changed) rows.set(keyOf(row), row);
  return changed;
};

const rowsOf = (state: Readonly<Record<string, unknown>>): Map<string, Delivery> => {
  const entries = (state['alerts'] ?? []) as readonly { readonly rows: readonly Delivery[] }[];
  return new Map(entries.flatMap(({ rows }) => rows).map((row) => [keyOf(row), row]));
};

const inOrder = (rows: ReadonlyMap<string, Delivery>): readonly Delivery[] =>
  [...rows.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

/**
 * Follows a store over its whole life by reading its files now and then. Everything is known twice: from the snapshot and the
 * log on the disk, and from all operations ever seen; the two must say the same, or the store has forgotten something.
 */
export const createJournal = (folder: string): Journal => {
  const alerts = new Map<string, Alert>();
  const rows = new Map<string, Delivery>();
  const told = new Map<string, Told>();
  const positions: Position[] = [];
  let sequence = 0;
  let openings = 0;
  let firstSends = 0;

  const note = (row: Delivery): void => {
    const before = told.get(keyOf(row));
    told.set(keyOf(row), {
      row,
      unknownOutcomes: (before?.unknownOutcomes ?? 0) + (row.state === 'unknown' ? 1 : 0),
      interruptions: (before?.interruptions ?? 0) + (row.state === 'unknown' && row.reason === 'restart' ? 1 : 0),
      firstSend: before?.firstSend ?? (row.state === 'sending' ? firstSends++ : null),
    });
  };

  const take = (operation: Operation): void => {
    sequence = operation.seq;
    if (operation.kind === 'open') openings++;
    if (operation.kind === 'claim') {
      for (const alert of operation['alerts'] as readonly Alert[]) if (!alerts.has(alert.id)) alerts.set(alert.id, alert);
      positions.push(operation['position'] as Position);
    }
    for (const row of carryOut(operation, rows)) note(row);
  };

  const read: Journal['read'] = () => {
    const files = readJournalFiles(folder);
    const problems = [...files.problems];
    const fresh = files.operations.filter(({ seq }) => seq > sequence);
    const [next] = fresh;
    if (next !== undefined && next.seq !== sequence + 1) problems.push(`operations ${sequence + 1} to ${next.seq - 1} are gone`);
    for (const operation of fresh) take(operation);
    const onDisk = rowsOf(files.snapshot.state);
    for (const operation of files.operations) if (operation.seq > files.snapshot.sequence) carryOut(operation, onDisk);
    const found = inOrder(onDisk);
    const differ = inOrder(rows).filter((row) => !isDeepStrictEqual(row, onDisk.get(keyOf(row))));
    if (differ.length > 0 || found.length !== rows.size) {
      const [first] = differ;
      const instead = first === undefined ? undefined : onDisk.get(keyOf(first));
      problems.push(
        `the disk holds ${found.length} rows of ${rows.size}, and others than ${differ.map(keyOf).join(', ')}: ` +
          `${JSON.stringify(instead)} and not ${JSON.stringify(first)}; snapshot ${files.snapshot.sequence}, ` +
          `operations ${files.operations[0]?.seq ?? 'none'} to ${files.operations.at(-1)?.seq ?? 'none'}, seen ${sequence}`,
      );
    }
    return { rows: found, problems, isTorn: files.isTorn };
  };

  const judgedOf = (symbol: string): { readonly firstMs: number; readonly lastMs: number } | null => {
    const timesMs = positions
      .map(({ openTimeMs, lagging }) => (Object.hasOwn(lagging, symbol) ? lagging[symbol] : openTimeMs))
      .filter((timeMs) => typeof timeMs === 'number');
    const [firstMs] = timesMs;
    return firstMs === undefined ? null : { firstMs, lastMs: Math.max(...timesMs) };
  };

  return {
    read,
    alerts: () => [...alerts.values()],
    deliveries: () => [...told.values()],
    judged: judgedOf,
    openings: () => openings,
  };
};
