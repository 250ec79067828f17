import type { Observable, OperatorFunction } from 'rxjs';
import { concat, concatMap, defer, of, tap } from 'rxjs';
import type { Bar, PlacedBar } from '../../model/bar.js';
import type { Report } from '../../model/fault.js';
import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Series } from '../../model/series.js';
import type { History, SeriesEvent } from '../../ports/source.js';
import { inTurn } from './in-turn.js';

const DAY_MS = 86_400_000;
const HORIZON_BARS = 1_000;

export interface InOrderOptions {
  readonly history: History;
  /** Open time of the last bar judged in an earlier life, from the store; `null` when the series was never judged. */
  readonly judgedUpToMs: (series: Series) => number | null;
  /** Bars wanted before the first one that is judged. */
  readonly warmupBars: (interval: Interval) => number;
  readonly report: Report;
}

/** Field by field: a spread of these takes six microseconds, thirty times as long, and this is done for every bar. */
const placed = (bar: Bar, timing: PlacedBar['timing'], follows: PlacedBar['follows']): PlacedBar => ({
  market: bar.market,
  symbol: bar.symbol,
  interval: bar.interval,
  openTimeMs: bar.openTimeMs,
  open: bar.open,
  high: bar.high,
  low: bar.low,
  close: bar.close,
  volume: bar.volume,
  quoteVolume: bar.quoteVolume,
  tradeCount: bar.tradeCount,
  takerVolume: bar.takerVolume,
  takerQuoteVolume: bar.takerQuoteVolume,
  provenance: bar.provenance,
  timing,
  follows,
});

/** Bars of one series that wait for its refill at most; older ones are had from the history when their turn comes. */
const WAITING_BARS_MAX = 100;

const timeOf = (event: SeriesEvent): number => (event.kind === 'bar' ? event.bar.openTimeMs : event.openTimeMs);

/** An announcement adds nothing to a bar or an announcement of its time or later, and takes the place of an earlier announcement. */
const joinWaiting = (queue: SeriesEvent[], event: SeriesEvent): void => {
  const last = queue.at(-1);
  if (event.kind === 'closed' && last !== undefined) {
    if (timeOf(last) >= event.openTimeMs) return;
    if (last.kind === 'closed') queue.pop();
  }
  queue.push(event);
  if (queue.length > WAITING_BARS_MAX) queue.shift();
};

/** How far back missed bars are still judged: 1000 bars or a day, whichever is shorter (reliability.md §2.7). */
const horizonMs = (barMs: number): number => Math.min(HORIZON_BARS * barMs, DAY_MS);

/**
 * Hands on the bars of one series in order, each once, and alone decides what comes next. Repeats are dropped. Holes are
 * refilled through the history before anything later passes; start-up is a hole like any other. What nobody could fill is
 * reported, and the bar after it says so (`follows`). Bars up to the stored position fill windows (`history`), later ones
 * are to be judged (`due`).
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
 * *Memory.* Bars of the one series queue while its hole is filled: a hundred at most, and their announcements not at all.
 */
export const inOrder =
  ({ history, judgedUpToMs, warmupBars, report }: InOrderOptions): OperatorFunction<SeriesEvent, PlacedBar> =>
  (event$) =>
    defer(() => {
      let last: number | null = null;
      /** Open time up to which bars are history; `null` until the series is first heard of. */
      let judged: number | null = null;

      /** Whether a bar has ever come by itself: what is fetched before belongs to the start, and is no hole. */
      let heard = false;

      const followsOf = (bar: Bar, barMs: number): PlacedBar['follows'] => {
        if (last === null) return 'start';
        const hole = bar.openTimeMs - last - barMs;
        if (hole <= 0) return 'neighbour';
        const count = Math.round(hole / barMs);
        const restarts = hole >= DAY_MS;
        report({
          kind: restarts ? 'series-restarted' : 'bars-missing',
          series: bar,
          count,
          detail: `${bar.symbol}: ${count} bars before ${new Date(bar.openTimeMs).toISOString()} could not be had`,
        });
        return restarts ? 'restart' : 'gap';
      };

      const place = (bar: Bar, barMs: number): PlacedBar => {
        const follows = followsOf(bar, barMs);
        last = bar.openTimeMs;
        return placed(bar, judged !== null && bar.openTimeMs <= judged ? 'history' : 'due', follows);
      };

      const refill = (series: Series, fromMs: number, toMs: number, barMs: number, isHole: boolean): Observable<PlacedBar> => {
        let count = 0;
        return history.bars(series, fromMs, toMs).pipe(
          concatMap((page) => {
            const placed: PlacedBar[] = [];
            for (const bar of page) {
              if (bar.openTimeMs >= fromMs && bar.openTimeMs <= toMs && (last === null || bar.openTimeMs > last)) {
                placed.push(place(bar, barMs));
              }
            }
            count += placed.length;
            return placed;
          }),
          tap({
            complete: () => {
              if (!isHole || count === 0) return;
              const detail = `${series.symbol}: ${count} bars up to ${new Date(toMs).toISOString()} did not come by themselves`;
              report({ kind: 'bars-refilled', series, count, detail });
            },
          }),
        );
      };

      /** Where the refill up to `target` begins; moves the position when part of the hole lies beyond the horizon. */
      const begin = (series: Series, target: number, isBar: boolean, barMs: number): number => {
        judged ??= judgedUpToMs(series) ?? (isBar ? target - barMs : target);
        const reach = target - horizonMs(barMs);
        const from = Math.max(judged, last ?? judged) + barMs;
        const isBeyond = from <= reach;
        if (isBeyond) {
          report({
            kind: 'bars-missing',
            series,
            count: Math.round((reach - from) / barMs) + 1,
            detail: `${series.symbol}: bars from ${new Date(from).toISOString()} lie beyond the horizon and are not judged`,
          });
          judged = reach;
        }
        const warm = Math.min(judged, target) - (warmupBars(series.interval) - 1) * barMs;
        if (last === null) return warm;
        return isBeyond ? Math.max(last + barMs, warm) : last + barMs;
      };

      return event$.pipe(
        inTurn((event): Observable<PlacedBar> | PlacedBar | null => {
          const bar = event.kind === 'bar' ? event.bar : null;
          const series = event.kind === 'bar' ? event.bar : event.series;
          const barMs = INTERVAL_MS[series.interval];
          const target = event.kind === 'bar' ? event.bar.openTimeMs : event.openTimeMs;
          const isHole = heard;
          heard ||= bar !== null;
          if (last !== null && target <= last) return null;
          if (bar !== null && last !== null && target === last + barMs) return place(bar, barMs);
          const from = begin(series, target, bar !== null, barMs);
          if (bar === null) return refill(series, from, target, barMs, isHole);
          if (from >= target) return place(bar, barMs);
          return concat(
            refill(series, from, target - barMs, barMs, isHole),
            defer(() => of(place(bar, barMs))),
          );
        }, joinWaiting),
      );
    });
