import { dirname, join, resolve } from 'node:path';
import type { Observable, SchedulerLike } from 'rxjs';
import { catchError, defer, from, of } from 'rxjs';
import type { Check } from '../../ports/check.js';
import { failed, fine } from '../../ports/check.js';
import type { Files } from '../../ports/files.js';
import { answer, done, storeErrorOf } from './failure.js';

export interface ProbeParts {
  readonly files: Files;
  readonly wireTime: SchedulerLike;
  readonly folder: string;
}

const NAME = 'durable';
const CURE = 'give this user the right to write there, free some space, or set another store.path';

/** The folder, or what it would be made in. */
const nearest = async (files: Files, folder: string): Promise<string> => {
  const above = dirname(folder);
  return above === folder || (await answer(files.stat(folder))) !== null ? folder : nearest(files, above);
};

const write = async ({ files, wireTime, folder }: ProbeParts): Promise<Check> => {
  const place = await nearest(files, resolve(folder));
  const path = join(place, `doctor-${files.processes.self.pid}.probe`);
  const startedMs = wireTime.now();
  try {
    await done(files.create(path, 'written by doctor, which removes it at once\n'));
    await done(files.syncFolder(place));
  } finally {
    await done(files.remove(path));
  }
  const tookMs = (wireTime.now() - startedMs).toFixed(1);
  const where = place === resolve(folder) ? folder : `${folder} can be made in ${place}`;
  return fine(NAME, `${where}: a file was synced in ${tookMs} ms`);
};

/** Writes a file into the store's folder, syncs both and removes it. Leaves the store itself alone. */
export const probeFolder = (parts: ProbeParts): Observable<Check> =>
  defer(() => from(write(parts))).pipe(
    catchError((error: unknown) => of(failed(NAME, storeErrorOf(error, `writing in ${parts.folder}`).detail, CURE))),
  );
