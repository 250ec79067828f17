import { z } from 'zod';
import type { Interval } from '../../model/interval.js';
import type { Market } from '../../model/series.js';

/** What one market looks like at Binance: paths, weights and limits (binance-protocol.md §2, §3, §4.1). */
export interface MarketFacts {
  readonly timePath: string;
  readonly timeWeight: number;
  readonly exchangeInfoPath: string;
  readonly exchangeInfoWeight: number;
  readonly tickersPath: string;
  readonly tickersWeight: number;
  /** Best bid and best ask of all symbols. */
  readonly booksPath: string;
  readonly booksWeight: number;
  readonly klinesPath: string;
  /** The most bars asked for at once: where a bar costs least. */
  readonly klinesLimitMax: number;
  /** Weight of a klines request by its limit. */
  klinesWeight(limit: number): number;
  /** Request weight that the exchange allows per UTC minute and address. */
  readonly weightPerMinute: number;
}

export const FACTS: Readonly<Record<Market, MarketFacts>> = {
  usdm: {
    timePath: '/fapi/v1/time',
    timeWeight: 1,
    exchangeInfoPath: '/fapi/v1/exchangeInfo',
    exchangeInfoWeight: 1,
    tickersPath: '/fapi/v1/ticker/24hr',
    tickersWeight: 40,
    booksPath: '/fapi/v1/ticker/bookTicker',
    booksWeight: 5,
    klinesPath: '/fapi/v1/klines',
    klinesLimitMax: 499,
    // Page and wire disagree at 100 and at 500; these limits cost the same by both.
    klinesWeight: (limit) => (limit <= 99 ? 1 : 2),
    weightPerMinute: 2_400,
  },
  spot: {
    timePath: '/api/v3/time',
    timeWeight: 1,
    // The whole answer is 17 MB; without the permission sets and the dead pairs it is a fraction.
    exchangeInfoPath: '/api/v3/exchangeInfo?symbolStatus=TRADING&showPermissionSets=false',
    exchangeInfoWeight: 20,
    tickersPath: '/api/v3/ticker/24hr?type=MINI',
    tickersWeight: 80,
    booksPath: '/api/v3/ticker/bookTicker',
    booksWeight: 4,
    klinesPath: '/api/v3/klines',
    klinesLimitMax: 1_000,
    klinesWeight: () => 2,
    weightPerMinute: 6_000,
  },
};

/** The address of a page of bars by open time; both ends included. Symbols may be any letters of any script. */
export const klinesPath = (
  market: Market,
  symbol: string,
  interval: Interval,
  fromMs: number,
  toMs: number,
  limit: number,
): string =>
  `${FACTS[market].klinesPath}?symbol=${encodeURIComponent(symbol)}&interval=${interval}&startTime=${fromMs}&endTime=${toMs}&limit=${limit}`;

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const OFFICIAL = /(^|\.)binance(\.com|\.vision|future\.com)$/;

/** A mistyped or planted address would be believed about prices, so only the exchange's own and this machine's are taken unasked. */
const trouble = (text: string, plain: string, secure: string, anyHost: boolean): string | null => {
  if (!URL.canParse(text)) return 'is not an address';
  const url = new URL(text);
  const isLoopback = LOOPBACK.has(url.hostname);
  if (url.protocol !== secure && url.protocol !== plain) return `must begin with ${secure}//`;
  if (url.protocol === plain && !isLoopback) return `must begin with ${secure}// unless it is on this machine`;
  const isOfficial = OFFICIAL.test(url.hostname);
  if (url.search !== '' || url.hash !== '' || (isOfficial && url.pathname !== '/'))
    return 'must be a host alone: paths are added';
  if (!isLoopback && !anyHost && !isOfficial)
    return 'is not a host of Binance; set allowCustomEndpoints: true to use it all the same';
  return null;
};

const hosts = (rest: string, ws: string) =>
  z.strictObject({
    rest: z.string().default(rest).describe('Host of the REST interface.'),
    ws: z.string().default(ws).describe('Host of the WebSocket streams.'),
  });

/** Hosts by market. */
export const endpoints = z
  .strictObject({
    usdm: hosts('https://fapi.binance.com', 'wss://fstream.binance.com').prefault({}).describe('Hosts of the USD-M perpetuals.'),
    spot: hosts('https://api.binance.com', 'wss://stream.binance.com:9443').prefault({}).describe('Hosts of the spot market.'),
    allowCustomEndpoints: z
      .boolean()
      .default(false)
      .describe('Take hosts that are neither of Binance nor of this machine. Whoever runs them decides what you see.'),
  })
  .superRefine((value, context) => {
    for (const market of ['usdm', 'spot'] as const) {
      for (const [key, plain, secure] of [['rest', 'http:', 'https:'] as const, ['ws', 'ws:', 'wss:'] as const]) {
        const message = trouble(value[market][key], plain, secure, value.allowCustomEndpoints);
        if (message !== null) context.addIssue({ code: 'custom', path: [market, key], message });
      }
    }
  });

export type Endpoints = z.output<typeof endpoints>;

/** `base` without the slash at its end. */
const trim = (base: string): string => base.replace(/\/$/, '');

export const restUrl = (at: Endpoints, market: Market, path: string): string => trim(at[market].rest) + path;

/**
 * Which streams a socket carries. The futures market is split by path; a socket on the wrong one acknowledges every subscription
 * and stays silent (binance-protocol.md §1.1, §2.3). Spot has a single path.
 */
export type PathClass = 'market' | 'public' | 'spot';

export const PATH_CLASSES: Readonly<Record<Market, readonly PathClass[]>> = { usdm: ['market', 'public'], spot: ['spot'] };

/** Paths of combined-stream sockets without streams; they are subscribed to afterwards. */
const STREAM_PATHS: Readonly<Record<PathClass, string>> = { market: '/market/stream', public: '/public/stream', spot: '/stream' };

const PUBLIC_STREAM = /(^!bookTicker|@bookTicker|@depth.*|@rpiDepth@500ms|@trade)$/;

export const pathClassOf = (market: Market, stream: string): PathClass => {
  if (market === 'spot') return 'spot';
  return PUBLIC_STREAM.test(stream) ? 'public' : 'market';
};

export const streamUrl = (at: Endpoints, market: Market, pathClass: PathClass): string =>
  trim(at[market].ws) + STREAM_PATHS[pathClass];

const OFFICIAL_STREAMS: Readonly<Record<Market, string>> = {
  usdm: 'wss://fstream.binance.com',
  spot: 'wss://stream.binance.com:9443',
};

/** Where streams of this class are to be had, as far as we know, in words. */
export const carriedBy = (market: Market, pathClass: PathClass): string =>
  `as far as this version knows, Binance carries them on ${OFFICIAL_STREAMS[market]}${STREAM_PATHS[pathClass]} (endpoints.${market}.ws is the host alone)`;
/** `fapi.binance.com`: what a person can check from their own machine. */
export const hostOf = (url: string): string => new URL(url).host;
