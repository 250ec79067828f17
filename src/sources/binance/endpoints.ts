import { z } from 'zod';
import type { Interval } from '../../model/interval.js';
import type { Market } from '../../model/series.js';

/** What one market looks like at Binance: paths, weights and limits (binance-protocol.md §2, §3, §4.1). */
export interface MarketFacts {
  /** Path of a combined-stream socket without streams; they are subscribed to afterwards. Futures klines live on `/market` only. */
  readonly streamPath: string;
  readonly timePath: string;
  readonly timeWeight: number;
  readonly exchangeInfoPath: string;
  readonly exchangeInfoWeight: number;
  readonly tickersPath: string;
  readonly tickersWeight: number;
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
    streamPath: '/market/stream',
    timePath: '/fapi/v1/time',
    timeWeight: 1,
    exchangeInfoPath: '/fapi/v1/exchangeInfo',
    exchangeInfoWeight: 1,
    tickersPath: '/fapi/v1/ticker/24hr',
    tickersWeight: 40,
    klinesPath: '/fapi/v1/klines',
    klinesLimitMax: 499,
    // Page and wire disagree at 100 and at 500; these limits cost the same by both.
    klinesWeight: (limit) => (limit <= 99 ? 1 : 2),
    weightPerMinute: 2_400,
  },
  spot: {
    streamPath: '/stream',
    timePath: '/api/v3/time',
    timeWeight: 1,
    // The whole answer is 17 MB; without the permission sets and the dead pairs it is a fraction.
    exchangeInfoPath: '/api/v3/exchangeInfo?symbolStatus=TRADING&showPermissionSets=false',
    exchangeInfoWeight: 20,
    tickersPath: '/api/v3/ticker/24hr?type=MINI',
    tickersWeight: 80,
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
export const streamUrl = (at: Endpoints, market: Market): string => trim(at[market].ws) + FACTS[market].streamPath;
/** `fapi.binance.com`: what a person can check from their own machine. */
export const hostOf = (url: string): string => new URL(url).host;
