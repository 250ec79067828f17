import type { Bar, FormingBar, Provenance } from '../../model/bar.js';
import { intervalMs } from '../../model/interval.js';
import type { Series } from '../../model/series.js';
import { decimal, isImprecise, wholeNumber } from './decimal.js';
import type { WireKline } from './kline.js';

/**
 * What the door says of a bar: let in, or turned away with a reason. Of one that was let in, whether it has numbers that lost
 * digits (`imprecise`), and whether its range is out of all proportion (`outlier`), which changes nothing but is told (F14).
 */
export type Admission =
  | { readonly bar: Bar; readonly imprecise: boolean; readonly outlier: boolean }
  | { readonly bar: null; readonly reason: Rejection };

/**
 * - `number`: a price or volume is no plain decimal, or a price is 0 (F13).
 * - `ohlc`: the high is not the highest or the low not the lowest (F14).
 * - `time-unit`: times in seconds or microseconds (F22).
 * - `time`: not on the grid of its interval, or of another length.
 * - `early`: said to be closed before its time by our clock (F21). The bar is asked for over REST when its time has come.
 * - `future`: further ahead than its own length.
 */
export type Rejection = 'number' | 'ohlc' | 'time-unit' | 'time' | 'early' | 'future';

/** The exchange's fields of one bar, from whichever door: decimals as text, times and counts as numbers. */
export interface BarFields {
  readonly openTime: unknown;
  readonly closeTime: unknown;
  readonly open: unknown;
  readonly high: unknown;
  readonly low: unknown;
  readonly close: unknown;
  readonly volume: unknown;
  readonly quoteVolume: unknown;
  readonly trades: unknown;
  readonly takerVolume: unknown;
  readonly takerQuoteVolume: unknown;
}

/** The same fields as numbers; `null` for what is none, or not a plain one. */
export type BarNumbers = Readonly<Record<keyof BarFields, number | null>>;

/** Between 2001 and 5138 in milliseconds; seconds lie below, microseconds above. */
const TIME_MS_MIN = 1e12;
const TIME_MS_MAX = 1e14;
/** A bar whose high is this many times its low is possible, as on 2025-10-10, and odd. */
const OUTLIER_RANGE = 10;

const timeTrouble = (
  openTimeMs: number,
  closeTime: number | null,
  lengthMs: number,
  nowMs: number,
  toleranceMs: number,
): Rejection | null => {
  if (openTimeMs < TIME_MS_MIN || openTimeMs > TIME_MS_MAX) return 'time-unit';
  if (openTimeMs % lengthMs !== 0 || closeTime !== openTimeMs + lengthMs - 1) return 'time';
  const aheadMs = openTimeMs + lengthMs - nowMs;
  if (aheadMs > lengthMs + toleranceMs) return 'future';
  return aheadMs > toleranceMs ? 'early' : null;
};

/** Of fields that have been read as decimals, and so are text. */
const areImprecise = (fields: BarFields): boolean =>
  isImprecise(fields.open as string) ||
  isImprecise(fields.high as string) ||
  isImprecise(fields.low as string) ||
  isImprecise(fields.close as string) ||
  isImprecise(fields.volume as string) ||
  isImprecise(fields.quoteVolume as string) ||
  isImprecise(fields.takerVolume as string) ||
  isImprecise(fields.takerQuoteVolume as string);

const rejected = (reason: Rejection): Admission => ({ bar: null, reason });

/** A closed bar whose fields have been read as numbers, checked as by `admit`; `imprecise` is what the reading found. */
export const admitNumbers = (
  series: Series,
  numbers: BarNumbers,
  imprecise: boolean,
  provenance: Provenance,
  nowMs: number,
  toleranceMs: number,
): Admission => {
  const { openTime: openTimeMs, open, high, low, close, volume, quoteVolume, trades, takerVolume, takerQuoteVolume } = numbers;
  if (openTimeMs === null) return rejected('time');
  const late = timeTrouble(openTimeMs, numbers.closeTime, intervalMs(series.interval), nowMs, toleranceMs);
  if (late !== null) return rejected(late);
  if (open === null || high === null || low === null || close === null) return rejected('number');
  if (volume === null || quoteVolume === null || trades === null) return rejected('number');
  if (takerVolume === null || takerQuoteVolume === null) return rejected('number');
  if (open === 0 || high === 0 || low === 0 || close === 0) return rejected('number');
  if (high < open || high < close || low > open || low > close) return rejected('ohlc');

  return {
    bar: {
      market: series.market,
      symbol: series.symbol,
      interval: series.interval,
      openTimeMs,
      open,
      high,
      low,
      close,
      volume,
      quoteVolume,
      tradeCount: trades,
      takerVolume,
      takerQuoteVolume,
      provenance,
    },
    imprecise,
    outlier: high >= OUTLIER_RANGE * low,
  };
};

/**
 * Checks a closed bar at the door, so that nothing behind it has to. `nowMs` is exchange time; a bar may be ahead of it by
 * `toleranceMs`. A jump of any size is possible and is let in; `inOrder` tells of jumps between bars.
 */
export const admit = (
  series: Series,
  fields: BarFields,
  provenance: Provenance,
  nowMs: number,
  toleranceMs: number,
): Admission => {
  const numbers: BarNumbers = {
    openTime: wholeNumber(fields.openTime),
    closeTime: wholeNumber(fields.closeTime),
    open: decimal(fields.open),
    high: decimal(fields.high),
    low: decimal(fields.low),
    close: decimal(fields.close),
    volume: decimal(fields.volume),
    quoteVolume: decimal(fields.quoteVolume),
    trades: wholeNumber(fields.trades),
    takerVolume: decimal(fields.takerVolume),
    takerQuoteVolume: decimal(fields.takerQuoteVolume),
  };
  const admission = admitNumbers(series, numbers, false, provenance, nowMs, toleranceMs);
  // Only of fields that are all decimals the digits can be counted.
  return admission.bar !== null && areImprecise(fields) ? { ...admission, imprecise: true } : admission;
};

/** An open bar, checked in the same way; `null` where anything is wrong with it, or its time has come or is yet to come. */
export const glimpse = (series: Series, fields: BarFields, nowMs: number, toleranceMs: number): FormingBar | null => {
  const openTimeMs = wholeNumber(fields.openTime);
  if (openTimeMs === null) return null;
  const endMs = openTimeMs + intervalMs(series.interval);
  if (openTimeMs > nowMs + toleranceMs || endMs <= nowMs) return null;
  const { bar } = admit(series, fields, 'stream', endMs, 0);
  if (bar === null) return null;
  const { provenance: _provenance, ...seen } = bar;
  return { ...seen, forming: true, seenAtMs: nowMs };
};

/** The fields of a bar from the stream. */
export const fieldsOfKline = (k: WireKline): BarFields => ({
  openTime: k.t,
  closeTime: k.T,
  open: k.o,
  high: k.h,
  low: k.l,
  close: k.c,
  volume: k.v,
  quoteVolume: k.q,
  trades: k.n,
  takerVolume: k.V,
  takerQuoteVolume: k.Q,
});

/**
 * The fields of a bar from REST, an array of twelve (binance-protocol.md §4.3):
 *
 * ```json
 * [1789478220000,"76965.40","76965.40","76925.80","76953.60","6.9863",1789478279999,"537560.524370",143,"3.2714","251784.524520","0"]
 * ```
 */
export const fieldsOfRow = (row: readonly unknown[]): BarFields => ({
  openTime: row[0],
  closeTime: row[6],
  open: row[1],
  high: row[2],
  low: row[3],
  close: row[4],
  volume: row[5],
  quoteVolume: row[7],
  trades: row[8],
  takerVolume: row[9],
  takerQuoteVolume: row[10],
});
