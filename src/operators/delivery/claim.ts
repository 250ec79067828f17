import type { MonoTypeOperatorFunction, SchedulerLike } from 'rxjs';
import { concat, concatMap, defer, of } from 'rxjs';
import type { Close, EarlyNews } from '../../model/close.js';
import { isClose } from '../../model/close.js';
import { claimedRow } from '../../model/delivery.js';
import type { Fault, Report } from '../../model/fault.js';
import type { Claim, Position, Store, StoreError } from '../../ports/store.js';
import { alertsOf } from './pending-of.js';
import { untilDurable } from './until-durable.js';

export interface ClaimOptions {
  readonly store: Store;
  readonly epoch: number;
  /** Names of the sinks that get a row each. */
  readonly sinkNames: readonly string[];
  readonly marketTime: SchedulerLike;
  readonly wireTime: SchedulerLike;
  readonly random: () => number;
  readonly report: Report;
}

const positionOf = ({ market, interval, openTimeMs, lagging }: Close): Position => ({ market, interval, openTimeMs, lagging });

/**
 * What one close decides, as one durable step: position, alerts and rows together (reliability.md §2.3). Early news moves no
 * position, and what is withheld of it is not kept: its bar will be judged.
 */
export const toClaim = (told: Close | EarlyNews, epoch: number, sinkNames: readonly string[], atMs: number): Claim => {
  const alerts = isClose(told) ? alertsOf(told) : told.early.filter(({ suppressedBy }) => suppressedBy === null);
  return {
    epoch,
    position: isClose(told) ? positionOf(told) : null,
    alerts,
    deliveries: alerts.flatMap((alert) =>
      alert.suppressedBy === null
        ? sinkNames.map((sink) => claimedRow(alert.id, sink, atMs))
        : [{ ...claimedRow(alert.id, '*', atMs), state: 'suppressed' as const, reason: alert.suppressedBy }],
    ),
    atMs,
  };
};

const wordsOf = (told: Close | EarlyNews): string =>
  isClose(told) ? `the close of ${new Date(told.openTimeMs).toISOString()}` : 'what forming bars say';

/**
 * Hands on a close once the store holds it for good; until then nothing of it may be sent. A store that cannot write is asked
 * again with growing pauses, and the closes behind it wait: the position has not moved, so nothing is lost. Early news waits its
 * turn among them.
 *
 * ```
 * close$       -a-b----|
 * store.claim   --|        two frames to be durable
 * claim        ---a-b--|
 * ```
 */
export const claim =
  ({
    store,
    epoch,
    sinkNames,
    marketTime,
    wireTime,
    random,
    report,
  }: ClaimOptions): MonoTypeOperatorFunction<Close | EarlyNews> =>
  (told$) =>
    told$.pipe(
      concatMap((told) => {
        // Of early news that is all withheld there is nothing to keep.
        if (!isClose(told) && told.early.every(({ suppressedBy }) => suppressedBy !== null)) return of(told);
        const faultOf = ({ detail }: StoreError): Fault => ({
          kind: 'store-failed',
          detail: `the store could not keep ${wordsOf(told)}, nothing of it is sent: ${detail}`,
        });
        return concat(
          defer(() => store.claim(toClaim(told, epoch, sinkNames, marketTime.now()))).pipe(
            untilDurable({ wireTime, random, report, faultOf }),
          ),
          of(told),
        );
      }),
    );
