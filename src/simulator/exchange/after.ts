import type { SchedulerLike, Subscription } from 'rxjs';

/** Does `work` once, `ms` later. The subscription calls it off, and lets go of its parent when the work is done. */
export const after = (ms: number, scheduler: SchedulerLike, work: () => void): Subscription =>
  scheduler.schedule(function () {
    this.unsubscribe();
    work();
  }, ms);
