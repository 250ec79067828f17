import { deliveryKey } from '../../model/delivery.js';
import type { Report } from '../../model/fault.js';
import type { Transition } from '../../ports/store.js';
import { StoreError } from '../../ports/store.js';
import type { Request } from '../state/admit.js';
import { admit } from '../state/admit.js';
import type { Groups, Waiting } from '../state/groups.js';
import { createGroups } from '../state/groups.js';
import type { Operation, State } from '../state/state.js';
import { apply } from '../state/state.js';
import type { Backend, Mark } from './backend.js';
import { changing } from './changes.js';
import { LostAnswer } from './failure.js';

export interface WriterParts {
  readonly backend: Backend;
  /** What the server holds, as far as it is acknowledged: changed here and nowhere else. */
  readonly state: State;
  readonly mark: Mark;
  readonly report: Report;
  /** Called when the server has let somebody else write. */
  readonly lost: () => void;
}

/** `commit` resolves when the server has it for good; it rejects when it was refused, or could not be written, or nobody knows. */
export interface Writer extends Groups {
  /** The name of the last write, if it is known that there is no later one. */
  settled(): string | null;
}

const textOf = (change: Transition): string => JSON.stringify([change.from, change.to]);

/**
 * Writes in groups, like the journal: what is asked for while one group is on its way makes the next. Every write has a name of its
 * own and names the one before it, so that the server takes it once or not at all.
 *
 * Where an answer is lost, the caller is told that the store is unavailable, and nobody knows whether the write was done, or will be.
 * Before anything else is written an empty write is put in its place: either that is taken, and the lost one never will be; or the
 * server is found to have taken the lost one, and its changes are known from then on. A claim that comes again then finds what it
 * asks for, and so does a step that comes again: it is recognised by its very text, and done.
 */
export const createWriter = ({ backend, state, mark: { epoch, owner, last: first }, report, lost }: WriterParts): Writer => {
  let last = first;
  let count = 0;
  /** Writes that follow `last` and were not answered, by name: at most one of them was done. */
  const doubts = new Map<string, readonly Operation[]>();
  /** Steps that were done though nobody was told, by row. */
  const landed = new Map<string, string>();

  const fenced = (): StoreError => {
    lost();
    return new StoreError('fenced', `${backend.place}: another replica has taken over since epoch ${epoch}`);
  };

  /** Writes, and learns where the server is if it is not where it should be. */
  const write = async (operations: readonly Operation[], next: ReturnType<typeof changing>): Promise<void> => {
    const id = `${epoch}.${++count}`;
    let found: Mark | null;
    try {
      found = await backend.write({
        mark: { epoch, owner, last },
        id,
        touchedAtMs: next.after.touchedAtMs,
        changes: next.changes(),
      });
    } catch (error) {
      if (error instanceof LostAnswer) doubts.set(id, operations);
      throw error;
    }
    if (found === null) {
      adopt(id, operations);
      return;
    }
    if (found.epoch !== epoch || found.owner !== owner) throw fenced();
    const done = doubts.get(found.last);
    if (done !== undefined) {
      adopt(found.last, done);
      for (const operation of done)
        if (operation.kind === 'transition') landed.set(deliveryKey(operation.to), textOf({ epoch, ...operation }));
      return;
    }
    report({
      kind: 'store-damaged',
      detail: `${backend.place} has forgotten what it had acknowledged (write ${last}, it knows ${found.last || 'none'}): it failed over, or a backup was restored; bars are judged again and alerts may be repeated`,
    });
    throw fenced();
  };

  const adopt = (id: string, operations: readonly Operation[]): void => {
    for (const operation of operations) apply(state, operation);
    last = id;
    doubts.clear();
  };

  const isLanded = (request: Request): boolean => {
    if (request.kind === 'open') return state.epoch === epoch;
    if (request.kind !== 'transition') return false;
    const key = deliveryKey(request.change.to);
    const text = landed.get(key);
    landed.delete(key);
    return text === textOf(request.change);
  };

  const flush = async (group: readonly Waiting[]): Promise<void> => {
    try {
      if (doubts.size > 0) await write([], changing(state));
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    const next = changing(state);
    const accepted: (Waiting & { readonly operation: Operation })[] = [];
    for (const one of group) {
      try {
        if (isLanded(one.request)) {
          one.resolve();
          continue;
        }
        const operation = admit(next.after, one.request);
        next.apply(operation);
        accepted.push({ ...one, operation });
      } catch (error) {
        one.reject(error);
      }
    }
    if (accepted.length === 0) return;
    try {
      await write(
        accepted.map(({ operation }) => operation),
        next,
      );
    } catch (error) {
      for (const { reject } of accepted) reject(error);
      return;
    }
    for (const { resolve } of accepted) resolve();
  };

  return { ...createGroups(flush), settled: () => (doubts.size === 0 ? last : null) };
};

/** Stands in for the writer of a store that is not open. */
export const closedWriter = (refusal: () => StoreError): Writer => ({
  commit: () => Promise.reject(refusal()),
  idle: () => Promise.resolve(),
  settled: () => null,
});
