import type { Low } from 'lowdb';
import { StoreError } from '../../ports/store.js';
import { admit } from '../state/admit.js';
import { draftOf } from '../state/draft.js';
import type { Groups, Waiting } from '../state/groups.js';
import { createGroups } from '../state/groups.js';
import type { Operation, State } from '../state/state.js';
import { apply } from '../state/state.js';
import type { Journal } from './journal.js';

/** `commit` resolves when the write would survive a crash; it rejects when it was refused, or could not be written: then nothing of it is remembered. */
export type Commits = Groups;

/**
 * Writes in groups, each of which costs one fdatasync. Within a group writes are checked one after another, each against the state that those before it will have made.
 * The real state changes only when the group is durable.
 */
export const createCommits = (db: Low<State>, journal: Journal): Commits => {
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

  return createGroups(async (group) => {
    await flush(group);
    if (journal.isCompactionDue()) await db.write();
  });
};

export const notOpen = (folder: string): StoreError => new StoreError('unavailable', `the store in ${folder} is not open`);

/** Stands in for the writer of a store that is not open. */
export const closedCommits = (folder: string): Commits => ({
  commit: () => Promise.reject(notOpen(folder)),
  idle: () => Promise.resolve(),
});
