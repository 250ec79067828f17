import type { Bar, PlacedBar } from '../../model/bar.js';

/** Field by field: a spread of these takes six microseconds, thirty times as long, and this is done for every bar. */
export const placed = (bar: Bar, timing: PlacedBar['timing'], follows: PlacedBar['follows']): PlacedBar => ({
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
