import type { Observable, SchedulerLike } from 'rxjs';
import { defer, map, repeat, tap } from 'rxjs';
import type { Interval } from '../../model/interval.js';
import { intervalMs, lastClosedOpenTimeMs } from '../../model/interval.js';
import { until } from './until.js';

/**
 * The open time of each bar, `graceMs` after it has closed: by then it should have arrived. After a leap of the clock only
 * the latest is told, which reveals all before it. The first is the bar that closes next, by a clock that is `graceMs` late.
 */
export const barCloses = (interval: Interval, graceMs: number, clock: SchedulerLike): Observable<number> =>
  defer(() => {
    const lengthMs = intervalMs(interval);
    let toldMs = lastClosedOpenTimeMs(interval, clock.now() - graceMs);
    return defer(() => until(toldMs + 2 * lengthMs + graceMs, clock)).pipe(
      map((nowMs) => lastClosedOpenTimeMs(interval, nowMs - graceMs)),
      tap((openTimeMs) => {
        toldMs = openTimeMs;
      }),
      repeat(),
    );
  });

/** One bar that has closed, by its interval. */
export interface IntervalClose {
  readonly interval: Interval;
  readonly openTimeMs: number;
}

/**
 * As `barCloses`, for several intervals that are multiples of the shortest: what closes at one instant is told at one instant,
 * the longest first, so that the longer view is there when the shorter is judged (signals.md §4.1).
 */
export const closesOf = (
  longestFirst: readonly Interval[],
  graceMs: number,
  clock: SchedulerLike,
): Observable<readonly IntervalClose[]> =>
  defer(() => {
    const shortest = longestFirst.at(-1) as Interval;
    const told = new Map(longestFirst.map((interval) => [interval, lastClosedOpenTimeMs(interval, clock.now() - graceMs)]));
    return barCloses(shortest, graceMs, clock).pipe(
      map((shortestMs) => {
        const closedMs = shortestMs + intervalMs(shortest);
        const closes = longestFirst.map((interval) => ({ interval, openTimeMs: lastClosedOpenTimeMs(interval, closedMs) }));
        const fresh = closes.filter(({ interval, openTimeMs }) => openTimeMs > (told.get(interval) ?? -Infinity));
        for (const { interval, openTimeMs } of fresh) told.set(interval, openTimeMs);
        return fresh;
      }),
    );
  });
