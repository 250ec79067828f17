import type { PlacedBar } from '../../../model/bar.js';
import { INTERVAL_MS } from '../../../model/interval.js';
import type { Interval } from '../../../model/interval.js';
import { logReturnOf } from '../../measures/log-return.js';

/**
 * Returns remembered of every symbol: the 97 that a cross-section looks at, and as many again for closes that are told late, because
 * a day of 15-minute bars is caught up with after a restart.
 */
const HELD = 194;
/** Symbols there is room for at first, and each time there was none left. */
const ROOM = 64;

/** Number of a bar in its interval since 1970: neighbours differ by one. */
export const barNumberOf = (openTimeMs: number, interval: Interval): number => Math.round(openTimeMs / INTERVAL_MS[interval]);

/** The one-bar logarithmic returns of all symbols of one market and interval, and their middle at every bar. */
export interface MarketReturns {
  /** The number by which a symbol is called here; one that is new has no returns. */
  readonly numberOf: (symbol: string) => number;
  /** Takes the next bar of a symbol, in order. */
  readonly see: (symbol: number, bar: PlacedBar) => void;
  /** NaN where there is none: before the series, at and after a missing bar, or too long ago. */
  readonly at: (symbol: number, barNumber: number) => number;
  /** Median of the returns at a bar over all symbols that have one; NaN where none has. */
  readonly indexAt: (barNumber: number) => number;
}

/** Median of numbers in ascending order; NaN of none. */
export const medianOfSorted = (sorted: Float64Array): number => {
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2;
};

/** A table of `HELD` rows with more room for columns. */
const widened = (table: Float64Array, width: number): Float64Array => {
  const before = table.length / HELD;
  const wider = new Float64Array(HELD * width).fill(NaN);
  for (let row = 0; row < HELD; row++) wider.set(table.subarray(row * before, (row + 1) * before), row * width);
  return wider;
};

/**
 * A row holds one bar of all symbols, since that is what is asked for at every close. What is known of each symbol besides lies in
 * arrays too: an object for each would be fetched from far away twice at every bar.
 *
 * *Memory.* 194 numbers for each symbol, and as many indices.
 */
export const createMarketReturns = (interval: Interval): MarketReturns => {
  const numbers = new Map<string, number>();
  let width = ROOM;
  let table = widened(new Float64Array(0), width);
  /** By symbol: the newest bar that has a return, or would; the bar seen last, and its close. */
  const newest: number[] = [];
  const lastSeen: number[] = [];
  const lastClose: number[] = [];
  const indices = new Float64Array(HELD);
  /** Which bar each index speaks of; NaN: none. */
  const indexed = new Float64Array(HELD).fill(NaN);

  const numberOf = (symbol: string): number => {
    let number = numbers.get(symbol);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(symbol, number);
      newest.push(-Infinity);
      lastSeen.push(NaN);
      lastClose.push(NaN);
      if (number >= width) table = widened(table, (width += ROOM));
    }
    return number;
  };

  const skipTo = (symbol: number, barNumber: number): void => {
    const from = Math.max((newest[symbol] as number) + 1, barNumber - HELD + 1);
    for (let each = from; each < barNumber; each++) table[(each % HELD) * width + symbol] = NaN;
    newest[symbol] = barNumber;
  };

  const see = (symbol: number, { openTimeMs, close }: PlacedBar): void => {
    const barNumber = barNumberOf(openTimeMs, interval);
    const isNeighbour = barNumber === (lastSeen[symbol] as number) + 1;
    const value = isNeighbour ? logReturnOf(close, lastClose[symbol] as number) : NaN;
    lastSeen[symbol] = barNumber;
    lastClose[symbol] = close;
    const isNew = barNumber > (newest[symbol] as number);
    // A series that is run again after a correction begins with a bar whose predecessor is not told again, and has not changed.
    if (!isNew && !isNeighbour) return;
    if (isNew) skipTo(symbol, barNumber);
    const row = barNumber % HELD;
    table[row * width + symbol] = Number.isFinite(value) ? value : NaN;
    if (indexed[row] === barNumber) indexed[row] = NaN;
  };

  const at = (symbol: number, barNumber: number): number => {
    const until = newest[symbol] as number;
    return barNumber <= until && barNumber > until - HELD ? (table[(barNumber % HELD) * width + symbol] as number) : NaN;
  };

  const middleAt = (barNumber: number): number => {
    const there = new Float64Array(newest.length);
    let count = 0;
    for (let symbol = 0; symbol < newest.length; symbol++) {
      const value = at(symbol, barNumber);
      if (value === value) there[count++] = value;
    }
    return medianOfSorted(there.subarray(0, count).sort());
  };

  const indexAt = (barNumber: number): number => {
    const row = barNumber % HELD;
    if (indexed[row] !== barNumber) {
      indices[row] = middleAt(barNumber);
      indexed[row] = barNumber;
    }
    return indices[row] as number;
  };

  return { numberOf, see, at, indexAt };
};
