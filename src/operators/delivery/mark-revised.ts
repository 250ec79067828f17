import type { MonoTypeOperatorFunction, Observable, SchedulerLike } from 'rxjs';
import { concat, concatMap, defer, from, ignoreElements, of } from 'rxjs';
import type { Alert } from '../../model/alert.js';
import { isOfClosedBar } from '../../model/alert.js';
import type { Close, EarlyNews } from '../../model/close.js';
import { isClose } from '../../model/close.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Report } from '../../model/fault.js';
import type { Judged } from '../../model/verdict.js';
import type { Store } from '../../ports/store.js';
import { untilDurable } from './until-durable.js';

/** Where the store keeps the ids of alerts that a correction of their bar has undone: `get(REVISED, id)`. */
export const REVISED = 'revised';

/** What is kept of an emitted alert whose bar was corrected so that it does not fire any more. */
export interface RevisedMark {
  readonly symbol: string;
  readonly openTimeMs: number;
  /** Market time of the correction, ms UTC. */
  readonly atMs: number;
  /** The corrected bar. */
  readonly close: number;
  readonly volume: number | null;
}

export interface MarkRevisedOptions {
  readonly store: Store;
  readonly epoch: number;
  /** Alerts of earlier lives that were emitted. */
  readonly emittedBefore: readonly Alert[];
  readonly marketTime: SchedulerLike;
  readonly wireTime: SchedulerLike;
  readonly random: () => number;
  readonly report: Report;
}

/** Bars after which an alert cannot be revised any more: what `inOrder` compares, and some. */
const REVISABLE_BARS = 64;

const barKey = (of: Pick<Alert, 'market' | 'symbol' | 'interval' | 'openTimeMs'>): string =>
  `${of.market}|${of.symbol}|${of.interval}|${of.openTimeMs}`;

const stillFires = ({ verdicts }: Judged, alert: Alert): boolean =>
  verdicts.some(({ rule, direction, fired }) => fired && rule === alert.rule && direction === alert.direction);

/**
 * Marks in the store those alerts that were emitted and do not fire any more after a correction of their bar. The message that
 * was sent stays as it is: it was right by what was known (decisions.md 8). Other closes pass untouched and are learned from; early news only passes.
 *
 * ```
 * close$       -a---b--|   an alert at a; b corrects its bar, and it does not fire
 * store.put         -|     a frame to be durable
 * markRevised  -a----b-|
 * ```
 *
 * *Memory.* The emitted alerts of the last bars.
 */
export const markRevised =
  ({
    store,
    epoch,
    emittedBefore,
    marketTime,
    wireTime,
    random,
    report,
  }: MarkRevisedOptions): MonoTypeOperatorFunction<Close | EarlyNews> =>
  (close$) =>
    defer(() => {
      const emitted = new Map<string, Alert[]>();
      const learn = (alert: Alert): void => {
        const key = barKey(alert);
        emitted.set(key, [...(emitted.get(key) ?? []), alert]);
      };
      const forget = (nowMs: number): void => {
        for (const [key, [first]] of emitted) {
          if (first !== undefined && first.openTimeMs + REVISABLE_BARS * INTERVAL_MS[first.interval] < nowMs) emitted.delete(key);
        }
      };
      emittedBefore.filter(isOfClosedBar).forEach(learn);

      const mark = (alert: Alert, { bar }: Judged): Observable<never> => {
        const { symbol, openTimeMs } = alert;
        const revised: RevisedMark = { symbol, openTimeMs, atMs: marketTime.now(), close: bar.close, volume: bar.volume };
        return defer(() => store.put(epoch, REVISED, alert.id, revised)).pipe(
          untilDurable({
            wireTime,
            random,
            report,
            faultOf: ({ detail }) => ({
              kind: 'store-failed',
              alertId: alert.id,
              detail: `the store could not mark an alert as revised: ${detail}`,
            }),
          }),
        );
      };

      const undone = (judged: Judged): readonly Observable<never>[] =>
        (emitted.get(barKey(judged.bar)) ?? []).filter((alert) => !stillFires(judged, alert)).map((alert) => mark(alert, judged));

      return close$.pipe(
        concatMap((close) => {
          if (!isClose(close)) return of(close);
          if (close.revision === true) {
            const marks = close.judged.flatMap(undone);
            return marks.length === 0
              ? of(close)
              : concat(
                  from(marks).pipe(
                    concatMap((each) => each),
                    ignoreElements(),
                  ),
                  of(close),
                );
          }
          const sent = close.alerts.filter(({ suppressedBy }) => suppressedBy === null);
          if (sent.length > 0) forget(close.openTimeMs);
          sent.forEach(learn);
          return of(close);
        }),
      );
    });
