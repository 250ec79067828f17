import type { Observable, SchedulerLike } from 'rxjs';
import { connect, defer, endWith, ignoreElements, merge, retry, takeUntil, throwError, timer } from 'rxjs';
import type { Report } from '../model/fault.js';
import type { Outcome } from '../ports/pipeline.js';
import { StoreError } from '../ports/store.js';
import type { Monitor } from '../run.js';

export interface LivesOptions {
  /** Makes a monitor that has never run. */
  readonly create: () => Monitor;
  readonly report: Report;
  readonly wireTime: SchedulerLike;
  /** What must be heard all the time, also while one life has ended and the next has not begun: signals. */
  readonly heard$: Observable<unknown>;
}

/** Before another try, when the store that somebody else has taken over is away just now. */
const AWAY_MS = 1_000;

/**
 * A monitor that goes back into the line when another replica has taken its place: what it had begun it lets go, the other one has it
 * in the store; then it begins anew and waits for the lease. Should the server be away then, as it is while it fails over itself, it
 * is asked again. Every other end is an end.
 *
 * ```
 * first life    -a-b#      fenced
 * second life       ---c-|   waits, then follows
 * inLives       -a-b---c-|
 * ```
 */
export const inLives = ({ create, report, wireTime, heard$ }: LivesOptions): Monitor => {
  let current = create();
  let isUsed = false;
  let wasReplaced = false;

  const live = (): Observable<Outcome> => {
    if (isUsed) current = create();
    isUsed = true;
    return current.outcome$;
  };
  const goesOn = (error: unknown): Observable<unknown> => {
    if (!(error instanceof StoreError)) return throwError(() => error);
    if (error.kind === 'fenced') {
      wasReplaced = true;
      report({ kind: 'lease-lost', detail: `${error.detail}; this replica begins anew and waits` });
      return timer(0, wireTime);
    }
    if (error.kind !== 'unavailable' || !wasReplaced) return throwError(() => error);
    report({ kind: 'store-failed', detail: `beginning anew, it is tried again: ${error.detail}` });
    return timer(AWAY_MS, wireTime);
  };

  return {
    outcome$: defer(live).pipe(
      retry({ delay: goesOn }),
      connect((outcome$) =>
        merge(outcome$, heard$.pipe(ignoreElements(), takeUntil(outcome$.pipe(ignoreElements(), endWith(null))))),
      ),
    ),
    health: () => current.health(),
  };
};
