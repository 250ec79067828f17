import { dirname } from 'node:path';
import type { Observable, SchedulerLike } from 'rxjs';
import { catchError, concat, concatMap, defer, EMPTY, map, of, retry, throwError, timer } from 'rxjs';
import type { Silence } from '../../model/silence.js';
import type { Files } from '../../ports/files.js';
import { readSilences, writeSilences } from './silences-text.js';

/** The file cannot be read or written, or holds something else. */
export class SilencesError extends Error {
  override readonly name = 'SilencesError';
  constructor(readonly detail: string) {
    super(detail);
  }
}

export interface SilencesFile {
  readonly files: Files;
  readonly path: string;
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code);

/** What the file says now; none where there is no file. */
export const loadSilences = ({ files, path }: SilencesFile): Observable<readonly Silence[]> =>
  files.read(path).pipe(
    catchError((error: unknown) => throwError(() => new SilencesError(`${path} cannot be read (${codeOf(error)})`))),
    map((bytes) => {
      const read = readSilences(bytes?.toString('utf8') ?? '');
      if (!read.ok) throw new SilencesError(`${path}: ${read.problem}`);
      return read.silences;
    }),
  );

const BUSY_TRIES = 40;
const BUSY_PAUSE_MS = 50;

/**
 * Puts what `change` makes of the silences in the place of those there are, in one step: whoever reads sees the old ones or the new
 * ones. Two who change it at once do it one after the other; the lock of one that was killed is taken away after two seconds.
 * Emits the new silences.
 */
export const changeSilences = (
  { files, path }: SilencesFile,
  wireTime: SchedulerLike,
  change: (silences: readonly Silence[]) => readonly Silence[],
): Observable<readonly Silence[]> => {
  const [lock, aside, folder] = [`${path}.lock`, `${path}.new`, dirname(path)];
  const lock$ = defer(() => files.create(lock, '')).pipe(
    retry({
      delay: (error: unknown, tries) => {
        if (codeOf(error) !== 'EEXIST') return throwError(() => error);
        return tries < BUSY_TRIES ? timer(BUSY_PAUSE_MS, wireTime) : concat(files.remove(lock), of(null));
      },
    }),
  );
  const change$ = defer(() => loadSilences({ files, path })).pipe(
    concatMap((silences) => {
      const next = change(silences);
      return concat(
        files.remove(aside),
        files.create(aside, writeSilences(next)),
        files.rename(aside, path),
        files.syncFolder(folder),
        files.remove(lock),
        of(next),
      );
    }),
    catchError((error: unknown) =>
      concat(
        files.remove(lock).pipe(catchError(() => EMPTY)),
        throwError(() => error),
      ),
    ),
  );
  return concat(files.makeFolder(folder), lock$, change$).pipe(
    catchError((error: unknown) =>
      throwError(() =>
        error instanceof SilencesError ? error : new SilencesError(`${path} cannot be written (${codeOf(error)})`),
      ),
    ),
  );
};
