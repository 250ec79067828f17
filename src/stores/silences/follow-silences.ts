import type { Observable, SchedulerLike } from 'rxjs';
import { catchError, concatMap, distinctUntilChanged, map, of, scan, shareReplay, timer } from 'rxjs';
import type { Report } from '../../model/fault.js';
import type { Silence } from '../../model/silence.js';
import type { Files } from '../../ports/files.js';
import type { ReadSilences } from './silences-text.js';
import { readSilences } from './silences-text.js';

export interface FollowSilencesOptions {
  readonly files: Files;
  readonly path: string;
  readonly everyMs: number;
  readonly wireTime: SchedulerLike;
  readonly report: Report;
}

/** What was found at one look. */
type Found = { readonly text: string } | { readonly code: string };

/**
 * The silences of a file: those of now, and again whenever they change. What cannot be read or understood is reported once for
 * each thing that is wrong, and the last good ones go on.
 *
 * ```
 * file              a---x-x-b---   a: one silence; x: not JSON; b: two
 * followSilences    a-------b---   one fault
 * ```
 */
export const followSilences = ({
  files,
  path,
  everyMs,
  wireTime,
  report,
}: FollowSilencesOptions): Observable<readonly Silence[]> => {
  /** Not of one subscriber: whoever comes again shall not be told the same again. */
  let told: string | null = null;
  const complain = (problem: string): void => {
    if (problem !== told) report({ kind: 'silences-refused', detail: `${path}: ${problem}; what it said before goes on` });
    told = problem;
  };
  return timer(0, everyMs, wireTime).pipe(
    concatMap(() =>
      files.read(path).pipe(
        map((bytes): Found => ({ text: bytes?.toString('utf8') ?? '' })),
        catchError((error: unknown) => of<Found>({ code: String((error as { code?: unknown } | null)?.code) })),
      ),
    ),
    scan((before: readonly Silence[], found) => {
      const read: ReadSilences =
        'text' in found ? readSilences(found.text) : { ok: false, problem: `it cannot be read (${found.code})` };
      if (!read.ok) {
        complain(read.problem);
        return before;
      }
      told = null;
      return read.silences;
    }, []),
    distinctUntilChanged((a, b) => a === b || JSON.stringify(a) === JSON.stringify(b)),
    shareReplay({ bufferSize: 1, refCount: true }),
  );
};
