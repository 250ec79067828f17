import type { Low } from 'lowdb';
import { StoreError } from '../../ports/store.js';
import type { Request } from '../state/admit.js';
import { admit } from '../state/admit.js';
import { draftOf } from '../state/draft.js';
import type { Operation, State } from '../state/state.js';
import { apply } from '../state/state.js';
import type { Journal } from './journal.js';

interface Waiting {
  readonly request: Request;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface Commits {
  /** Resolves when the write would survive a crash. Rejects when it was refused, or could not be written: then nothing of it is remembered. */
  commit(request: Request): Promise<void>;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
}

/**
 * Writes in groups: whatever was asked for while one group is on its way to the disk makes the next, and each group costs one
 * fdatasync. Within a group writes are checked one after another, each against the state that those before it will have made.
 * The real state changes only when the group is durable. The queue is as long as the number of callers who wait.
 */
export const createCommits = (db: Low<State>, journal: Journal): Commits => {
  let waiting: Waiting[] = [];
  let running: Promise<void> | null = null;

  const flush = async (group: readonly Waiting[]): Promise<void> => {
    const draft = draftOf(db.data);
    const accepted: (Waiting & { readonly operation: Operation })[] = [];
    for (const one of group) {
      try {
        const operation = admit(draft, one.request);
        journal.stage(operation);
        apply(draft, operation);
        accepted.push({ ...one, operation });
      } catch (error) {
        one.reject(error);
      }
    }
    if (accepted.length === 0) return;
    try {
      await db.write();
    } catch (error) {
      for (const { reject } of accepted) reject(error);
      return;
    }
    for (const { operation } of accepted) apply(db.data, operation);
    for (const { resolve } of accepted) resolve();
  };

  const run = async (): Promise<void> => {
    // Everything that is asked for in this very turn goes into the first group.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await flush(group);
      if (journal.isCompactionDue()) await db.write();
    }
    running = null;
  };

  return {
    commit: (request) =>
      new Promise((resolve, reject) => {
        waiting.push({ request, resolve, reject });
        running ??= run();
      }),
    idle: async () => {
      while (running !== null) await running;
    },
  };
};

export const notOpen = (folder: string): StoreError => new StoreError('unavailable', `the store in ${folder} is not open`);

/** Stands in for the writer of a store that is not open. */
export const closedCommits = (folder: string): Commits => ({
  commit: () => Promise.reject(notOpen(folder)),
  idle: () => Promise.resolve(),
});
