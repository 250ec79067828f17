import { decimal } from '../decimal.js';

type Fields = Readonly<Record<string, unknown>>;

/** A contract or pair as exchangeInfo lists it (binance-protocol.md §4.4). What a market does not tell is `null`. */
export interface Listed {
  /** Opaque text: 币安人生USDT exists, and nothing keeps the exchange from listing `__proto__`. */
  readonly symbol: string;
  readonly status: string;
  readonly quoteAsset: string;
  /** On usdm. */
  readonly contractType: string | null;
  readonly underlyingType: string | null;
  /** When trading began or will begin, ms UTC; on usdm. */
  readonly onboardMs: number | null;
  /** When trading ended or will end, ms UTC; on usdm. A perpetual that goes on has a date in 2100. */
  readonly deliveryMs: number | null;
  /** Whether it may be traded on the spot market. */
  readonly isSpot: boolean;
}

/** The last day of a symbol. */
export interface Ticker {
  /** In the quote asset. */
  readonly quoteVolume: number;
  /** End of the day it speaks of: the last trade, ms UTC. */
  readonly closeTimeMs: number | null;
}

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const timeOrNull = (value: unknown): number | null =>
  Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : null;

const isSpot = (entry: Fields): boolean => {
  const permissions = Array.isArray(entry.permissionSets) ? (entry.permissionSets as unknown[]).flat() : entry.permissions;
  return entry.isSpotTradingAllowed === true || (Array.isArray(permissions) && permissions.includes('SPOT'));
};

const toListed = (entry: unknown): Listed | null => {
  if (!isFields(entry)) return null;
  const symbol = textOrNull(entry.symbol);
  if (symbol === null) return null;
  return {
    symbol,
    status: textOrNull(entry.status) ?? '',
    quoteAsset: textOrNull(entry.quoteAsset) ?? '',
    contractType: textOrNull(entry.contractType),
    underlyingType: textOrNull(entry.underlyingType),
    onboardMs: timeOrNull(entry.onboardDate),
    deliveryMs: timeOrNull(entry.deliveryDate),
    isSpot: isSpot(entry),
  };
};

/** The symbols of an exchangeInfo answer, each once, or `null` when it is not one. */
export const readListing = (json: unknown): readonly Listed[] | null => {
  if (!isFields(json) || !Array.isArray(json.symbols)) return null;
  const listed = (json.symbols as unknown[]).map(toListed).filter((entry) => entry !== null);
  return [...new Map(listed.map((entry) => [entry.symbol, entry])).values()];
};

/** Request weight per minute as an exchangeInfo answer states it, or `null`. */
export const readWeightLimit = (json: unknown): number | null => {
  if (!isFields(json) || !Array.isArray(json.rateLimits)) return null;
  for (const limit of json.rateLimits as unknown[]) {
    if (!isFields(limit) || limit.rateLimitType !== 'REQUEST_WEIGHT' || limit.interval !== 'MINUTE' || limit.intervalNum !== 1)
      continue;
    if (typeof limit.limit === 'number' && limit.limit >= 100) return limit.limit;
  }
  return null;
};

/** The last day by symbol, or `null` when it is no list of tickers. */
export const readTickers = (json: unknown): ReadonlyMap<string, Ticker> | null => {
  if (!Array.isArray(json)) return null;
  const tickers = new Map<string, Ticker>();
  for (const entry of json as unknown[]) {
    if (!isFields(entry) || typeof entry.symbol !== 'string') continue;
    const quoteVolume = decimal(entry.quoteVolume);
    if (quoteVolume === null) continue;
    tickers.set(entry.symbol, { quoteVolume, closeTimeMs: timeOrNull(entry.closeTime) });
  }
  return tickers;
};

/** Distance of best bid and best ask in basis points of their middle (signals.md §5), by symbol; `null` when it is no list of books. */
export const readSpreads = (json: unknown): ReadonlyMap<string, number> | null => {
  if (!Array.isArray(json)) return null;
  const spreads = new Map<string, number>();
  for (const entry of json as unknown[]) {
    if (!isFields(entry) || typeof entry.symbol !== 'string') continue;
    const [bid, ask] = [decimal(entry.bidPrice), decimal(entry.askPrice)];
    // An empty side of the book is 0: then there is no spread to speak of.
    if (bid === null || ask === null || bid === 0 || ask < bid) continue;
    spreads.set(entry.symbol, (10_000 * (ask - bid)) / ((ask + bid) / 2));
  }
  return spreads;
};
