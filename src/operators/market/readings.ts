import type { MonoTypeOperatorFunction, OperatorFunction } from 'rxjs';
import { Subject, defer, filter, finalize, identity, pipe } from 'rxjs';
import type { PlacedBar } from '../../model/bar.js';
import type { Interval } from '../../model/interval.js';
import type { Reading } from '../../model/reading.js';
import type { Series } from '../../model/series.js';
import type { Measure } from '../../ports/measure.js';
import type { Parts } from '../../ports/pipeline.js';
import type { LongerMeasure } from '../../ports/rule.js';
import type { FeedEvent, SeriesEvent } from '../../ports/source.js';
import { inOrderThen } from '../bars/in-order.js';
import { isSeriesEvent } from '../bars/is-series-event.js';
import { perSymbol } from '../bars/per-symbol.js';
import type { Quarantine } from '../bars/quarantine.js';
import type { StartAround } from '../measures/measure.js';
import { warmupBarsOf } from '../measures/measure.js';
import { byInterval } from './longer.js';
import { measureBars } from './measure-bars.js';
import { withLonger } from './with-longer.js';

export interface ReadingsOptions extends Pick<Parts, 'history' | 'marketTime' | 'barrierMs' | 'report' | 'notice'> {
  /** Open time of the last bar judged in an earlier life; `null` when never. */
  readonly judgedUpToMs: (series: Series) => number | null;
  /** Read off every bar. */
  readonly measures: readonly Measure[];
  /** Measured for alerts alone: the values are had through `around`, and warm-up and window have room for them. */
  readonly around?: { readonly measures: readonly Measure[]; readonly start: StartAround };
  /** Bars of a scene, where pictures are wanted. */
  readonly sceneBars?: number;
  /** Makes a listener for one series: it hears every bar that has been measured. */
  readonly see?: () => (bar: PlacedBar) => void;
  /** Hears every reading of one series. */
  readonly listen?: () => MonoTypeOperatorFunction<Reading>;
  /** Read off longer bars, which are rebuilt, and shown beside the others as `name@interval`. */
  readonly longer?: readonly LongerMeasure[];
  /** Where a series goes whose bars cannot be followed; without one that is the end of all. */
  readonly quarantine?: Quarantine;
}

/**
 * Tells the events of series that are judged from those that are there for context: longer bars of a wanted interval that nobody
 * is expected to judge. The roster of an interval comes before its bars.
 */
const createSieve = (wanted: ReadonlyMap<Interval, unknown>): ((event: FeedEvent) => boolean) => {
  const judged = new Set<string>();
  const keyOf = ({ market, interval }: Pick<Series, 'market' | 'interval'>): string => `${market}|${interval}`;
  return (event) => {
    if (event.kind === 'roster') {
      if (wanted.has(event.interval)) judged.add(keyOf(event));
      return false;
    }
    const series = event.kind === 'bar' ? event.bar : event.series;
    return !wanted.has(series.interval) || judged.has(keyOf(series));
  };
};

/**
 * Every bar of every series in order with what is measured of it, and of the last longer bar that had closed by then. Longer
 * bars are evaluated first at one instant: the bar that ends at 10:00 sees the hour that ends at 10:00 (signals.md §4.1).
 *
 * ```
 * event$     -a-b-c-d-e-x-|   four of them to the hour; x of another symbol
 * readings   -r-s-t-u-v-w-|   u and v see the hour of a b c d
 * ```
 *
 * An interval that the source has a roster for is read for itself; bars of another one that is wanted are context (`longer`).
 */
export const readings =
  (options: ReadingsOptions): OperatorFunction<FeedEvent, Reading> =>
  (event$) =>
    defer(() => {
      const wanted = byInterval(options.longer ?? []);
      const { around, see, listen = () => identity, sceneBars = 0 } = options;
      const kept = [...options.measures, ...(around?.measures ?? [])];
      if (wanted.size === 0) {
        // Made once: what each of them holds is its own, but what they are told is the same for all series.
        const start = measureBars({ measures: options.measures, kept, sceneBars, startAround: around?.start, see });
        const stages = inOrderThen({ ...options, warmupBars: warmupBarsOf(kept) }, start);
        return event$.pipe(
          filter(isSeriesEvent),
          perSymbol(() => pipe(stages, listen()), options.quarantine),
        );
      }
      const context$ = new Subject<SeriesEvent>();
      const isJudged = createSieve(wanted);
      const stages = withLonger(options, wanted, context$);
      return event$.pipe(
        filter((event): event is SeriesEvent => {
          if (isJudged(event)) return true;
          if (isSeriesEvent(event)) context$.next(event);
          return false;
        }),
        finalize(() => context$.complete()),
        perSymbol(() => pipe(stages, listen()), options.quarantine),
      );
    });
