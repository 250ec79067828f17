import type { SchedulerAction, Subscription } from 'rxjs';
import { asyncScheduler } from 'rxjs';
import type { MarketClock } from '../ports/context.js';
import type { Clocks } from './clock-breaks.js';
import { machineClocks } from './clock-breaks.js';

/** A longer wait overflows the timer of the platform, which then fires at once (reliability.md F48). */
const WAIT_MS_MAX = 3_600_000;

/** A wait the platform can keep: NaN and negative become 0, anything above an hour becomes an hour. */
export const clampWaitMs = (ms: number): number => (ms > 0 ? Math.min(ms, WAIT_MS_MAX) : 0);

/**
 * The market's clock on a real machine: `speed` market milliseconds pass per wire millisecond. It starts at the machine's
 * time and follows the exchange's once the source has asked for it. Only the offset is followed, never the rate, and time is
 * counted on the monotonic clock, so a jump of the wall clock moves nothing. A time that is none is not followed.
 */
export const createMarketClock = (speed = 1, { monotonicMs, wallMs }: Clocks = machineClocks): MarketClock => {
  const startedAt = monotonicMs();
  let originMs = wallMs();
  const now = (): number => originMs + (monotonicMs() - startedAt) * speed;
  return {
    speed,
    now,
    follow: (serverTimeMs) => {
      if (Number.isFinite(serverTimeMs)) originMs += serverTimeMs - now();
    },
    schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs = 0, state?: T): Subscription =>
      asyncScheduler.schedule<T>(
        function (this: SchedulerAction<T>, nextState?: T) {
          const real = this.schedule.bind(this);
          // A repeating action asks for its next wait in market time too.
          this.schedule = (again?: T, waitMs = 0) => real(again, clampWaitMs(waitMs / speed));
          work.call(this, nextState);
          this.schedule = real;
        },
        clampWaitMs(delayMs / speed),
        state,
      ),
  };
};
