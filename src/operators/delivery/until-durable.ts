import type { MonoTypeOperatorFunction, SchedulerLike } from 'rxjs';
import { retry, throwError, timer } from 'rxjs';
import type { Fault, Report } from '../../model/fault.js';
import type { StoreErrorKind } from '../../ports/store.js';
import { StoreError } from '../../ports/store.js';
import { pauseMs } from './pause.js';

export interface UntilDurableOptions {
  readonly wireTime: SchedulerLike;
  readonly random: () => number;
  readonly report: Report;
  /** The fault that each failed try is. */
  readonly faultOf: (error: StoreError) => Fault;
}

/** A store that belongs to someone else now, or holds what we do not understand, will not come back by waiting. */
const HOPELESS: ReadonlySet<StoreErrorKind> = new Set(['conflict', 'fenced', 'corrupt', 'newer']);

/**
 * Asks a store for a write again, with growing pauses, until it is durable. Errors that no waiting mends pass, and so does
 * everything that is not a `StoreError`.
 *
 * ```
 * store, first time   #        the disk is full
 * store, second time  -|       now it is durable
 * untilDurable        1s -|
 * ```
 */
export const untilDurable = ({ wireTime, random, report, faultOf }: UntilDurableOptions): MonoTypeOperatorFunction<never> =>
  retry({
    delay: (error: unknown, tries) => {
      if (!(error instanceof StoreError) || HOPELESS.has(error.kind)) return throwError(() => error);
      report(faultOf(error));
      return timer(pauseMs(tries, random), wireTime);
    },
  });
