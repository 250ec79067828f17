import type { Market } from '../../model/series.js';
import type { Day } from './day.js';
import type { Listed } from './listing.js';
import type { Recording } from './recording.js';
import { badRequest } from './refusal.js';
import type { Answer } from './refusal.js';
import type { World } from './world.js';

const DAY_MS = 86_400_000;

/** What a symbol traded over the last day; on USD-M the day opens on a whole minute. `null` while it has no bar. */
export const dayOf = (world: World, { symbol, recording }: Listed, nowMs: number): Day | null => {
  if (recording === null) return null;
  const openTimeMs = world.market === 'usdm' ? Math.floor((nowMs - DAY_MS) / 60_000) * 60_000 : Math.floor(nowMs - DAY_MS);
  return world.days({ recording, lost: world.lostOf(symbol), version: world.version() }, openTimeMs, nowMs);
};

/** How a day's quote volume is written: with two decimals at most on USD-M. */
const quoteText = (market: Market, { quoteDecimals }: Recording, { quoteVolume }: Day): string =>
  quoteVolume.toFixed(market === 'usdm' ? Math.min(2, quoteDecimals) : quoteDecimals);

const changeText = (day: Day): string => ((day.last / day.open - 1) * 100).toFixed(3);
const meanOf = (day: Day): number => (day.volume === 0 ? day.last : day.quoteVolume / day.volume);

/**
 * One row of GET ticker/24hr, or `null` while the symbol has no bar. The book and the size of the last trade are not recorded:
 * prices of the book repeat the last price, sizes are zero.
 */
const row = (world: World, listed: Listed, nowMs: number): string | null => {
  const { market } = world;
  const { symbol, recording } = listed;
  const day = dayOf(world, listed, nowMs);
  if (day === null || recording === null) return null;
  const price = (value: number): string => value.toFixed(recording.priceDecimals);
  const noQuantity = (0).toFixed(recording.quantityDecimals);
  const last = price(day.last);
  const book =
    market === 'spot'
      ? { bidPrice: last, bidQty: noQuantity, askPrice: last, askQty: noQuantity }
      : ({} as Record<string, string>);
  return JSON.stringify({
    symbol,
    priceChange: price(day.last - day.open),
    priceChangePercent: changeText(day),
    weightedAvgPrice: price(meanOf(day)),
    ...(market === 'spot' ? { prevClosePrice: price(day.open) } : {}),
    lastPrice: last,
    lastQty: noQuantity,
    ...book,
    openPrice: price(day.open),
    highPrice: price(day.high),
    lowPrice: price(day.low),
    volume: day.volume.toFixed(recording.quantityDecimals),
    quoteVolume: quoteText(market, recording, day),
    openTime: day.openTimeMs,
    closeTime: Math.floor(nowMs),
    firstId: day.firstId,
    lastId: day.lastId,
    count: day.trades,
  });
};

/** An event of `!ticker@arr` (USD-M only), in the wire's key order. Beside the book, sizes of the last trade are not recorded. */
export const tickerEvent = (listed: Listed, recording: Recording, day: Day, nowMs: number): string => {
  const price = (value: number): string => value.toFixed(recording.priceDecimals);
  return JSON.stringify({
    e: '24hrTicker',
    E: Math.floor(nowMs),
    s: listed.symbol,
    ps: listed.pair,
    p: price(day.last - day.open),
    P: changeText(day),
    w: price(meanOf(day)),
    c: price(day.last),
    Q: (0).toFixed(recording.quantityDecimals),
    o: price(day.open),
    h: price(day.high),
    l: price(day.low),
    v: day.volume.toFixed(recording.quantityDecimals),
    q: quoteText('usdm', recording, day),
    O: day.openTimeMs,
    C: Math.floor(nowMs),
    F: day.firstId,
    L: day.lastId,
    n: day.trades,
    st: 1,
  });
};

/** An event of `!miniTicker@arr`. Where `ps` and `st` stand on USD-M is not recorded; they stand as in the ticker's event. */
export const miniTickerEvent = (market: Market, listed: Listed, recording: Recording, day: Day, nowMs: number): string => {
  const price = (value: number): string => value.toFixed(recording.priceDecimals);
  return JSON.stringify({
    e: '24hrMiniTicker',
    E: Math.floor(nowMs),
    s: listed.symbol,
    ...(market === 'usdm' ? { ps: listed.pair } : {}),
    c: price(day.last),
    o: price(day.open),
    h: price(day.high),
    l: price(day.low),
    v: day.volume.toFixed(recording.quantityDecimals),
    q: quoteText(market, recording, day),
    ...(market === 'usdm' ? { st: 1 } : {}),
  });
};

/** Weight of GET ticker/24hr (binance-protocol.md §4.1). */
export const tickerWeight = (market: Market, params: URLSearchParams): number => {
  if (params.has('symbol')) return market === 'usdm' ? 1 : 2;
  if (market === 'usdm') return 40;
  const asked = askedSymbols(params)?.length ?? Infinity;
  return asked <= 20 ? 2 : asked <= 100 ? 40 : 80;
};

const askedSymbols = (params: URLSearchParams): readonly string[] | null => {
  try {
    const asked: unknown = JSON.parse(params.get('symbols') ?? 'null');
    return Array.isArray(asked) ? asked.map(String) : null;
  } catch {
    // Text that is no JSON names no symbols; the caller then answers for all, as if it had not been sent.
    return null;
  }
};

/** GET ticker/24hr, for one symbol, several (spot) or all: on USD-M all means those that are trading. */
export const ticker = (world: World, params: URLSearchParams, nowMs: number): Answer => {
  const { market } = world;
  const one = params.get('symbol');
  const asked = one === null ? (market === 'spot' ? askedSymbols(params) : null) : [market === 'usdm' ? one.toUpperCase() : one];
  const listed = asked === null ? world.all() : asked.map((symbol) => world.find(symbol));
  const rows: string[] = [];
  for (const symbol of listed) {
    if (symbol === undefined) return badRequest(-1121, 'Invalid symbol.');
    if (asked === null && market === 'usdm' && world.statusOf(symbol, nowMs) !== 'TRADING') continue;
    const text = row(world, symbol, nowMs);
    if (text !== null) rows.push(text);
  }
  if (one === null) return { status: 200, body: `[${rows.join(',')}]` };
  // A contract that is listed and has never traded has no day to tell of.
  return rows[0] === undefined ? badRequest(-1121, 'Invalid symbol.') : { status: 200, body: rows[0] };
};
