import { join } from 'node:path';
import type { Adapter } from 'lowdb';
import type { Report } from '../../model/fault.js';
import type { AppendFile, Files } from '../../ports/files.js';
import { StoreError } from '../../ports/store.js';
import type { Operation, State } from '../state/state.js';
import { answer, done, during, storeErrorOf } from './failure.js';
import type { Generation } from './generation.js';
import { startGeneration } from './generation.js';
import { decodeLog, encodeLine } from './lines.js';
import { load } from './load.js';
import { LOG } from './names.js';
import { keepAside, removeLeftovers } from './tidy-up.js';

/** A failed compaction is tried again when the log has grown by this factor. */
const COMPACTION_PAUSE_FACTOR = 1.25;
/** The log may grow to this many times the snapshot before it is folded into a new one (decisions.md 21). */
const LOG_BYTES_PER_SNAPSHOT_BYTE = 4;

export interface JournalOptions {
  readonly files: Files;
  readonly folder: string;
  /** No compaction below this size of the log. */
  readonly compactionBytesMin: number;
  readonly report: Report;
}

/** lowdb's adapter: `read` loads the snapshot and replays the log, `write` makes the staged operations durable. */
export interface Journal extends Adapter<State> {
  /** Hands in an operation for the next `write`. Throws what `JSON.stringify` throws. */
  stage(operation: Operation): void;
  /** The log has grown so long that a `write`, even with nothing staged, makes a new generation. */
  isCompactionDue(): boolean;
  /** Bytes of snapshot and log, and what keeps it from writing, if anything. */
  status(): { readonly bytes: number; readonly trouble: string | null };
  close(): Promise<void>;
}

/** What cannot be trusted since an operation failed: the end of the log, or which generation the names lead to. */
type Doubt = 'none' | 'log' | 'generation';

/**
 * A snapshot and an append-only log in one folder (reliability.md §2.9). `write` appends all staged operations at once, with one
 * fdatasync, and first checks that nobody else has touched the log. A state given to `write` is what has been acknowledged so
 * far, without the staged operations, so a new generation can be made of it at any time.
 *
 * `read` makes a new generation of what it has found: another process may have died, or failed to sync, with names and bytes
 * that this one can see but the disk does not hold yet.
 *
 * After a failed write nothing is assumed: the log is opened anew, cut back to what had been acknowledged, made durable and read
 * again; if it does not hold exactly that, a new generation is made from memory. Until one of the two succeeds nothing is written.
 */
export const createJournal = ({ files, folder, compactionBytesMin, report }: JournalOptions): Journal => {
  const path = join(folder, LOG);
  let log: AppendFile | null = null;
  /** Of the log that is ours, open or not. */
  let identity = '';
  let generation = 0;
  let sequence = 0;
  let snapshotBytes = 0;
  let logBytes = 0;
  let compactAtBytes = compactionBytesMin;
  let doubt: Doubt = 'none';
  let trouble: string | null = null;
  let staged: Operation[] = [];
  let stagedText: string[] = [];

  const closeLog = async (): Promise<void> => {
    const open = log;
    log = null;
    // What had been acknowledged is durable already; nothing hangs on how closing ends.
    if (open !== null) await done(open.close()).catch(() => undefined);
  };

  const adopt = (next: Generation): void => {
    ({ generation, log, snapshotBytes, logBytes } = next);
    ({ identity } = next.log);
    compactAtBytes = Math.max(compactionBytesMin, LOG_BYTES_PER_SNAPSHOT_BYTE * snapshotBytes);
    doubt = 'none';
  };

  const renew = async (state: State): Promise<void> => {
    const onTouch = (): void => {
      doubt = 'generation';
    };
    const next = await startGeneration({ files, folder, generation: ++generation, sequence, state, onTouch });
    await closeLog();
    adopt(next);
  };

  const read = async (): Promise<State> => {
    await closeLog();
    const loaded = await load(files, folder);
    ({ generation, sequence } = loaded);
    await during(`opening the store in ${folder}`, async () => {
      await keepAside(files, folder, loaded);
      await renew(loaded.state);
      await removeLeftovers(files, folder);
    });
    for (const detail of loaded.recovered) report({ kind: 'store-recovered', detail: `${folder}: ${detail}` });
    if (loaded.lost !== null) {
      report({
        kind: 'store-damaged',
        detail: `${folder}: ${loaded.lost}; what was written since may be missing, so bars are judged again and alerts may be repeated`,
      });
    }
    return loaded.state;
  };

  const checkUntouched = async (isRightSize: (bytes: number) => boolean): Promise<void> => {
    const found = await answer(files.stat(path));
    if (found?.identity === identity && isRightSize(found.bytes)) return;
    const what = found === null ? 'is gone' : found.identity === identity ? 'was written to by someone else' : 'was replaced';
    throw new StoreError('unavailable', `${path} ${what} while the store was in use; put it back, or start again`);
  };

  const mendLog = async (state: State): Promise<void> => {
    await closeLog();
    await checkUntouched((bytes) => bytes >= logBytes);
    log = await answer(files.append(path));
    await done(log.truncate(logBytes));
    const bytes = await answer(files.read(path));
    const found = bytes === null ? null : decodeLog(bytes);
    const isRight = found?.ending === 'clean' && found.bytes === logBytes && found.base + found.lines.length === sequence;
    if (isRight) doubt = 'none';
    else await renew(state);
  };

  const mend = async (state: State): Promise<void> => {
    if (doubt === 'log') await mendLog(state);
    if (doubt === 'generation') await renew(state);
  };

  const append = async (state: State): Promise<void> => {
    const text = stagedText.join('');
    const count = staged.length;
    await checkUntouched((bytes) => bytes === logBytes);
    if (log === null) throw new StoreError('unavailable', `the store in ${folder} is not open`);
    try {
      await done(log.append(text));
    } catch (error) {
      doubt = 'log';
      // Mended at once if it can be. Otherwise the doubt stays, and the next write has to do it or fail with the reason.
      await mend(state).catch(() => undefined);
      throw error;
    }
    sequence += count;
    logBytes += Buffer.byteLength(text);
  };

  const compact = async (state: State): Promise<void> => {
    try {
      await renew(state);
    } catch (error) {
      compactAtBytes = Math.max(compactAtBytes, logBytes) * COMPACTION_PAUSE_FACTOR;
      const { detail } = storeErrorOf(error, `making a new generation in ${folder}`);
      report({ kind: 'store-failed', detail: `${detail}; nothing was lost, the log goes on growing` });
    }
  };

  return {
    read,
    write: async (state) => {
      try {
        await during(`writing to ${folder}`, async () => {
          await mend(state);
          if (staged.length > 0) await append(state);
          else if (logBytes > compactAtBytes) await compact(state);
        });
        trouble = null;
      } catch (error) {
        trouble = (error as StoreError).detail;
        throw error;
      } finally {
        staged = [];
        stagedText = [];
      }
    },
    stage: (operation) => {
      const group = sequence + 1;
      stagedText.push(encodeLine({ seq: group + staged.length, group, op: operation }));
      staged.push(operation);
    },
    isCompactionDue: () => logBytes > compactAtBytes && doubt === 'none',
    status: () => ({ bytes: snapshotBytes + logBytes, trouble }),
    close: closeLog,
  };
};
