import type { Observable, SchedulerLike } from 'rxjs';
import { asyncScheduler, concatMap, defer, timer } from 'rxjs';
import type { ClockBreak } from '../ports/context.js';

const LOOK_EVERY_MS = 5_000;
/** A busy process may be late by seconds (reliability.md F24); one that is late by this much was not running. */
const STOPPED_MS_MIN = 30_000;
/** Clocks that are slewed drift by milliseconds in so short a time; what is more was a jump. */
const MOVED_MS_MIN = 2_000;

export interface Clocks {
  /** Never moved; may stand still while the machine sleeps. */
  readonly monotonicMs: () => number;
  /** The calendar; may be moved at any time. */
  readonly wallMs: () => number;
}

/** The clocks of this machine. */
export const machineClocks: Clocks = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/**
 * Looks at both clocks every few seconds and tells when one of them did not go on as it should. After a sleep it tells within one
 * look of waking. Cold, never completes.
 */
export const clockBreaks = (clocks: Clocks = machineClocks, scheduler: SchedulerLike = asyncScheduler): Observable<ClockBreak> =>
  defer(() => {
    let monotonicMs = clocks.monotonicMs();
    let wallMs = clocks.wallMs();
    return timer(LOOK_EVERY_MS, LOOK_EVERY_MS, scheduler).pipe(
      concatMap((): readonly ClockBreak[] => {
        const passedMs = clocks.monotonicMs() - monotonicMs;
        const movedMs = clocks.wallMs() - wallMs - passedMs;
        monotonicMs += passedMs;
        wallMs += passedMs + movedMs;
        const lateMs = passedMs - LOOK_EVERY_MS;
        if (lateMs >= STOPPED_MS_MIN) return [{ kind: 'stopped', ms: lateMs }];
        return Math.abs(movedMs) >= MOVED_MS_MIN ? [{ kind: 'moved', ms: movedMs }] : [];
      }),
    );
  });
