import type { Bar } from '../../model/bar.js';

export const iso = (timeMs: number): string => new Date(timeMs).toISOString();

/** A bar by its values, for a person who has to tell which version is right. */
export const barWords = (bar: Bar): string =>
  `open ${bar.open}, high ${bar.high}, low ${bar.low}, close ${bar.close}, volume ${bar.volume}, quote volume ${bar.quoteVolume}, ` +
  `${bar.tradeCount} trades, taker volumes ${bar.takerVolume} and ${bar.takerQuoteVolume} (${bar.provenance})`;
