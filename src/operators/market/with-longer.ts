import type { OperatorFunction, Subscriber } from 'rxjs';
import { Observable, Subject, defer, filter, map, merge, take, takeWhile, tap, timer } from 'rxjs';
import type { PlacedBar } from '../../model/bar.js';
import { decisionTimeMs } from '../../model/bar.js';
import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Reading } from '../../model/reading.js';
import type { Series } from '../../model/series.js';
import type { Measure } from '../../ports/measure.js';
import type { SeriesEvent } from '../../ports/source.js';
import { inOrderThen } from '../bars/in-order.js';
import { beside } from '../connection/beside.js';
import { layoutOf, warmupBarsOf } from '../measures/measure.js';
import type { Longer } from './longer.js';
import { createLonger, isMadeOf, longerNames, visibleOpenTimeMs } from './longer.js';
import type { Rebuilt } from './parts/rebuilt.js';
import { createRebuilt } from './parts/rebuilt.js';
import type { MeasureBar } from './measure-bars.js';
import { measureBars } from './measure-bars.js';
import type { ReadingsOptions } from './readings.js';

const DAY_MS = 86_400_000;
/** A bar that waits for a longer one is still told with the others of its close. */
const WAIT_SHARE = 0.5;

/** One longer interval of one series: what is rebuilt or told goes in, and is remembered when it has been measured. */
interface Level {
  readonly longer: Longer;
  readonly rebuilt: Rebuilt;
  readonly measures: readonly Measure[];
  /** The way in: what is rebuilt or told. There once somebody listens. */
  input: Subscriber<SeriesEvent> | null;
  /** Whether its bars are made of those of the series. */
  isMade: boolean;
  /** Open time of the longer bar that was seen last in an earlier life: warm-up ends with it, so that missed bars see what they would have. */
  seenMs: number | null;
}

const levelsOf = (wanted: ReadonlyMap<Interval, readonly Measure[]>, { report }: ReadingsOptions): readonly Level[] =>
  [...wanted].map(([interval, measures]) => ({
    longer: createLonger(interval, measures),
    rebuilt: createRebuilt(interval, report),
    measures,
    input: null,
    isMade: false,
    seenMs: null,
  }));

const tell = ({ longer, input }: Level, event: SeriesEvent): void => {
  longer.expect(event.kind === 'bar' ? event.bar.openTimeMs : event.openTimeMs);
  input?.next(event);
};

/** What a level is told, while somebody listens. A Subject would make iterators for every bar. */
const toldTo = (level: Level): Observable<SeriesEvent> =>
  new Observable((input) => {
    level.input = input;
    return () => {
      level.input = null;
    };
  });

/** Where a series is announced, its longer bars are too: their warm-up is their own (decisions.md 5). */
const announce = (levels: readonly Level[], series: Series, openTimeMs: number, judgedMs: number | null): void => {
  const { market, symbol, interval: shorter } = series;
  for (const level of levels) {
    const { interval } = level.longer;
    if (!level.isMade) continue;
    const lastMs = visibleOpenTimeMs(interval, openTimeMs + INTERVAL_MS[shorter]);
    const seenMs = judgedMs === null ? lastMs : visibleOpenTimeMs(interval, judgedMs + INTERVAL_MS[shorter]);
    // Bars that were missed longer ago are not judged (reliability.md §2.7).
    level.seenMs = Math.max(seenMs, Math.floor((lastMs - DAY_MS) / INTERVAL_MS[interval] + 1) * INTERVAL_MS[interval]);
    tell(level, { kind: 'closed', series: { market, symbol, interval }, openTimeMs: lastMs });
  }
};

/** Longer bars that are complete with this one. */
const rebuild = (levels: readonly Level[], bar: PlacedBar): void => {
  for (const level of levels) {
    if (!level.isMade) continue;
    const longer = level.rebuilt.take(bar);
    if (longer !== null) tell(level, { kind: 'bar', bar: longer });
  }
};

/** Longer bars as the source tells them for context, and their announcements. */
const tellContext = (levels: readonly Level[], event: SeriesEvent): void => {
  const { interval } = event.kind === 'bar' ? event.bar : event.series;
  const level = levels.find(({ longer }) => longer.interval === interval);
  if (level === undefined) return;
  if (event.kind === 'closed') tell(level, event);
  else {
    const needed = level.rebuilt.compare(event.bar);
    if (needed !== null) tell(level, { kind: 'bar', bar: needed });
  }
};

/**
 * One series, read together with its longer bars, which are evaluated before the bar of the same instant (signals.md §4.1): they
 * are rebuilt, placed and measured before that bar is. A bar that is due waits for a longer one only while that is on its way from
 * the history, and at most for half of `barrierMs`. `context$` are longer bars of all series as the source tells them, if it does.
 *
 * ```
 * event$       -a-b-c-d-e-|   four of them to the hour
 * withLonger   -r-s-t-u-v-|   u and v see the hour of a b c d
 * ```
 *
 * *Memory.* For each longer interval its own window and measures, and a day of their values.
 */
export const withLonger = (
  options: ReadingsOptions,
  wanted: ReadonlyMap<Interval, readonly Measure[]>,
  context$: Observable<SeriesEvent>,
): OperatorFunction<SeriesEvent, Reading> => {
  const { history, report, barrierMs, marketTime, sceneBars = 0 } = options;
  // One for all series, so that a rule finds its measures in their rows once.
  const layout = layoutOf(
    options.measures,
    [...wanted].map(([interval, its]) => ({ names: longerNames(its, interval) })),
  );
  return (source$) =>
    defer(() => {
      const levels = levelsOf(wanted, options);
      const kept = [...options.measures, ...(options.around?.measures ?? [])];
      const isReady = (timeMs: number): boolean => {
        for (const { longer } of levels) if (!longer.isReady(timeMs)) return false;
        return true;
      };
      let own: Series | null = null;
      const begin = (event: SeriesEvent): void => {
        if (own === null) {
          own = event.kind === 'bar' ? event.bar : event.series;
          for (const level of levels) level.isMade = isMadeOf(level.longer.interval, own.interval);
        }
        if (event.kind === 'closed') announce(levels, event.series, event.openTimeMs, options.judgedUpToMs(event.series));
      };
      /** Listens until the series has been announced, which in a recording no series ever is; then it costs a bar nothing. */
      const begin$ = source$.pipe(
        tap(begin),
        takeWhile((event) => event.kind === 'bar' && event.bar.provenance !== 'replay'),
      );
      const isOwn = (event: SeriesEvent): boolean => {
        const { market, symbol } = event.kind === 'bar' ? event.bar : event.series;
        return symbol === own?.symbol && market === own.market;
      };

      const changed$ = new Subject<void>();
      const remembered = levels.map((level) => {
        const { measures: its, longer } = level;
        const start = measureBars({ measures: its, kept: [] });
        const remember = (measure: MeasureBar) => (bar: PlacedBar) => {
          longer.remember(bar.openTimeMs, measure(bar).row.cells);
          if (changed$.observed) changed$.next();
          return null;
        };
        return toldTo(level).pipe(
          inOrderThen({ history, judgedUpToMs: () => level.seenMs, warmupBars: warmupBarsOf(its), report }, () =>
            remember(start()),
          ),
        );
      });
      const told$ = context$.pipe(
        filter(isOwn),
        tap((event) => tellContext(levels, event)),
      );
      const measureBar = measureBars({
        ...{ measures: options.measures, kept, sceneBars, layout },
        beside: levels.map(({ longer }) => longer.seen),
        startAround: options.around?.start,
        see: options.see,
      })();
      const waitFor = (bar: PlacedBar): Observable<Reading> =>
        merge(changed$.pipe(filter(() => isReady(decisionTimeMs(bar)))), timer(barrierMs * WAIT_SHARE, marketTime)).pipe(
          take(1),
          map(() => measureBar(bar)),
        );

      const answerTo = (bar: PlacedBar): Reading | Observable<Reading> => {
        rebuild(levels, bar);
        return bar.timing !== 'due' || isReady(decisionTimeMs(bar)) ? measureBar(bar) : waitFor(bar);
      };

      return source$.pipe(
        inOrderThen({ ...options, warmupBars: warmupBarsOf(kept) }, () => answerTo),
        beside(...remembered, told$, begin$),
      );
    });
};
