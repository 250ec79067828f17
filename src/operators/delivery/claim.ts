import type { MonoTypeOperatorFunction, SchedulerLike } from 'rxjs';
import { concat, concatMap, defer, of } from 'rxjs';
import type { Close, EarlyNews } from '../../model/close.js';
import { isClose } from '../../model/close.js';
import { claimedRow } from '../../model/delivery.js';
import type { Fault, Report } from '../../model/fault.js';
import type { Parts } from '../../ports/pipeline.js';
import type { Claim, Position, Store, StoreError } from '../../ports/store.js';
import { alertsOf } from './pending-of.js';
import { untilDurable } from './until-durable.js';

export interface ClaimOptions {
  readonly store: Store;
  readonly epoch: number;
  /** Names of the sinks that get a row each. */
  readonly sinkNames: readonly string[];
  /** Which of them an alert goes to; all of them if absent. */
  readonly routeOf?: Parts['routeOf'];
  /** Ids of alerts that an earlier life has claimed: they have the rows that were decided then, and get no others. None if absent. */
  readonly known?: ReadonlySet<string>;
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
export const toClaim = (
  told: Close | EarlyNews,
  epoch: number,
  sinkNames: readonly string[],
  atMs: number,
  routeOf?: Parts['routeOf'],
): Claim => {
  const alerts = isClose(told) ? alertsOf(told) : told.early.filter(({ suppressedBy }) => suppressedBy === null);
  return {
    epoch,
    position: isClose(told) ? positionOf(told) : null,
    alerts,
    deliveries: alerts.flatMap((alert) => {
      const withheld = (reason: string) => [{ ...claimedRow(alert.id, '*', atMs), state: 'suppressed' as const, reason }];
      const { suppressedBy, because } = alert;
      if (suppressedBy !== null) return withheld(because === undefined ? suppressedBy : `${suppressedBy}: ${because}`);
      const routed = routeOf?.(alert);
      const names = routed === undefined ? sinkNames : routed.sinks.filter((sink) => sinkNames.includes(sink));
      // The filters see to that as a rule; where nobody asked them it is recorded all the same.
      if (routed !== undefined && names.length === 0) return withheld(`mute: ${routed.why}`);
      return names.map((sink) => claimedRow(alert.id, sink, atMs));
    }),
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
    routeOf,
    known = new Set(),
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
          defer(() => {
            const whole = toClaim(told, epoch, sinkNames, marketTime.now(), routeOf);
            return store.claim({ ...whole, deliveries: whole.deliveries.filter(({ alertId }) => !known.has(alertId)) });
          }).pipe(untilDurable({ wireTime, random, report, faultOf })),
          of(told),
        );
      }),
    );
