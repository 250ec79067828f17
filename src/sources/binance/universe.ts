import type { Market } from '../../model/series.js';
import { decimal } from './decimal.js';

const HOURS = 24;
/** The window of a ticker: one that ended this long ago holds no trade of the last day, however large its volume. */
const TICKER_MS = HOURS * 3_600_000;
/** An answer that has lost more than this part of what was there is more likely broken than true (reliability.md F38). */
const SHRINK_MAX = 0.2;

type Fields = Readonly<Record<string, unknown>>;

export interface UniverseRules {
  readonly quoteAssets: readonly string[];
  /** Quote units per hour over the last 24 hours. */
  readonly minHourlyQuoteVolume: number;
  /** If not empty, these alone, whatever their volume and quote asset. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/** One step of the choice and how many symbols were left after it. */
export interface FunnelStep {
  readonly step: string;
  readonly left: number;
}

export interface Universe {
  /** In ascending order. */
  readonly symbols: readonly string[];
  readonly funnel: readonly FunnelStep[];
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The symbols of an exchangeInfo answer, or `null` when it is not one. */
export const readExchangeInfo = (json: unknown): readonly Fields[] | null => {
  if (!isFields(json) || !Array.isArray(json.symbols)) return null;
  return (json.symbols as unknown[]).filter(
    (entry) => isFields(entry) && typeof entry.symbol === 'string' && entry.symbol !== '',
  ) as Fields[];
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

/** Quote volume of the last 24 hours and the end of that window, by symbol, or `null` when it is no list of tickers. */
export const readTickers = (json: unknown): ReadonlyMap<string, Ticker> | null => {
  if (!Array.isArray(json)) return null;
  const tickers = new Map<string, Ticker>();
  for (const entry of json as unknown[]) {
    if (!isFields(entry) || typeof entry.symbol !== 'string') continue;
    const quoteVolume = decimal(entry.quoteVolume);
    if (quoteVolume === null) continue;
    tickers.set(entry.symbol, { quoteVolume, closeTimeMs: typeof entry.closeTime === 'number' ? entry.closeTime : null });
  }
  return tickers;
};

export interface Ticker {
  readonly quoteVolume: number;
  readonly closeTimeMs: number | null;
}

/** Coins only: the futures market also lists metals, shares and currencies, and contracts with an end. */
const isOfKind = (market: Market, entry: Fields): boolean => {
  if (market === 'usdm') return entry.contractType === 'PERPETUAL' && entry.underlyingType === 'COIN';
  const permissions = Array.isArray(entry.permissionSets) ? (entry.permissionSets as unknown[]).flat() : entry.permissions;
  return entry.isSpotTradingAllowed === true || (Array.isArray(permissions) && permissions.includes('SPOT'));
};

type Step = readonly [step: string, passes: (entry: Fields) => boolean];

/**
 * Which symbols to follow, and how many each step of the choice left. Pure: `nowMs` is exchange time.
 */
export const selectUniverse = (
  market: Market,
  listed: readonly Fields[],
  tickers: ReadonlyMap<string, Ticker>,
  rules: UniverseRules,
  nowMs: number,
): Universe => {
  const quoteAssets = new Set(rules.quoteAssets);
  const allow = new Set(rules.allow);
  const deny = new Set(rules.deny);
  const tickerOf = (entry: Fields): Ticker | undefined => tickers.get(entry.symbol as string);
  const isAlive = (ticker: Ticker | undefined): boolean =>
    ticker !== undefined && (ticker.closeTimeMs === null || nowMs - ticker.closeTimeMs < TICKER_MS);
  const byName: readonly Step[] = [['allowed by name', (entry) => allow.has(entry.symbol as string)]];
  const byTrade: readonly Step[] = [
    [`quoted in ${rules.quoteAssets.join(', ')}`, (entry) => quoteAssets.has(entry.quoteAsset as string)],
    ['traded within a day', (entry) => isAlive(tickerOf(entry))],
    [
      `with ${rules.minHourlyQuoteVolume} quote units an hour`,
      (entry) => (tickerOf(entry)?.quoteVolume ?? 0) / HOURS >= rules.minHourlyQuoteVolume,
    ],
  ];
  const steps: readonly Step[] = [
    [market === 'usdm' ? 'perpetual contracts on coins' : 'spot pairs', (entry) => isOfKind(market, entry)],
    ['trading now', (entry) => entry.status === 'TRADING'],
    ...(allow.size > 0 ? byName : byTrade),
    ['not denied by name', (entry) => !deny.has(entry.symbol as string)],
  ];
  let left = listed;
  const funnel: FunnelStep[] = [{ step: 'listed', left: left.length }];
  for (const [step, passes] of steps) {
    left = left.filter(passes);
    funnel.push({ step, left: left.length });
  }
  return { symbols: [...new Set(left.map((entry) => entry.symbol as string))].sort(), funnel };
};

/** `820 listed, 700 perpetual contracts on coins, …`. */
export const funnelText = (funnel: readonly FunnelStep[]): string => funnel.map(({ step, left }) => `${left} ${step}`).join(', ');

/** Whether a new answer is too much smaller than what was known to be believed at once. */
export const isSuspicious = (known: readonly string[], next: readonly string[]): boolean =>
  next.length === 0 || next.length < known.length * (1 - SHRINK_MAX);
