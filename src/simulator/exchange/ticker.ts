import type { Market } from '../../model/series.js';
import type { Lost } from './bars.js';
import { runningBar } from './bars.js';
import type { Recording } from './recording.js';
import { badRequest } from './refusal.js';
import type { Answer } from './refusal.js';
import type { World } from './world.js';

const DAY_MS = 86_400_000;

interface Day {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly last: number;
  readonly volume: number;
  readonly quoteVolume: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly trades: number;
}

/** What traded from `fromMs` to `nowMs`, the bar that is open included; `null` when there is no bar at all. */
const lastDay = (recording: Recording, fromMs: number, nowMs: number, lost: Lost): Day | null => {
  const { numbers, firstMs, stepMs, cells, tradesBefore } = recording;
  const current = Math.floor((nowMs - firstMs) / stepMs);
  const from = Math.max(0, Math.ceil((fromMs - firstMs) / stepMs));
  let first = -1;
  let [high, low, last, volume, quoteVolume, trades] = [-Infinity, Infinity, 0, 0, 0, 0];
  for (let cell = from; cell < Math.min(current, cells); cell++) {
    if (Number.isNaN(numbers.open[cell]) || lost(firstMs + cell * stepMs)) continue;
    if (first < 0) first = cell;
    high = Math.max(high, numbers.high[cell] as number);
    low = Math.min(low, numbers.low[cell] as number);
    last = numbers.close[cell] as number;
    volume += numbers.volume[cell] as number;
    quoteVolume += numbers.quote_volume[cell] as number;
    trades += numbers.count[cell] as number;
  }
  const running = runningBar(recording, stepMs, nowMs, lost);
  if (first < 0 && running === null) return null;
  const firstId = (first < 0 ? (running?.tradesBefore ?? 0) : (tradesBefore[first] as number)) + 1;
  const count = trades + (running?.trades ?? 0);
  return {
    open: first < 0 ? (running?.open ?? 0) : (numbers.open[first] as number),
    high: Math.max(high, running?.high ?? high),
    low: Math.min(low, running?.low ?? low),
    last: running?.close ?? last,
    volume: volume + (running?.volume ?? 0),
    quoteVolume: quoteVolume + (running?.quoteVolume ?? 0),
    firstId: count === 0 ? -1 : firstId,
    lastId: count === 0 ? -1 : firstId + count - 1,
    trades: count,
  };
};

/**
 * One row of GET ticker/24hr, or `null` while the symbol has no bar. On USD-M the window opens on a whole minute. The book
 * and the size of the last trade are not recorded: prices of the book repeat the last price, sizes are zero.
 */
const row = (market: Market, symbol: string, recording: Recording, nowMs: number, lost: Lost): string | null => {
  const openTime = market === 'usdm' ? Math.floor((nowMs - DAY_MS) / 60_000) * 60_000 : Math.floor(nowMs - DAY_MS);
  const day = lastDay(recording, openTime, nowMs, lost);
  if (day === null) return null;
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
    priceChangePercent: ((day.last / day.open - 1) * 100).toFixed(3),
    weightedAvgPrice: price(day.volume === 0 ? day.last : day.quoteVolume / day.volume),
    ...(market === 'spot' ? { prevClosePrice: price(day.open) } : {}),
    lastPrice: last,
    lastQty: noQuantity,
    ...book,
    openPrice: price(day.open),
    highPrice: price(day.high),
    lowPrice: price(day.low),
    volume: day.volume.toFixed(recording.quantityDecimals),
    quoteVolume: day.quoteVolume.toFixed(market === 'usdm' ? Math.min(2, recording.quoteDecimals) : recording.quoteDecimals),
    openTime,
    closeTime: Math.floor(nowMs),
    firstId: day.firstId,
    lastId: day.lastId,
    count: day.trades,
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
    const text = symbol.recording === null ? null : row(market, symbol.symbol, symbol.recording, nowMs, world.lost);
    if (text !== null) rows.push(text);
  }
  if (one === null) return { status: 200, body: `[${rows.join(',')}]` };
  // A contract that is listed and has never traded has no day to tell of.
  return rows[0] === undefined ? badRequest(-1121, 'Invalid symbol.') : { status: 200, body: rows[0] };
};
