import type { MonoTypeOperatorFunction, SchedulerLike } from 'rxjs';
import { asyncScheduler, defer, interval, tap } from 'rxjs';
import { beside } from './beside.js';

/** Nothing has arrived for too long; the connection is taken for dead. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError';
  constructor(readonly idleMs: number) {
    super(`nothing has arrived for ${idleMs} ms`);
  }
}

export interface WatchdogOptions {
  /** How long nothing may arrive, in milliseconds of the scheduler. */
  readonly idleMs: number;
  /** Looks in this time, 10 if absent; the more, the sharper. Silence is noticed between `idleMs` and `idleMs + idleMs / looks`. */
  readonly looks?: number;
  /**
   * Asked at each look whether anything has arrived since the last one. Items are counted if absent; given by a source that drops
   * nearly all that it receives, so that what it passes on says little of the connection.
   */
  readonly isAlive?: () => boolean;
}

/**
 * Passes everything on, and errors with a `SilenceError` once nothing has arrived for `idleMs`.
 *
 * ```
 * watchdog({ idleMs: 9, looks: 3 })
 * frame$:   -a-b----------
 * expected: -a-b--------#
 * ```
 *
 * One slow timer looks at a counter: a busy feed pays nothing per item. Looks are counted, not milliseconds, so that a
 * process that was stopped for a minute does not take its own sleep for silence: what has queued up meanwhile is read before
 * the next look (reliability.md F24).
 */
export const watchdog =
  <T>({ idleMs, looks = 10, isAlive }: WatchdogOptions, scheduler: SchedulerLike = asyncScheduler): MonoTypeOperatorFunction<T> =>
  (source) =>
    defer(() => {
      let arrived = 0;
      let seen = 0;
      let quietLooks = 0;
      const item$ = isAlive === undefined ? source.pipe(tap(() => arrived++)) : source;
      const look$ = interval(idleMs / looks, scheduler).pipe(
        tap(() => {
          const alive = isAlive?.() ?? arrived !== seen;
          quietLooks = alive ? 0 : quietLooks + 1;
          seen = arrived;
          if (quietLooks >= looks) throw new SilenceError(idleMs);
        }),
      );
      return item$.pipe(beside(look$));
    });
