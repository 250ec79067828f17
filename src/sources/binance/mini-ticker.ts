import { decimal } from './decimal.js';
import type { Ticker } from './universe/listing.js';
import { isFields } from './universe/listing.js';

/** The last day of every symbol that has changed, once a second; both markets have it (binance-protocol.md §5.1). */
export const MINI_TICKER_STREAM = '!miniTicker@arr';

/** USD-M rows; rows of COIN-M contracts come over the same stream, in other units (binance-protocol.md §1.3). Spot has no such key. */
const USD_M = 1;

/**
 * What an event of all tickers says, by symbol, or `null` when it is none:
 *
 * ```json
 * [{"e":"24hrMiniTicker","E":1672515782136,"s":"BNBUSDT","c":"0.0025","o":"0.0010","h":"0.0025","l":"0.0010","v":"10000","q":"18","st":1}]
 * ```
 */
export const tickersOf = (data: unknown): ReadonlyMap<string, Ticker> | null => {
  if (!Array.isArray(data) || !data.every(isFields) || data.some(({ e }) => e !== '24hrMiniTicker')) return null;
  const tickers = new Map<string, Ticker>();
  for (const { s, q, E, st } of data) {
    const quoteVolume = decimal(q);
    if (typeof s !== 'string' || quoteVolume === null || (st !== undefined && st !== USD_M)) continue;
    tickers.set(s, { quoteVolume, closeTimeMs: typeof E === 'number' ? E : null });
  }
  return tickers;
};
