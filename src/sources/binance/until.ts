import type { Observable, SchedulerLike } from 'rxjs';
import { defer, filter, map, repeat, take, timer } from 'rxjs';

/** No single wait is longer: a clock may be corrected meanwhile, and platforms fire very long timers at once (reliability.md F48). */
const WAIT_MS_MAX = 10_000;

/** A wait that can be kept: NaN and what has passed become 0. */
const clamp = (ms: number): number => (ms > 0 ? Math.min(WAIT_MS_MAX, ms) : 0);

/**
 * Emits once and completes when the clock has reached `timeMs`, however far away that is and whatever the clock does meanwhile.
 * A time that is none (NaN) has been reached.
 */
export const until = (timeMs: number, clock: SchedulerLike): Observable<number> =>
  defer(() => timer(clamp(timeMs - clock.now()), clock)).pipe(
    repeat(),
    map(() => clock.now()),
    filter((nowMs) => !(nowMs < timeMs)),
    take(1),
  );
