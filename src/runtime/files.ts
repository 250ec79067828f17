import { readFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { constants, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Observable } from 'rxjs';
import { defer, from, ignoreElements } from 'rxjs';
import type { AppendFile, Files, FileStat, Processes } from '../ports/files.js';

const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code);

/** What `work` gives, or `instead` when it fails with this code. */
const unless = async <T, U>(code: string, instead: U, work: Promise<T>): Promise<T | U> => {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === code) return instead;
    throw error;
  }
};

const withHandle = async <T>(path: string, flags: number, work: (handle: FileHandle) => Promise<T>): Promise<T> => {
  const handle = await open(path, flags);
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
};

/** A file system that knows no fsync of folders answers EINVAL, and then there is nothing more to be had. */
const syncFolder = (path: string): Promise<void> =>
  withHandle(path, O_RDONLY, (handle) => unless('EINVAL', undefined, handle.sync()));

const makeFolder = async (path: string): Promise<void> => {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  // Each new folder is an entry in its parent, and it is the entry that must last.
  const top = dirname(resolve(first));
  for (let parent = dirname(resolve(path)); ; parent = dirname(parent)) {
    await syncFolder(parent);
    if (parent === top) return;
  }
};

const create = (path: string, data: string | Buffer): Promise<void> =>
  withHandle(path, O_WRONLY | O_CREAT | O_EXCL, async (handle) => {
    await handle.writeFile(data);
    await handle.sync();
  });

const stat = async (path: string): Promise<FileStat> => {
  const found = await lstat(path, { bigint: true });
  return { bytes: Number(found.size), identity: `${found.dev}:${found.ino}` };
};

const procFile = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

/** The 22nd field of /proc/PID/stat, in ticks since boot. The second, the program's name, may hold blanks and brackets. */
const startedAt = (pid: number): string | null => {
  const text = procFile(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
};

const pidExists = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to someone else.
    return codeOf(error) !== 'ESRCH';
  }
};

const differ = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b;

/** Processes of this machine. Where there is no /proc only the pid is compared, which may take a stranger for the holder but never the holder for dead. */
const createProcesses = (): Processes => {
  const self = {
    pid: process.pid,
    host: hostname(),
    bootId: procFile('/proc/sys/kernel/random/boot_id')?.trim() ?? null,
    startedAt: startedAt(process.pid),
  };
  return {
    self,
    isRunning: (of) => !differ(of.bootId, self.bootId) && pidExists(of.pid) && !differ(of.startedAt, startedAt(of.pid)),
  };
};

/**
 * The files of this machine. `hold` is called when an operation begins and its result when it has ended: the virtual clock
 * passes its own, so that virtual time cannot outrun the disk (decisions.md 17).
 */
export const createFiles = (hold: () => () => void = () => () => undefined): Files => {
  const once = <T>(work: () => Promise<T>): Observable<T> =>
    defer(() => {
      const release = hold();
      return from(work().finally(release));
    });
  const step = (work: () => Promise<unknown>): Observable<never> => once(work).pipe(ignoreElements());

  const append = async (path: string): Promise<AppendFile> => {
    const handle = await open(path, O_WRONLY | O_APPEND | O_NOFOLLOW);
    const { dev, ino } = await handle.stat({ bigint: true });
    return {
      identity: `${dev}:${ino}`,
      append: (data) =>
        step(async () => {
          await handle.writeFile(data);
          await handle.datasync();
        }),
      write: (data) => step(() => handle.writeFile(data)),
      truncate: (bytes) =>
        step(async () => {
          await handle.truncate(bytes);
          await handle.sync();
        }),
      close: () => step(() => handle.close()),
    };
  };

  return {
    read: (path) =>
      once(() =>
        unless(
          'ENOENT',
          null,
          withHandle(path, O_RDONLY | O_NOFOLLOW, (handle) => handle.readFile()),
        ),
      ),
    list: (path) => once(() => unless('ENOENT', [], readdir(path))),
    makeFolder: (path) => step(() => makeFolder(path)),
    create: (path, data) => step(() => create(path, data)),
    append: (path) => once(() => append(path)),
    rename: (from_, to) => step(() => rename(from_, to)),
    remove: (path) => step(() => unless('ENOENT', undefined, unlink(path))),
    syncFolder: (path) => step(() => syncFolder(path)),
    stat: (path) => once(() => unless('ENOENT', null, stat(path))),
    processes: createProcesses(),
  };
};
