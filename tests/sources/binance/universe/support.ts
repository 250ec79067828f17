import { universe } from '../../../../src/sources/binance/universe/settings.js';
import type { UniverseRules } from '../../../../src/sources/binance/universe/settings.js';
import type { View } from '../../../../src/sources/binance/universe/filters.js';
import type { Listed, Ticker } from '../../../../src/sources/binance/universe/listing.js';

export const DAY_MS = 86_400_000;
/** Just after the newest ticker of the sample. */
export const NOW_MS = 1_705_262_461_000;

export const rulesOf = (rules: object = {}): UniverseRules => universe.parse(rules);

export const listedOf = (symbol: string, more: Partial<Listed> = {}): Listed => ({
  symbol,
  status: 'TRADING',
  quoteAsset: 'USDT',
  contractType: 'PERPETUAL',
  underlyingType: 'COIN',
  onboardMs: null,
  deliveryMs: null,
  isSpot: true,
  ...more,
});

/** A market at `NOW_MS` in which every symbol traded enough a moment ago, unless told otherwise. */
export const viewOf = (rules: object, more: Partial<View> & { readonly tickers?: ReadonlyMap<string, Ticker> } = {}): View => ({
  market: 'usdm',
  rules: rulesOf(rules),
  nowMs: NOW_MS,
  quoteVolume: (symbol) => (more.tickers === undefined ? 24e6 : (more.tickers.get(symbol)?.quoteVolume ?? null)),
  ticker: (symbol) =>
    more.tickers === undefined ? { quoteVolume: 24e6, closeTimeMs: NOW_MS } : (more.tickers.get(symbol) ?? null),
  spread: () => null,
  isMember: () => false,
  wasWeak: () => false,
  ...more,
});
