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
