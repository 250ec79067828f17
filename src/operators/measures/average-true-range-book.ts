import type { Measure } from '../../ports/measure.js';
import { WILDER_SETTLING_BARS, smoothed } from './average-true-range.js';
import { trueRangeAt } from './true-range.js';

/**
 * `atr14_book`: the average true range with the seed of Wilder's book, where the first bar's range stands in for its true range
 * and the first value comes one bar earlier. For cross-checks with other programs only; decisions use `atr14`.
 */
export const averageTrueRangeBook = (periodBars = 14): Measure => ({
  name: `atr${periodBars}_book`,
  unit: 'quote',
  windowBars: () => 2,
  warmupBars: () => periodBars + WILDER_SETTLING_BARS,
  start: () => {
    let count = 0;
    // The sum of the seed, then the average (average-true-range.ts).
    const held = { value: NaN };
    return (window) => {
      if (window.barCount === 1) {
        count = 0;
        held.value = 0;
      }
      const range = window.length === 1 ? window.high(0) - window.low(0) : trueRangeAt(window, 0);
      count++;
      if (count <= periodBars) held.value += range;
      else held.value = smoothed(held.value, range, periodBars);
      if (count < periodBars) return 'warmup';
      if (count === periodBars) held.value /= periodBars;
      return held.value;
    };
  },
});
