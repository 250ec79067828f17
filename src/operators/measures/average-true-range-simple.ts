import type { Measure } from '../../ports/measure.js';
import { trueRangeSumReader } from './true-range.js';

/**
 * `atr14_sma`: the plain mean of the last `n` true ranges, in the quote asset. It has a finite memory, hence no dependence on
 * where the history begins.
 */
export const averageTrueRangeSimple = (periodBars = 14): Measure => ({
  name: `atr${periodBars}_sma`,
  unit: 'quote',
  windowBars: () => 2,
  warmupBars: () => periodBars + 1,
  start: (_interval, shared) => {
    const rangeSum = trueRangeSumReader(periodBars, shared);
    return (window) => {
      const sum = rangeSum(window);
      return typeof sum === 'number' ? sum / periodBars : sum;
    };
  },
});
