import type { SchedulerLike, Subscription } from 'rxjs';

/** Does `work` once, `ms` later. The subscription calls it off, and lets go of its parent when the work is done. */
export const after = (ms: number, scheduler: SchedulerLike, work: () => void): Subscription =>
  scheduler.schedule(function () {
    this.unsubscribe();
    work();
  }, ms);

/** Does `work` once when the clock stands at `timeMs` or later: a clock of the platform may wake early, and waits at most an hour. */
export const atTime = (timeMs: number, clock: SchedulerLike, work: () => void): Subscription => {
  const left = (): number => Math.max(0, timeMs - clock.now());
  return clock.schedule(function () {
    if (left() > 0) {
      this.schedule(undefined, left());
      return;
    }
    this.unsubscribe();
    work();
  }, left());
};

/** Does `work` every `ms`, first after one of them. */
export const every = (ms: number, scheduler: SchedulerLike, work: () => void): Subscription =>
  scheduler.schedule(function () {
    this.schedule(undefined, ms);
    work();
  }, ms);
