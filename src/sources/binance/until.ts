import type { Observable, SchedulerLike } from 'rxjs';
import { defer, filter, map, repeat, take, timer } from 'rxjs';

/** No single wait is longer: a clock may be corrected meanwhile, and platforms fire very long timers at once (reliability.md F48). */
const WAIT_MS_MAX = 10_000;

/** Emits once and completes when the clock has reached `timeMs`, however far away that is and whatever the clock does meanwhile. */
export const until = (timeMs: number, clock: SchedulerLike): Observable<number> =>
  defer(() => timer(Math.min(WAIT_MS_MAX, Math.max(0, timeMs - clock.now())), clock)).pipe(
    repeat(),
    map(() => clock.now()),
    filter((nowMs) => nowMs >= timeMs),
    take(1),
  );
