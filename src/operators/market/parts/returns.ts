import type { PlacedBar } from '../../../model/bar.js';
import { INTERVAL_MS } from '../../../model/interval.js';
import type { Interval } from '../../../model/interval.js';
import { logReturnOf } from '../../measures/log-return.js';

/**
 * Returns remembered of every symbol: the 97 that a cross-section looks at, and as many again for closes that are told late, because
 * a day of 15-minute bars is caught up with after a restart.
 */
const HELD = 194;

/** Number of a bar in its interval since 1970: neighbours differ by one. */
export const barNumberOf = (openTimeMs: number, interval: Interval): number => Math.round(openTimeMs / INTERVAL_MS[interval]);

/** The one-bar logarithmic returns of one series, found by the number of their bar. */
export interface Returns {
  /** Takes the next bar in order. Returns its number when the return there is new or another than before, else `null`. */
  readonly see: (bar: PlacedBar) => number | null;
  /** NaN where there is none: before the series, at and after a missing bar, or too long ago. */
  readonly at: (barNumber: number) => number;
}

/** *Memory.* 194 numbers. */
export const createReturns = (interval: Interval): Returns => {
  const values = new Float64Array(HELD).fill(NaN);
  let newest = -Infinity;
  let lastNumber = NaN;
  // Written over in place (average-true-range.ts).
  const last = { close: NaN };

  const skipTo = (barNumber: number): void => {
    const from = Math.max(newest + 1, barNumber - HELD + 1);
    for (let each = from; each < barNumber; each++) values[each % HELD] = NaN;
    newest = barNumber;
  };

  return {
    see: ({ openTimeMs, close }) => {
      const barNumber = barNumberOf(openTimeMs, interval);
      const isNeighbour = barNumber === lastNumber + 1;
      const value = isNeighbour ? logReturnOf(close, last.close) : NaN;
      lastNumber = barNumber;
      last.close = close;
      // A series that is run again after a correction begins with a bar whose predecessor is not told again, and has not changed.
      if (barNumber <= newest && !isNeighbour) return null;
      if (barNumber > newest) skipTo(barNumber);
      values[barNumber % HELD] = Number.isFinite(value) ? value : NaN;
      return barNumber;
    },
    at: (barNumber) => (barNumber <= newest && barNumber > newest - HELD ? (values[barNumber % HELD] as number) : NaN),
  };
};

/** The returns of all symbols of one market and interval, and their middle at every bar. */
export interface MarketReturns {
  readonly of: (symbol: string) => Returns;
  /** Median of the returns at a bar over all symbols that have one; NaN where none has. */
  readonly indexAt: (barNumber: number) => number;
  /** What `indexAt` remembers of this bar holds no longer. */
  readonly changed: (barNumber: number) => void;
}

/** Median of numbers in ascending order; NaN of none. */
export const medianOfSorted = (sorted: Float64Array): number => {
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2;
};

export const createMarketReturns = (interval: Interval): MarketReturns => {
  const bySymbol = new Map<string, Returns>();
  const indices = new Float64Array(HELD);
  /** Which bar each index speaks of; NaN: none. */
  const numbers = new Float64Array(HELD).fill(NaN);

  const middleAt = (barNumber: number): number => {
    const there = new Float64Array(bySymbol.size);
    let count = 0;
    for (const returns of bySymbol.values()) {
      const value = returns.at(barNumber);
      if (value === value) there[count++] = value;
    }
    return medianOfSorted(there.subarray(0, count).sort());
  };

  return {
    of: (symbol) => {
      let returns = bySymbol.get(symbol);
      if (returns === undefined) bySymbol.set(symbol, (returns = createReturns(interval)));
      return returns;
    },
    indexAt: (barNumber) => {
      const slot = barNumber % HELD;
      if (numbers[slot] !== barNumber) {
        indices[slot] = middleAt(barNumber);
        numbers[slot] = barNumber;
      }
      return indices[slot] as number;
    },
    changed: (barNumber) => {
      const slot = barNumber % HELD;
      if (numbers[slot] === barNumber) numbers[slot] = NaN;
    },
  };
};
