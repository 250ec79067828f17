import { join } from 'node:path';
import type { SchedulerLike } from 'rxjs';
import { timer } from 'rxjs';
import type { Report } from '../../model/fault.js';
import type { Files, ProcessIdentity } from '../../ports/files.js';
import { StoreError } from '../../ports/store.js';
import { answer, codeOf, done, during } from './failure.js';

const LOCK_NAME = 'lock';
/** A holder that has just made its lock needs a moment to write its name into it. */
const NAMELESS_WAIT_MS = 200;
/** More contenders than this at one moment are not to be expected; whoever loses so often gives up. */
const ROUNDS_MAX = 5;

interface Holder extends ProcessIdentity {
  /** Wire time at which it took the lock, ms UTC. */
  readonly sinceMs: number;
}

export interface LockOptions {
  readonly files: Files;
  readonly folder: string;
  readonly wireTime: SchedulerLike;
  readonly report: Report;
}

const holderOf = (text: string | undefined): Holder | null => {
  try {
    const value = JSON.parse(text ?? '') as Partial<Holder> | null;
    return typeof value?.pid === 'number' && typeof value.sinceMs === 'number' ? (value as Holder) : null;
  } catch {
    return null;
  }
};

const nameOf = ({ pid, host, sinceMs }: Holder): string => `process ${pid} on ${host}, since ${new Date(sinceMs).toISOString()}`;

/**
 * Takes the lock of a folder: a file that names its holder by pid, boot and start time, made with O_EXCL. A lock whose holder
 * certainly runs no more is taken over; any other is refused with `locked`. Gives back what releases it.
 *
 * It cannot see a holder in another pid namespace (another container) on the same machine, and takes it for dead. The journal's
 * own check, that nobody else has written to its log, is there for that.
 */
export const acquireLock = async ({ files, folder, wireTime, report }: LockOptions): Promise<() => Promise<void>> => {
  const path = join(folder, LOCK_NAME);
  const mine = JSON.stringify({ ...files.processes.self, sinceMs: wireTime.now() });
  const read = async (): Promise<string | undefined> => (await answer(files.read(path)))?.toString('utf8');

  const create = async (): Promise<boolean> => {
    try {
      await done(files.create(path, mine));
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      // A lock that was made but not finished would keep ourselves out.
      await done(files.remove(path)).catch(() => undefined);
      throw error;
    }
  };

  /** Moves a dead holder's lock away. Two contenders may try; the one that moved a living lock by mistake puts it back. */
  const takeAway = async (text: string | undefined): Promise<void> => {
    const aside = `${path}.${files.processes.self.pid}.tmp`;
    try {
      await done(files.rename(path, aside));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return;
      throw error;
    }
    const moved = (await answer(files.read(aside)))?.toString('utf8');
    await done(moved === text ? files.remove(aside) : files.rename(aside, path));
  };

  const contend = async (): Promise<void> => {
    const text = await read();
    if (text === undefined) return;
    const holder = holderOf(text);
    if (holder === null) {
      await answer(timer(NAMELESS_WAIT_MS, wireTime));
      if ((await read()) === text) await takeAway(text);
      return;
    }
    if (files.processes.isRunning(holder)) {
      throw new StoreError(
        'locked',
        `${folder} is in use by ${nameOf(holder)}; stop that process, or give this one another store.path`,
      );
    }
    report({ kind: 'store-recovered', detail: `${folder} was left locked by ${nameOf(holder)}, which runs no more` });
    await takeAway(text);
  };

  await during(`locking ${folder}`, async () => {
    for (let round = 0; !(await create()); round++) {
      if (round === ROUNDS_MAX) throw new StoreError('locked', `${folder} is fought over by several processes; start only one`);
      await contend();
    }
  });
  return async () => {
    if ((await read()) === mine) await done(files.remove(path));
  };
};
