import type { Observable, OperatorFunction } from 'rxjs';
import { Subject, defer, endWith, filter, finalize, ignoreElements, map, merge, take, tap, timer } from 'rxjs';
import type { PlacedBar } from '../../model/bar.js';
import { decisionTimeMs } from '../../model/bar.js';
import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Reading } from '../../model/reading.js';
import type { Series } from '../../model/series.js';
import type { Measure } from '../../ports/measure.js';
import type { SeriesEvent } from '../../ports/source.js';
import { inOrder } from '../bars/in-order.js';
import { inTurn } from '../bars/in-turn.js';
import { measure, warmupBarsOf, windowBarsOf } from '../measures/measure.js';
import { slidingWindow } from '../windows/sliding-window.js';
import type { Longer } from './longer.js';
import { createLonger, isMadeOf, visibleOpenTimeMs } from './longer.js';
import type { Rebuilt } from './parts/rebuilt.js';
import { createRebuilt } from './parts/rebuilt.js';
import { measured } from './measured.js';
import type { ReadingsOptions } from './readings.js';

const DAY_MS = 86_400_000;
/** A bar that waits for a longer one is still told with the others of its close. */
const WAIT_SHARE = 0.5;

/** One longer interval of one series: what is rebuilt or told goes in, and is remembered when it has been measured. */
interface Level {
  readonly longer: Longer;
  readonly rebuilt: Rebuilt;
  readonly measures: readonly Measure[];
  readonly event$: Subject<SeriesEvent>;
  /** Open time of the longer bar that was seen last in an earlier life: warm-up ends with it, so that missed bars see what they would have. */
  seenMs: number | null;
}

const levelsOf = (wanted: ReadonlyMap<Interval, readonly Measure[]>, { report }: ReadingsOptions): readonly Level[] =>
  [...wanted].map(([interval, measures]) => ({
    longer: createLonger(interval, measures),
    rebuilt: createRebuilt(interval, report),
    measures,
    event$: new Subject<SeriesEvent>(),
    seenMs: null,
  }));

const tell = ({ longer, event$ }: Level, event: SeriesEvent): void => {
  longer.expect(event.kind === 'bar' ? event.bar.openTimeMs : event.openTimeMs);
  event$.next(event);
};

/** Where a series is announced, its longer bars are too: their warm-up is their own (decisions.md 5). */
const announce = (levels: readonly Level[], series: Series, openTimeMs: number, judgedMs: number | null): void => {
  const { market, symbol, interval: shorter } = series;
  for (const level of levels) {
    const { interval } = level.longer;
    if (!isMadeOf(interval, shorter)) continue;
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
    if (!isMadeOf(level.longer.interval, bar.interval)) continue;
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
export const withLonger =
  (
    options: ReadingsOptions,
    wanted: ReadonlyMap<Interval, readonly Measure[]>,
    context$: Observable<SeriesEvent>,
  ): OperatorFunction<SeriesEvent, Reading> =>
  (source$) =>
    defer(() => {
      const { history, report, barrierMs, marketTime, sceneBars = 0 } = options;
      const levels = levelsOf(wanted, options);
      const measures = [...options.measures, ...levels.flatMap(({ longer }) => longer.measures)];
      const kept = [...options.measures, ...(options.around?.measures ?? [])];
      const isReady = (timeMs: number): boolean => {
        for (const { longer } of levels) if (!longer.isReady(timeMs)) return false;
        return true;
      };
      const end = (): void => {
        for (const { event$ } of levels) event$.complete();
      };
      let own: Series | null = null;
      let isAnnounced = false;
      const begin = (event: SeriesEvent): void => {
        if (isAnnounced) return;
        own ??= event.kind === 'bar' ? event.bar : event.series;
        if (event.kind !== 'closed') return;
        isAnnounced = true;
        announce(levels, event.series, event.openTimeMs, options.judgedUpToMs(event.series));
      };
      const isOwn = (event: SeriesEvent): boolean => {
        const { market, symbol } = event.kind === 'bar' ? event.bar : event.series;
        return symbol === own?.symbol && market === own.market;
      };

      const remembered$ = merge(
        ...levels.map((level) => {
          const { event$, measures: its, longer } = level;
          return event$.pipe(
            inOrder({ history, judgedUpToMs: () => level.seenMs, warmupBars: warmupBarsOf(its), report }),
            slidingWindow({ bars: windowBarsOf(its) }),
            measure(its),
            tap((reading) => longer.remember(reading)),
          );
        }),
      );
      const changed$ = new Subject<void>();
      const wait = (bar: PlacedBar): Observable<PlacedBar> =>
        merge(
          changed$.pipe(
            filter(() => isReady(decisionTimeMs(bar))),
            endWith(null),
          ),
          timer(barrierMs * WAIT_SHARE, marketTime),
        ).pipe(
          take(1),
          map(() => bar),
        );

      return merge(
        remembered$.pipe(tap({ next: () => changed$.next(), complete: () => changed$.complete() }), ignoreElements()),
        context$.pipe(
          filter(isOwn),
          tap((event) => tellContext(levels, event)),
          ignoreElements(),
        ),
        source$.pipe(
          tap(begin),
          inOrder({ ...options, warmupBars: warmupBarsOf(kept) }),
          inTurn((bar: PlacedBar) => {
            rebuild(levels, bar);
            return bar.timing !== 'due' || isReady(decisionTimeMs(bar)) ? bar : wait(bar);
          }),
          finalize(end),
          measured({ measures, kept, sceneBars, startAround: options.around?.start, see: options.see }),
        ),
      );
    });
