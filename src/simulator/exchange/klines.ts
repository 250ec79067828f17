import { INTERVAL_MS, isInterval } from '../../model/interval.js';
import type { Market } from '../../model/series.js';
import { runningBar, runningText } from './bars.js';
import { klineRow } from './kline-text.js';
import { WIRE_INTERVALS } from './limits.js';
import type { Recording } from './recording.js';
import { badRequest, illegalCharacters, missing } from './refusal.js';
import type { Answer } from './refusal.js';
import type { BarPlace, World } from './world.js';

const LIMIT_MAX: Readonly<Record<Market, number>> = { usdm: 1500, spot: 1000 };
const WHOLE_NUMBER = /^\d{1,20}$/;

/** Weight of GET klines: flat on spot, by limit on USD-M in the bands measured on the wire (binance-protocol.md §4.1). */
export const klinesWeight = (market: Market, limit: string | null): number => {
  if (market === 'spot') return 2;
  if (limit === null || !WHOLE_NUMBER.test(limit)) return 5;
  const rows = Number(limit);
  if (rows <= 100) return 1;
  if (rows <= 500) return 2;
  return rows <= 1000 ? 5 : 10;
};

interface Played {
  readonly symbol: string;
  readonly recording: Recording;
}

interface Query {
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly limit: number;
}

const rowAt = (world: World, recording: Recording, place: BarPlace, nowMs: number): string | null => {
  const { symbol, lengthMs, openTimeMs } = place;
  if (openTimeMs + lengthMs <= nowMs) {
    const bar = world.bar(recording, place, 'rest');
    return bar === null ? null : klineRow(openTimeMs, lengthMs, bar);
  }
  const running = runningBar(recording, lengthMs, nowMs, world.lostOf(symbol));
  return running === null ? null : klineRow(openTimeMs, lengthMs, runningText(recording, running));
};

/**
 * The rows that a query asks for, oldest first: compared to the open time, both ends included; with a start the oldest from
 * there, otherwise the newest. The bar that is open now is the last one; bars that do not exist take no place.
 */
const rowsOf = (
  world: World,
  { symbol, recording }: Played,
  lengthMs: number,
  nowMs: number,
  query: Query,
): readonly string[] => {
  const down = (timeMs: number): number => Math.floor(timeMs / lengthMs) * lengthMs;
  const endMs = recording.firstMs + recording.cells * recording.stepMs;
  const fromMs = Math.max(down(recording.firstMs), Math.ceil((query.fromMs ?? 0) / lengthMs) * lengthMs);
  const toMs = Math.min(down(nowMs), down(endMs - 1), down(query.toMs ?? Number.MAX_SAFE_INTEGER));
  const rows: string[] = [];
  const forward = query.fromMs !== null;
  for (let step = 0; fromMs + step * lengthMs <= toMs && rows.length < query.limit; step++) {
    const openTimeMs = forward ? fromMs + step * lengthMs : toMs - step * lengthMs;
    const row = rowAt(world, recording, { symbol, lengthMs, openTimeMs }, nowMs);
    if (row !== null) rows.push(row);
  }
  return forward ? rows : rows.reverse();
};

/** A time parameter in ms, `null` when it is not sent, or the refusal it deserves. Spot takes microseconds too. */
const readTime = (market: Market, params: URLSearchParams, name: string): number | null | Answer => {
  const text = params.get(name);
  if (text === null) return null;
  if (!WHOLE_NUMBER.test(text)) return illegalCharacters(name, '^[0-9]{1,20}$');
  return market === 'spot' && text.length > 14 ? Math.floor(Number(text) / 1000) : Number(text);
};

const readLimit = (market: Market, params: URLSearchParams): number | Answer => {
  const text = params.get('limit') ?? '500';
  if (!WHOLE_NUMBER.test(text)) return illegalCharacters('limit', '^[0-9]{1,20}$');
  const refused = Number(text) === 0 || (market === 'usdm' && Number(text) > LIMIT_MAX.usdm);
  // Spot's answer to a limit above 1000 is not known (binance-protocol.md §13.3); the simulator gives its maximum.
  return refused ? badRequest(-1130, "Data sent for parameter 'limit' is not valid.") : Math.min(Number(text), LIMIT_MAX[market]);
};

/** GET klines. An interval that is real but shorter than the recorded one has no rows. */
export const klines = (world: World, params: URLSearchParams, nowMs: number): Answer => {
  const { market } = world;
  const symbol = params.get('symbol');
  const interval = params.get('interval');
  if (symbol === null || symbol === '') return missing('symbol');
  if (interval === null || interval === '') return missing('interval');
  // USD-M answers to lower-case symbols (binance-protocol.md §4.4).
  const listed = world.find(market === 'usdm' ? symbol.toUpperCase() : symbol);
  if (listed === undefined) return badRequest(-1121, 'Invalid symbol.');
  if (!WIRE_INTERVALS[market].has(interval)) return badRequest(-1120, 'Invalid interval.');
  const limit = readLimit(market, params);
  const fromMs = readTime(market, params, 'startTime');
  const toMs = readTime(market, params, 'endTime');
  if (typeof limit === 'object') return limit;
  if (typeof fromMs === 'object' && fromMs !== null) return fromMs;
  if (typeof toMs === 'object' && toMs !== null) return toMs;
  const { recording } = listed;
  if (recording === null || !isInterval(interval) || INTERVAL_MS[interval] % recording.stepMs !== 0)
    return { status: 200, body: '[]' };
  const lengthMs = INTERVAL_MS[interval];
  const rows = rowsOf(world, { symbol: listed.symbol, recording }, lengthMs, nowMs, { fromMs, toMs, limit });
  return { status: 200, body: `[${rows.join(',')}]` };
};
