import type { Bar } from '../../model/bar.js';
import type { Interval } from '../../model/interval.js';
import { intervalMs } from '../../model/interval.js';
import type { Market } from '../../model/series.js';
import type { TakeBar } from './blocks.js';
import { COLUMNS, OPEN_TIME, readBar } from './blocks.js';

/**
 * The newest `size` places of every series' grid of time, as numbers side by side. A bar's place is its time modulo the size, so
 * that repeats and later versions replace what was there, older bars make room by themselves, and nothing is ever sorted.
 */
export interface Shelf {
  readonly put: TakeBar;
  /** The bars held from `fromMs` to `toMs`, oldest first. */
  bars(symbol: string, fromMs: number, toMs: number): readonly Bar[];
  /** Lets go of a series. */
  drop(symbol: string): void;
}

export const createShelf = (market: Market, interval: Interval, size: number): Shelf => {
  const lengthMs = intervalMs(interval);
  const bySymbol = new Map<string, Float64Array>();
  const placeOf = (openTimeMs: number): number => ((openTimeMs / lengthMs) % size) * COLUMNS;

  return {
    put: (symbol, from, fromAt) => {
      const openTimeMs = from[fromAt + OPEN_TIME] as number;
      if (!Number.isSafeInteger(openTimeMs) || openTimeMs % lengthMs !== 0) return;
      let rows = bySymbol.get(symbol);
      if (rows === undefined) bySymbol.set(symbol, (rows = new Float64Array(size * COLUMNS)));
      const at = placeOf(openTimeMs);
      if (openTimeMs < (rows[at + OPEN_TIME] as number)) return;
      for (let i = 0; i < COLUMNS; i++) rows[at + i] = from[fromAt + i] as number;
    },
    bars: (symbol, fromMs, toMs) => {
      const rows = bySymbol.get(symbol);
      const found: Bar[] = [];
      if (rows === undefined) return found;
      // No more than the shelf is long: whatever lies before its newest places is not there.
      const firstMs = Math.ceil(Math.max(fromMs, toMs - (size - 1) * lengthMs) / lengthMs) * lengthMs;
      for (let openTimeMs = firstMs; openTimeMs <= toMs; openTimeMs += lengthMs) {
        const at = placeOf(openTimeMs);
        if (rows[at + OPEN_TIME] === openTimeMs) found.push(readBar({ market, interval, symbol }, rows, at));
      }
      return found;
    },
    drop: (symbol) => void bySymbol.delete(symbol),
  };
};
