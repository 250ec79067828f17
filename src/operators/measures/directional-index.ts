import type { Measure } from '../../ports/measure.js';
import { smoothed } from './average-true-range.js';
import { trueRangeAt } from './true-range.js';

/**
 * Two moves closer than this share of the price are one move: prices go in ticks, so exact ties are common, and comparing
 * their binary differences would break them at random (signals.md §4.4).
 */
const TIE_SHARE = 1e-9;

/** Two smoothings in a row forget their seeds more slowly than one: after 400 bars less than 1e-9 is left of them. */
const SETTLED_BARS = 400;

/** Which way the bar's range was extended beyond the last one's: positive upward, negative downward, 0 for neither or a tie. */
export const directionalMove = (up: number, down: number, previousClose: number): number => {
  if (Math.abs(up - down) <= TIE_SHARE * previousClose) return 0;
  if (up > down) return up > 0 ? up : 0;
  return down > 0 ? -down : 0;
};

/** `100 · |+DI − −DI| / (+DI + −DI)`, or `null` when nothing has moved in either direction. */
const directionalIndexOf = (plus: number, minus: number): number | null =>
  plus + minus === 0 ? null : (100 * Math.abs(plus - minus)) / (plus + minus);

/**
 * `adx14`: Wilder's average directional index, 0 … 100, by TA-Lib's convention with exact ties: sums of `n − 1` values first,
 * the mean of `n` directional indices as seed, so the first value needs `2n` bars.
 */
export const averageDirectionalIndex = (n = 14): Measure => ({
  name: `adx${n}`,
  unit: '1',
  windowBars: () => 2,
  warmupBars: () => SETTLED_BARS,
  start: () => {
    let count = 0;
    // Numbers of an object are written over in place; variables would be made anew each time (average-true-range.ts).
    const held = { plus: NaN, minus: NaN, range: NaN, sum: NaN, average: NaN };
    return (window) => {
      if (window.barCount === 1) count = held.plus = held.minus = held.range = held.sum = 0;
      if (window.length === 1) return 'warmup';
      count++;
      const move = directionalMove(window.high(0) - window.high(1), window.low(1) - window.low(0), window.close(1));
      // The first n − 1 values are summed whole; from then on each step lets an n-th of the sum go.
      const kept = count < n ? 1 : (n - 1) / n;
      held.plus = held.plus * kept + Math.max(move, 0);
      held.minus = held.minus * kept + Math.max(-move, 0);
      held.range = held.range * kept + trueRangeAt(window, 0);
      if (count < n) return 'warmup';
      const index = held.range === 0 ? null : directionalIndexOf(held.plus, held.minus);
      if (count < 2 * n) {
        held.sum += index ?? 0;
        if (count < 2 * n - 1) return 'warmup';
        held.average = held.sum / n;
      } else if (index !== null) held.average = smoothed(held.average, index, n);
      return held.average;
    };
  },
});
