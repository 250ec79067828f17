import type { Observable, SchedulerLike } from 'rxjs';
import { defer } from 'rxjs';
import { until } from './until.js';

/** Hands out turns at least `gapMs` apart, first come, first served: the exchange counts attempts to connect (reliability.md F27). */
export const createTurns = (gapMs: number, clock: SchedulerLike): (() => Observable<unknown>) => {
  let nextMs = 0;
  return () =>
    defer(() => {
      const nowMs = clock.now();
      const turnMs = Math.max(nowMs, nextMs);
      nextMs = turnMs + gapMs;
      return until(turnMs, clock);
    });
};
