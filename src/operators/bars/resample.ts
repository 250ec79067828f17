import type { OperatorFunction } from 'rxjs';
import { defer, filter, map } from 'rxjs';
import type { Bar, PlacedBar } from '../../model/bar.js';
import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { ExactSum } from './exact-sum.js';
import { createExactSum } from './exact-sum.js';

/** Makes one longer bar of shorter ones, which must be of one series and come in order. */
export interface Resampler {
  /** Takes the next bar: the longer bar that it completes, or `null`. */
  readonly take: (bar: Bar) => Bar | null;
}

/** A column that some bars do not have: its sum, or `null` as soon as one of the bars lacks it. */
interface Column {
  readonly sum: ExactSum;
  isKnown: boolean;
}

const createColumn = (): Column => ({ sum: createExactSum(), isKnown: true });

const add = (column: Column, value: number | null): void => {
  if (value === null) column.isKnown = false;
  else column.sum.add(value);
};

const totalOf = ({ sum, isKnown }: Column): number | null => (isKnown ? sum.total() : null);

/**
 * The formula of signals.md §4.1: buckets of `to` from the UTC epoch on; the first open, the highest high, the lowest low, the last
 * close, exact sums rounded once (decisions.md 7), `null` where a bar lacks the column. Complete only with all of its bars. A bar
 * that does not follow the one before spoils its bucket, unless it begins one. Throws a `RangeError` when bars of `to` are not a
 * whole number, and more than one, of these.
 */
export const createResampler = (to: Interval): Resampler => {
  const toMs = INTERVAL_MS[to];
  const columns = {
    volume: createColumn(),
    quote: createColumn(),
    trades: createColumn(),
    taker: createColumn(),
    takerQuote: createColumn(),
  };
  const all = Object.values(columns);
  let from: Interval | null = null;
  let barMs = NaN;
  // Written over in place (exact-sum.ts).
  const bucket = { openTimeMs: NaN, nextMs: NaN, open: NaN, high: NaN, low: NaN };

  const beginBucket = (bar: Bar): void => {
    bucket.openTimeMs = bar.openTimeMs;
    bucket.open = bar.open;
    bucket.high = bar.high;
    bucket.low = bar.low;
    for (const column of all) {
      column.sum.clear();
      column.isKnown = true;
    }
  };

  const longer = ({ market, symbol, close }: Bar): Bar => ({
    market,
    symbol,
    interval: to,
    openTimeMs: bucket.openTimeMs,
    open: bucket.open,
    high: bucket.high,
    low: bucket.low,
    close,
    volume: totalOf(columns.volume),
    quoteVolume: totalOf(columns.quote),
    tradeCount: totalOf(columns.trades),
    takerVolume: totalOf(columns.taker),
    takerQuoteVolume: totalOf(columns.takerQuote),
    provenance: 'rebuilt',
  });

  return {
    take: (bar) => {
      if (bar.interval !== from) {
        from = bar.interval;
        barMs = INTERVAL_MS[from];
        if (toMs <= barMs || toMs % barMs !== 0) throw new RangeError(`bars of ${from} do not make whole bars of ${to}`);
      }
      // By division: the remainder of numbers as large as times is found by a loop.
      if (Math.floor(bar.openTimeMs / toMs) * toMs === bar.openTimeMs) beginBucket(bar);
      else if (bar.openTimeMs !== bucket.nextMs) {
        bucket.nextMs = NaN;
        return null;
      }
      if (bar.high > bucket.high) bucket.high = bar.high;
      if (bar.low < bucket.low) bucket.low = bar.low;
      add(columns.volume, bar.volume);
      add(columns.quote, bar.quoteVolume);
      add(columns.trades, bar.tradeCount);
      add(columns.taker, bar.takerVolume);
      add(columns.takerQuote, bar.takerQuoteVolume);
      bucket.nextMs = bar.openTimeMs + barMs;
      return bucket.nextMs === bucket.openTimeMs + toMs ? longer(bar) : null;
    },
  };
};

/**
 * Rebuilds the longer bars of one series from its placed bars: each as soon as its last bar has come, so that it is there before
 * the shorter bar of the same instant is judged. A bucket with a hole makes no bar (`provenance: 'rebuilt'` says that it is whole).
 *
 * ```
 * bar$                    -a-b-c-d-e-g-h-|   four to the hour; f never came
 * resample({ to: '1h' })  -------A-------|   no hour of e g h
 * ```
 *
 * Longer bars are news only when their last bar is: what history completes is left out, for the longer series warms itself with
 * its own bars from the exchange. A corrected bar makes its longer bar again. So the output is fed back as events of the longer
 * series, whose own `inOrder` places it, drops what it had, asks for what is missing, and begins with the announcements
 * (`closed`) of its own interval:
 *
 * `placed$.pipe(resample({ to }), map((bar) => ({ kind: 'bar', bar })))`
 *
 * *Memory.* The sums of one bucket.
 */
export const resample =
  ({ to }: { readonly to: Interval }): OperatorFunction<PlacedBar, Bar> =>
  (bar$) =>
    defer(() => {
      const { take } = createResampler(to);
      let isCorrected = false;
      return bar$.pipe(
        map((bar) => {
          if (bar.openTimeMs % INTERVAL_MS[to] === 0) isCorrected = false;
          isCorrected ||= bar.timing === 'revision';
          const longer = take(bar);
          return bar.timing === 'due' || isCorrected ? longer : null;
        }),
        filter((bar) => bar !== null),
      );
    });
