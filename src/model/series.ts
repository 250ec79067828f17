import type { Interval } from './interval.js';

/** `usdm` is the USD-M perpetual futures market, `spot` the spot market: the only spellings anywhere. */
export const MARKETS = ['usdm', 'spot'] as const;
export type Market = (typeof MARKETS)[number];

/** Whose bars: one symbol on one market at one interval. Symbols are opaque text (币安人生USDT exists). */
export interface Series {
  readonly market: Market;
  readonly symbol: string;
  readonly interval: Interval;
}

/** Text that is equal for equal series, for Map keys and journals. */
export const seriesKey = (series: Series): string => `${series.market}|${series.symbol}|${series.interval}`;
