import type { OperatorFunction, SchedulerLike } from 'rxjs';
import { concat, concatMap, defer, of } from 'rxjs';
import type { Close } from '../../model/close.js';
import { claimedRow } from '../../model/delivery.js';
import type { Fault, Report } from '../../model/fault.js';
import type { Claim, Store, StoreError } from '../../ports/store.js';
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

/** What one close decides, as one durable step: position, alerts and rows together (reliability.md §2.3). */
export const toClaim = (close: Close, epoch: number, sinkNames: readonly string[], atMs: number): Claim => ({
  epoch,
  position: { market: close.market, interval: close.interval, openTimeMs: close.openTimeMs, lagging: close.lagging },
  alerts: close.alerts,
  deliveries: close.alerts.flatMap((alert) =>
    alert.suppressedBy === null
      ? sinkNames.map((sink) => claimedRow(alert.id, sink, atMs))
      : [{ ...claimedRow(alert.id, '*', atMs), state: 'suppressed' as const, reason: alert.suppressedBy }],
  ),
  atMs,
});

/**
 * Hands on a close once the store holds it for good; until then nothing of it may be sent. A store that cannot write is asked
 * again with growing pauses, and the closes behind it wait: the position has not moved, so nothing is lost.
 *
 * ```
 * close$       -a-b----|
 * store.claim   --|        two frames to be durable
 * claim        ---a-b--|
 * ```
 */
export const claim =
  ({ store, epoch, sinkNames, marketTime, wireTime, random, report }: ClaimOptions): OperatorFunction<Close, Close> =>
  (close$) =>
    close$.pipe(
      concatMap((close) => {
        const faultOf = ({ detail }: StoreError): Fault => ({
          kind: 'store-failed',
          detail: `the store could not keep the close of ${new Date(close.openTimeMs).toISOString()}, nothing of it is sent: ${detail}`,
        });
        return concat(
          defer(() => store.claim(toClaim(close, epoch, sinkNames, marketTime.now()))).pipe(
            untilDurable({ wireTime, random, report, faultOf }),
          ),
          of(close),
        );
      }),
    );
