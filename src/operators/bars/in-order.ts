import type { Observable, OperatorFunction, SchedulerLike } from 'rxjs';
import { catchError, concat, concatMap, defer, EMPTY, identity, of, tap } from 'rxjs';
import type { Bar, PlacedBar } from '../../model/bar.js';
import type { Report } from '../../model/fault.js';
import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Series } from '../../model/series.js';
import type { Notice } from '../../model/sighting.js';
import type { History, SeriesEvent } from '../../ports/source.js';
import { HistoryError } from '../../ports/source.js';
import { barWords, iso } from './bar-words.js';
import { createHoles, RESTART_HOLE_MS } from './holes.js';
import type { AnswerTo, Join } from './in-turn.js';
import { inTurn, inTurns } from './in-turn.js';
import { joinWaiting } from './join-waiting.js';
import { placed } from './placed.js';
import { reorder } from './reorder.js';
import { createRevisions } from './revisions.js';

const DAY_MS = 86_400_000;
const HORIZON_BARS = 1_000;
/** Bars that are compared when they come again, unless it is said otherwise: what comes again is of a few bars ago. */
const REVISABLE_BARS = 8;
/** A price this many times the one before, or this part of it, is possible and odd (reliability.md F14). */
const OUTLIER_TIMES = 10;

export interface InOrderOptions {
  readonly history: History;
  /** Open time of the last bar judged in an earlier life, from the store; `null` when the series was never judged. */
  readonly judgedUpToMs: (series: Series) => number | null;
  /** Bars wanted before the first one that is judged. */
  readonly warmupBars: (interval: Interval) => number;
  readonly report: Report;
  /** Counts what is no fault. */
  readonly notice?: Notice | undefined;
  /** How many of the latest bars are compared when they come again; 8 if absent. With 0 what comes again counts as late. */
  readonly revisableBars?: number;
  /** How long a bar that is ahead of its turn waits before the history is asked, in milliseconds of `scheduler`; 0 if absent. */
  readonly holdMs?: number;
  /** The market's clock; needed with `holdMs` only. */
  readonly scheduler?: SchedulerLike;
}

type Announcement = Extract<SeriesEvent, { kind: 'closed' }>;

/** A position that is not known lies before everything. */
const orNever = (timeMs: number): number => (Number.isNaN(timeMs) ? -Infinity : timeMs);

/** How far back missed bars are still judged: 1000 bars or a day, whichever is shorter (reliability.md §2.7). */
const horizonMs = (barMs: number): number => Math.min(HORIZON_BARS * barMs, DAY_MS);

/**
 * Hands on the bars of one series in order, each once, and alone decides what comes next. Holes are refilled through the history
 * before anything later passes; start-up is a hole like any other. What nobody could fill is reported, as missing at the exchange
 * (`bars-missing`) or as lost to us (`bars-lost`), and the bar after it says so (`follows`). Bars up to the stored position fill
 * windows (`history`), later ones are to be judged (`due`).
 *
 * ```
 * event$   -a-b-b-d------e-|   c did not come
 * history         ---(c|)      asked for c when d shows the hole
 * inOrder  -a-b------(cd)e-|   d waits for c; the second b is dropped
 * ```
 *
 * An announcement (`closed`) is an event without a bar: it starts warm-up, and asks for a bar that did not come.
 * On a first start the position is the last bar closed before the start: the one announced, or the one before the first bar.
 *
 * A bar that comes again with other values is a *revision*. The first version stays decided; the history is asked for the warm-up
 * once more, which no live bar waits for, and then the series begins anew (`restart`) with all of it as `history`, but for the
 * corrected bar, which is a `revision`. The window of a pipeline is far shorter than what its measures remember, so that nothing
 * less would set them right.
 *
 * ```
 * event$   -a-b-c-B-d-------e-|   B is another b
 * history         ----(x|)        x: a b c, asked for while d passes
 * inOrder  -a-b-c---d-(abcd)e-|   a begins the series anew; b is a revision, a c d are history
 * ```
 *
 * *Memory.* Eleven numbers for each bar that can be revised; none in replay, where no bar comes again. Bars of the one series
 * queue while its hole is filled: a hundred at most, and their announcements not at all.
 */
export const inOrder = (options: InOrderOptions): OperatorFunction<SeriesEvent, PlacedBar> => placedInOrder(options, inTurn);

/**
 * `inOrder` with an answer to each of its bars, which is waited for before the next is asked about: `pipe(inOrder(options),
 * inTurn(start()))` without the stage in between. `start` is called for each subscription.
 *
 * ```
 * event$                -a-b-d----e-|   c did not come
 * history                    -(c|)      asked for c when d shows the hole
 * answer to c                 -C|       the others are answered at once
 * inOrderThen(toUpper)  -A-B---CD-E-|
 * ```
 */
export const inOrderThen = <T>(options: InOrderOptions, start: () => AnswerTo<PlacedBar, T>): OperatorFunction<SeriesEvent, T> =>
  placedInOrder(options, (answerTo, join) => inTurns(answerTo, start(), join));

type Place = AnswerTo<SeriesEvent, PlacedBar>;

const placedInOrder =
  <T>(
    options: InOrderOptions,
    answering: (place: Place, join: Join<SeriesEvent>) => OperatorFunction<SeriesEvent, T>,
  ): OperatorFunction<SeriesEvent, T> =>
  (event$) =>
    defer(() => {
      const { history, judgedUpToMs, warmupBars, report, notice, scheduler, holdMs = 0 } = options;
      /**
       * Where the series stands; NaN: not yet known. Numbers of an object are written over in place, where those of variables
       * would each be made anew at every bar and outlive it.
       */
      const at = {
        /** The bar handed on last: its open time and its close. */
        lastMs: NaN,
        lastClose: NaN,
        /** The bar that began the series, or began it anew. */
        beganMs: NaN,
        /** Open time up to which bars are history. */
        judgedMs: NaN,
      };
      const isUnheard = (): boolean => Number.isNaN(at.lastMs);
      /** Whether a bar has ever come by itself: what is fetched before belongs to the start, and is no hole. */
      let heard = false;

      const holes = createHoles(report, notice);
      const revisions = createRevisions({
        history,
        warmupBars,
        bars: options.revisableBars ?? REVISABLE_BARS,
        report,
        notice,
        standpoint: () => ({ beganMs: at.beganMs, judgedMs: orNever(at.judgedMs), lastMs: at.lastMs }),
      });

      const followsOf = (bar: Bar, barMs: number): PlacedBar['follows'] => {
        if (isUnheard()) return 'start';
        const hole = bar.openTimeMs - at.lastMs - barMs;
        if (hole <= 0) return 'neighbour';
        holes.before(bar, hole, barMs, orNever(at.judgedMs));
        return hole >= RESTART_HOLE_MS ? 'restart' : 'gap';
      };

      const place = (bar: Bar, barMs: number): PlacedBar => {
        const follows = followsOf(bar, barMs);
        if (bar.open >= OUTLIER_TIMES * at.lastClose || bar.open * OUTLIER_TIMES <= at.lastClose)
          report({ kind: 'bar-outlier', series: bar, detail: `${bar.symbol}: ${at.lastClose} was followed by ${barWords(bar)}` });
        if (follows === 'start' || follows === 'restart') {
          at.beganMs = bar.openTimeMs;
          revisions.forget();
        }
        at.lastMs = bar.openTimeMs;
        at.lastClose = bar.close;
        // A recording holds each bar once, and keeping one would cost as much as a measure.
        if (bar.provenance !== 'replay') revisions.keep(bar);
        return placed(bar, bar.openTimeMs <= at.judgedMs ? 'history' : 'due', follows);
      };

      const refill = (series: Series, fromMs: number, toMs: number, barMs: number, isHole: boolean): Observable<PlacedBar> =>
        defer(() => {
          let count = 0;
          holes.asked();
          return history.bars(series, fromMs, toMs).pipe(
            catchError((error: unknown) => {
              if (!(error instanceof HistoryError)) throw error;
              holes.unanswered(error.detail);
              return EMPTY;
            }),
            concatMap((page) => {
              const bars: PlacedBar[] = [];
              for (const bar of page) {
                if (bar.openTimeMs >= fromMs && bar.openTimeMs <= toMs && !(bar.openTimeMs <= at.lastMs)) {
                  bars.push(place(bar, barMs));
                }
              }
              count += bars.length;
              return bars;
            }),
            tap({
              complete: () => {
                if (!isHole || count === 0) return;
                const detail = `${series.symbol}: ${count} bars up to ${iso(toMs)} did not come by themselves`;
                report({ kind: 'bars-refilled', series, count, detail });
              },
            }),
          );
        });

      /** Where the refill up to `target` begins; moves the position when part of the hole lies beyond the horizon. */
      const begin = (series: Series, target: number, isBar: boolean, barMs: number): number => {
        if (Number.isNaN(at.judgedMs)) at.judgedMs = judgedUpToMs(series) ?? (isBar ? target - barMs : target);
        const reach = target - horizonMs(barMs);
        const from = (isUnheard() ? at.judgedMs : Math.max(at.judgedMs, at.lastMs)) + barMs;
        const isBeyond = from <= reach;
        if (isBeyond) {
          holes.beyond(series, from, reach, Math.round((reach - from) / barMs) + 1);
          at.judgedMs = reach;
        }
        const warm = Math.min(at.judgedMs, target) - (warmupBars(series.interval) - 1) * barMs;
        if (isUnheard()) return warm;
        return isBeyond ? Math.max(at.lastMs + barMs, warm) : at.lastMs + barMs;
      };

      return event$.pipe(
        holdMs > 0 && scheduler !== undefined ? reorder({ holdMs, notice, scheduler }) : identity,
        answering((event, aside) => {
          const bar = event.kind === 'bar' ? event.bar : null;
          const series = bar ?? (event as Announcement).series;
          const target = (bar ?? (event as Announcement)).openTimeMs;
          const barMs = INTERVAL_MS[series.interval];
          const isHole = heard;
          heard ||= bar !== null;
          if (bar !== null && target === at.lastMs + barMs) return place(bar, barMs);
          if (target <= at.lastMs) {
            const correction$ = bar === null ? null : revisions.take(bar);
            if (correction$ !== null) aside(correction$);
            return null;
          }
          const from = begin(series, target, bar !== null, barMs);
          if (bar === null) return refill(series, from, target, barMs, isHole);
          if (from >= target) return place(bar, barMs);
          return concat(
            refill(series, from, target - barMs, barMs, isHole),
            // A warm-up that was not answered is asked for again, for this bar too: without a past it cannot be judged.
            defer(() => (isUnheard() && holes.isUnanswered() ? EMPTY : of(place(bar, barMs)))),
          );
        }, joinWaiting),
      );
    });
