import { Low } from 'lowdb';
import type { Observable } from 'rxjs';
import { defer, from, ignoreElements, map } from 'rxjs';
import { z } from 'zod';
import type { Context } from '../ports/context.js';
import { defineStore } from '../ports/plugin.js';
import type { Remembered, Store } from '../ports/store.js';
import { done, during, storeErrorOf } from './journal/failure.js';
import { closedCommits, createCommits, notOpen } from './journal/group-commit.js';
import { createJournal } from './journal/journal.js';
import { acquireLock } from './journal/lock.js';
import { probeFolder } from './journal/probe.js';
import { readState } from './journal/read.js';
import type { Request } from './state/admit.js';
import { copyOf } from './state/admit.js';
import type { State } from './state/state.js';
import { emptyState, keyedKey, pendingIn, remembered, rowCount } from './state/state.js';

/** No compaction of a log below this size, in bytes (decisions.md 21). */
const COMPACTION_BYTES_MIN = 4 * 1024 * 1024;
/** A clock that lies further behind the newest write than this was set back, or the store comes from elsewhere. */
const CLOCK_BEHIND_MS_MAX = 300_000;

export interface FileStoreSettings {
  readonly folder: string;
  readonly compactionBytesMin: number;
}

/**
 * A store in one folder of files: lowdb over the adapter in `journal/`, because lowdb's own neither syncs what it has
 * acknowledged nor keeps a second process out.
 *
 * *Delivery*: what has been acknowledged survives a crash or a power cut. *Memory*: everything that is not yet
 * collected is held.
 */
export const createFileStore = ({ folder, compactionBytesMin }: FileStoreSettings, context: Context): Store => {
  const { files, marketTime, wireTime, report } = context;
  const journal = createJournal({ files, folder, compactionBytesMin, report });
  let db = new Low(journal, emptyState());
  let commits = closedCommits(folder);
  let release: (() => Promise<void>) | null = null;
  /** Opening and closing happen one after another. */
  let lifecycle: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(work: () => Promise<T>): Observable<T> =>
    defer(() => {
      const turn = lifecycle.then(work);
      lifecycle = turn.catch(() => undefined);
      return from(turn);
    });

  const shut = async (): Promise<void> => {
    const current = commits;
    commits = closedCommits(folder);
    await current.idle();
    await journal.close();
    const unlock = release;
    release = null;
    if (unlock !== null) await during(`unlocking ${folder}`, unlock);
  };

  const load = async (): Promise<void> => {
    await during(`making the folder ${folder}`, () => done(files.makeFolder(folder)));
    release = await acquireLock({ files, folder, wireTime, report });
    try {
      db = new Low(journal, emptyState());
      await db.read();
    } catch (error) {
      await shut().catch(() => undefined);
      throw storeErrorOf(error, `opening the store in ${folder}`);
    }
    commits = createCommits(db, journal);
  };

  const doubtClock = (nowMs: number): void => {
    const behindMs = db.data.touchedAtMs - nowMs;
    if (behindMs <= CLOCK_BEHIND_MS_MAX) return;
    report({
      kind: 'store-suspicious',
      detail: `the newest write in ${folder} lies ${Math.round(behindMs / 1_000)} s ahead of the clock: was the clock set back, or the store copied from elsewhere?`,
    });
  };

  const open = async (): Promise<Remembered> => {
    if (release === null) await load();
    const fresh = db.data.epoch === 0;
    const atMs = marketTime.now();
    doubtClock(atMs);
    try {
      await commits.commit({ kind: 'open', atMs });
    } catch (error) {
      await shut().catch(() => undefined);
      throw error;
    }
    return remembered(db.data, fresh);
  };

  const known = (): State => {
    if (release === null) throw notOpen(folder);
    return db.data;
  };

  const commit = (request: Request): Observable<never> => defer(() => commits.commit(request)).pipe(ignoreElements());

  return {
    open: () => inTurn(open),
    claim: (claim) => commit({ kind: 'claim', claim }),
    transition: (change) => commit({ kind: 'transition', change }),
    scan: (wanted) => defer(() => [pendingIn(known(), (row) => row.state === wanted)]),
    collect: (epoch, beforeMs, suppressedBeforeMs) => commit({ kind: 'collect', epoch, beforeMs, suppressedBeforeMs }),
    put: (epoch, namespace, key, value) => commit({ kind: 'put', epoch, namespace, key, value }),
    get: (namespace, key) => defer(() => [copyOf(known().keyed.get(keyedKey(namespace, key))?.value ?? null)]),
    status: () => {
      const { bytes, trouble } = journal.status();
      return {
        writable: release !== null && trouble === null,
        rows: rowCount(db.data),
        bytes,
        note: release === null ? 'not open' : trouble,
      };
    },
    close: () => inTurn(shut).pipe(ignoreElements()),
    read: () =>
      defer(() => during(`reading ${folder}`, () => readState(files, folder, wireTime))).pipe(
        map((state) => pendingIn(state, () => true)),
      ),
    probe: () => probeFolder({ files, wireTime, folder }),
  };
};

export const lowdb = defineStore({
  type: 'lowdb',
  summary: 'Keeps what was decided and delivered in a folder of files, and loses nothing it has acknowledged.',
  options: z.strictObject({
    path: z
      .string({ error: 'the path of a folder, such as data' })
      .min(1, { error: 'the path of a folder, such as data' })
      .default('data')
      .describe('Folder of the store; made if it is missing. One process at a time may use it.'),
  }),
  create: ({ path }, context) => createFileStore({ folder: path, compactionBytesMin: COMPACTION_BYTES_MIN }, context),
});
