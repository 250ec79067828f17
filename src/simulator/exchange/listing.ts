import type { Market } from '../../model/series.js';
import type { Recording } from './recording.js';

/** A contract or pair as exchangeInfo lists it. `recording` is what its streams and rows play; without one it is silent. */
export interface Listed {
  readonly symbol: string;
  readonly pair: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly contractType: string;
  readonly underlyingType: string;
  readonly underlyingSubType: readonly string[];
  readonly onboardMs: number;
  readonly deliveryMs: number;
  /** `null`: PENDING_TRADING until `onboardMs`, TRADING from then on. */
  readonly status: string | null;
  readonly recording: Recording | null;
}

/** Something listed beside what is recorded: what a client must leave alone. */
export interface ListedBeside {
  readonly symbol: string;
  readonly contractType?: string;
  readonly underlyingType?: string;
  readonly underlyingSubType?: readonly string[];
  readonly status?: string;
  readonly onboardMs?: number;
  readonly deliveryMs?: number;
  /** Plays the bars of this recorded symbol, so that a client which does not leave it alone is found out. */
  readonly plays?: string;
}

/** 2100-12-25: the delivery date of a contract that has none. */
const NO_DELIVERY_MS = 4_133_404_800_000;
const QUOTE_ASSETS = ['FDUSD', 'USDT', 'USDC', 'BUSD', 'USD1', 'TRY', 'EUR', 'BTC', 'ETH', 'BNB'];

/** What the real exchange lists that is no crypto perpetual in trading, one of each kind (binance-protocol.md §4.4). */
export const USUAL_BESIDE: readonly ListedBeside[] = [
  {
    symbol: 'XAUUSDT',
    contractType: 'TRADIFI_PERPETUAL',
    underlyingType: 'COMMODITY',
    underlyingSubType: ['TradFi'],
  },
  { symbol: 'BTCDOMUSDT', underlyingType: 'INDEX', underlyingSubType: ['Index'] },
  { symbol: 'BTCUSDT_250926', contractType: 'CURRENT_QUARTER', deliveryMs: 1_758_873_600_000 },
  { symbol: 'BTCUSDT_251226', contractType: 'NEXT_QUARTER', deliveryMs: 1_766_736_000_000 },
  { symbol: 'OMGUSDT', status: 'SETTLING', onboardMs: 1_593_680_400_000, deliveryMs: 1_738_314_000_000 },
  { symbol: 'BTCSTUSDT', status: 'PENDING_TRADING', onboardMs: 1_614_754_800_000 },
];

/** Lower-cases ASCII letters and no others, as stream names do. */
export const streamSymbol = (symbol: string): string => symbol.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const split = (pair: string): readonly [string, string] => {
  const quote = QUOTE_ASSETS.find((asset) => pair.endsWith(asset) && pair !== asset) ?? 'USDT';
  return [pair.endsWith(quote) ? pair.slice(0, -quote.length) : pair, quote];
};

/** Lists one; what it does not say of itself is as of an ordinary perpetual. */
export const listBeside = (beside: ListedBeside, recording: Recording | null, onboardMs: number): Listed => {
  const pair = beside.symbol.split('_')[0] ?? beside.symbol;
  const [baseAsset, quoteAsset] = split(pair);
  return {
    symbol: beside.symbol,
    pair,
    baseAsset,
    quoteAsset,
    contractType: beside.contractType ?? 'PERPETUAL',
    underlyingType: beside.underlyingType ?? 'COIN',
    underlyingSubType: beside.underlyingSubType ?? [],
    onboardMs: beside.onboardMs ?? onboardMs,
    deliveryMs: beside.deliveryMs ?? NO_DELIVERY_MS,
    status: beside.status ?? null,
    recording,
  };
};

/**
 * The listing of a market, by symbol: all that is recorded, and what is listed beside. A recording without one trade is a
 * settled contract whose bars go on; on spot it is a pair in `BREAK`.
 */
export const createListing = (
  market: Market,
  recordings: readonly Recording[],
  beside: readonly ListedBeside[],
): ReadonlyMap<string, Listed> => {
  const settled = market === 'usdm' ? 'SETTLING' : 'BREAK';
  const firstMs = recordings.reduce((least, recording) => Math.min(least, recording.firstMs), Number.MAX_SAFE_INTEGER);
  const recorded = recordings.map((recording) => {
    const { symbol, traded } = recording;
    const end = traded ? {} : { status: settled, deliveryMs: recording.firstMs };
    return listBeside({ symbol, ...end }, recording, recording.firstMs);
  });
  const others = beside.map((one) =>
    listBeside(one, recordings.find(({ symbol }) => symbol === one.plays) ?? null, recordings.length === 0 ? 0 : firstMs),
  );
  return new Map([...recorded, ...others].map((listed) => [listed.symbol, listed]));
};

/** The status that exchangeInfo shows now, as long as no script has set another. */
export const statusAt = (listed: Listed, nowMs: number): string =>
  listed.status ?? (nowMs < listed.onboardMs ? 'PENDING_TRADING' : 'TRADING');
