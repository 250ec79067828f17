import { fixed, gridOf, sumTexts } from './decimals.js';
import type { BarText, Recording } from './recording.js';

/** Whether the exchange has lost the recorded bar of this open time (a hole that a script made). */
export type Lost = (openTimeMs: number) => boolean;

/** The values of a bar at one moment of its life. */
export interface Running {
  readonly open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  quoteVolume: number;
  trades: number;
  takerVolume: number;
  takerQuoteVolume: number;
  /** Trades of the symbol before the bar. */
  readonly tradesBefore: number;
}

const hasBar = (recording: Recording, cell: number, lost: Lost): boolean =>
  cell >= 0 &&
  cell < recording.cells &&
  !Number.isNaN(recording.numbers.open[cell]) &&
  !lost(recording.firstMs + cell * recording.stepMs);

const cellOf = (recording: Recording, timeMs: number): number => Math.floor((timeMs - recording.firstMs) / recording.stepMs);

/** Cells with bars in the bar that opens at `openTimeMs`; a longer bar is made of all recorded bars that lie in it. */
const cellsWithin = (recording: Recording, lengthMs: number, openTimeMs: number, lost: Lost): readonly number[] => {
  const from = cellOf(recording, openTimeMs);
  const cells: number[] = [];
  for (let cell = from; cell < from + lengthMs / recording.stepMs; cell++) if (hasBar(recording, cell, lost)) cells.push(cell);
  return cells;
};

const join = (recording: Recording, parts: readonly BarText[]): BarText => {
  const [first] = parts as [BarText];
  const last = parts[parts.length - 1] as BarText;
  const traded = parts.filter((part) => part.trades > 0);
  const highest = parts.reduce((best, part) => (Number(part.high) > Number(best.high) ? part : best));
  const lowest = parts.reduce((best, part) => (Number(part.low) < Number(best.low) ? part : best));
  const sum = (column: (part: BarText) => string, decimals: number): string => sumTexts(parts.map(column), decimals);
  return {
    open: first.open,
    high: highest.high,
    low: lowest.low,
    close: last.close,
    volume: sum((part) => part.volume, recording.quantityDecimals),
    quoteVolume: sum((part) => part.quoteVolume, recording.quoteDecimals),
    trades: parts.reduce((total, part) => total + part.trades, 0),
    takerVolume: sum((part) => part.takerVolume, recording.quantityDecimals),
    takerQuoteVolume: sum((part) => part.takerQuoteVolume, recording.quoteDecimals),
    firstTradeId: traded[0]?.firstTradeId ?? -1,
    lastTradeId: traded[traded.length - 1]?.lastTradeId ?? -1,
  };
};

/**
 * The whole bar of `lengthMs` that opens at `openTimeMs`, or `null` when there is none. A bar longer than the recorded ones is
 * open of the first, highest high, lowest low, close of the last, and exact sums (signals.md §4.1).
 */
export const wholeBar = (recording: Recording, lengthMs: number, openTimeMs: number, lost: Lost): BarText | null => {
  if (lengthMs === recording.stepMs) {
    const cell = cellOf(recording, openTimeMs);
    return hasBar(recording, cell, lost) ? recording.text(cell) : null;
  }
  const cells = cellsWithin(recording, lengthMs, openTimeMs, lost);
  return cells.length === 0 ? null : join(recording, cells.map(recording.text));
};

/** True when the exchange has a bar there, whole or in part. */
export const barExists = (recording: Recording, lengthMs: number, openTimeMs: number, lost: Lost): boolean => {
  const from = cellOf(recording, openTimeMs);
  for (let cell = from; cell < from + lengthMs / recording.stepMs; cell++) if (hasBar(recording, cell, lost)) return true;
  return false;
};

const floorTo = (value: number, decimals: number): number => {
  const grid = gridOf(decimals);
  return Math.floor(value * grid) / grid;
};

interface Path {
  high: number;
  low: number;
  close: number;
}

/**
 * Where the price of a bar stands when `share` (0…1) of its time has passed, and the extremes it has seen: a third of the
 * time for each leg of O→H→L→C, or O→L→H→C when the bar falls.
 */
export const pathAt = (open: number, high: number, low: number, close: number, share: number): Path => {
  const rises = close >= open;
  const first = rises ? high : low;
  const second = rises ? low : high;
  const leg = share * 3;
  if (leg < 1) {
    const price = open + (first - open) * leg;
    return { high: Math.max(open, price), low: Math.min(open, price), close: price };
  }
  if (leg < 2) {
    const price = first + (second - first) * (leg - 1);
    return { high: rises ? high : Math.max(open, price), low: rises ? Math.min(open, price) : low, close: price };
  }
  return { high, low, close: second + (close - second) * Math.min(1, leg - 2) };
};

/** Adds the first `share` of a cell to a running bar, or begins one with it. */
const add = (recording: Recording, running: Running | null, cell: number, share: number): Running => {
  const { numbers, quantityDecimals, quoteDecimals } = recording;
  const at = (column: Float64Array): number => column[cell] as number;
  const part = (column: Float64Array, decimals: number): number =>
    share >= 1 ? at(column) : floorTo(at(column) * share, decimals);
  const path = pathAt(at(numbers.open), at(numbers.high), at(numbers.low), at(numbers.close), share);
  const volume = part(numbers.volume, quantityDecimals);
  const quoteVolume = part(numbers.quote_volume, quoteDecimals);
  const takerVolume = part(numbers.taker_buy_volume, quantityDecimals);
  const takerQuoteVolume = part(numbers.taker_buy_quote_volume, quoteDecimals);
  const trades = share >= 1 ? at(numbers.count) : volume === 0 ? 0 : Math.max(1, Math.floor(at(numbers.count) * share));
  if (running === null) {
    const tradesBefore = recording.tradesBefore[cell] as number;
    return { open: at(numbers.open), ...path, volume, quoteVolume, trades, takerVolume, takerQuoteVolume, tradesBefore };
  }
  running.high = Math.max(running.high, path.high);
  running.low = Math.min(running.low, path.low);
  running.close = path.close;
  running.volume += volume;
  running.quoteVolume += quoteVolume;
  running.trades += trades;
  running.takerVolume += takerVolume;
  running.takerQuoteVolume += takerQuoteVolume;
  return running;
};

/** The bar that is open at `nowMs`, as it stands then, or `null` when there is none. Volumes only grow while it is open. */
export const runningBar = (recording: Recording, lengthMs: number, nowMs: number, lost: Lost): Running | null => {
  const openTimeMs = Math.floor(nowMs / lengthMs) * lengthMs;
  const current = cellOf(recording, nowMs);
  let running: Running | null = null;
  for (let cell = cellOf(recording, openTimeMs); cell < current; cell++)
    if (hasBar(recording, cell, lost)) running = add(recording, running, cell, 1);
  if (!hasBar(recording, current, lost)) return running;
  const share = (nowMs - recording.firstMs - current * recording.stepMs) / recording.stepMs;
  return add(recording, running, current, share);
};

/** How a running bar is written: on the grids of price and quantity. */
export const runningText = (recording: Recording, running: Running): BarText => ({
  open: fixed(running.open, recording.priceDecimals),
  high: fixed(running.high, recording.priceDecimals),
  low: fixed(running.low, recording.priceDecimals),
  close: fixed(running.close, recording.priceDecimals),
  volume: fixed(running.volume, recording.quantityDecimals),
  quoteVolume: fixed(running.quoteVolume, recording.quoteDecimals),
  trades: running.trades,
  takerVolume: fixed(running.takerVolume, recording.quantityDecimals),
  takerQuoteVolume: fixed(running.takerQuoteVolume, recording.quoteDecimals),
  firstTradeId: running.trades === 0 ? -1 : running.tradesBefore + 1,
  lastTradeId: running.trades === 0 ? -1 : running.tradesBefore + running.trades,
});
