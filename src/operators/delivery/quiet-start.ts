import type { MonoTypeOperatorFunction, SchedulerLike } from 'rxjs';
import { concatMap, defer, delay, of } from 'rxjs';

/**
 * Holds everything back for the first `quietMs`, then lets it pass at once and in order: a monitor that keeps dying right
 * after its start must not send a copy at every start (reliability.md F96).
 *
 * ```
 * source            -ab-------c-|
 * quietStart (6 ms) ------(ab)c-|
 * ```
 */
export const quietStart =
  <T>(quietMs: number, scheduler: SchedulerLike): MonoTypeOperatorFunction<T> =>
  (source$) =>
    defer(() => {
      const openAtMs = scheduler.now() + quietMs;
      return source$.pipe(
        concatMap((value) => {
          const waitMs = openAtMs - scheduler.now();
          return waitMs > 0 ? of(value).pipe(delay(waitMs, scheduler)) : of(value);
        }),
      );
    });
