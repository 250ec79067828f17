import type { Bar } from '../../model/bar.js';

/*
 * How bars lie in an array of numbers, for those who keep many of them without an object for each: the nine numbers of a bar
 * side by side, an absent one as NaN. Whoever keeps more of a bar puts it behind them.
 */

export const [TIME, OPEN, HIGH, LOW, CLOSE, VOLUME, QUOTE, TRADES, TAKER] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
export const BAR_CELLS = 9;

/** Writes a bar at a place of the array. */
export const writeBar = (cells: Float64Array, at: number, bar: Bar): void => {
  cells[at + TIME] = bar.openTimeMs;
  cells[at + OPEN] = bar.open;
  cells[at + HIGH] = bar.high;
  cells[at + LOW] = bar.low;
  cells[at + CLOSE] = bar.close;
  cells[at + VOLUME] = bar.volume ?? NaN;
  cells[at + QUOTE] = bar.quoteVolume ?? NaN;
  cells[at + TRADES] = bar.tradeCount ?? NaN;
  cells[at + TAKER] = bar.takerVolume ?? NaN;
};

/** What was absent is `null` again outside the array. */
export const orNull = (cell: number): number | null => (cell === cell ? cell : null);

/** The least power of two that is at least `n`, so that a place in a ring is one mask away. */
export const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, n)));
