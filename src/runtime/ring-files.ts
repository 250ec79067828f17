import type { FileHandle } from 'node:fs/promises';
import { appendFileSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { constants, lstat, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Observable } from 'rxjs';
import { defer, EMPTY, ignoreElements, of } from 'rxjs';
import type { RingFileName, RingFiles } from '../ports/ring-files.js';

const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;

/** What `work` gives, or `instead` when there is no such file: whoever reads a ring does so while its oldest files go. */
const unlessMissing = async <T, U>(instead: U, work: Promise<T>): Promise<T | U> => {
  try {
    return await work;
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ENOENT') return instead;
    throw error;
  }
};

const withHandle = async <T>(path: string, flags: number, work: (handle: FileHandle) => Promise<T>): Promise<T> => {
  const handle = await open(path, flags | O_NOFOLLOW);
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
};

const list = async (folder: string): Promise<readonly RingFileName[]> => {
  const names = await unlessMissing([] as string[], readdir(folder));
  const sized: RingFileName[] = [];
  for (const name of names) {
    const found = await unlessMissing(null, lstat(join(folder, name)));
    if (found?.isFile() === true) sized.push({ name, bytes: found.size });
  }
  return sized;
};

const append = async (path: string, data: Uint8Array): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  // Opened for each close of a bar, which costs nothing, instead of held: a handle that is held has to be let go of in every ending.
  await withHandle(path, O_WRONLY | O_APPEND | O_CREAT, (handle) => handle.appendFile(data));
};

const step = (work: () => Promise<unknown>): Observable<never> => defer(work).pipe(ignoreElements());

/** The files of rings on this machine. Nothing is synced: see the port. */
export const createRingFiles = (): RingFiles => ({
  list: (folder) => defer(() => list(folder)),
  append: (path, data) => step(() => append(path, data)),
  read: (path) =>
    defer(() =>
      unlessMissing(
        null,
        withHandle(path, O_RDONLY, (handle) => handle.readFile()),
      ),
    ),
  remove: (path) => step(() => unlessMissing(undefined, unlink(path))),
});

/**
 * The same, but what writes is done before anything else happens: for a replay, which makes closes faster than a disk that is
 * waited for takes them, and has nobody to keep waiting.
 */
export const createPatientRingFiles = (): RingFiles => ({
  ...createRingFiles(),
  list: (folder) =>
    defer(() => {
      mkdirSync(folder, { recursive: true });
      return of(readdirSync(folder).map((name) => ({ name, bytes: statSync(join(folder, name)).size })));
    }),
  append: (path, data) =>
    defer(() => {
      appendFileSync(path, data);
      return EMPTY;
    }),
  remove: (path) =>
    defer(() => {
      rmSync(path, { force: true });
      return EMPTY;
    }),
});
