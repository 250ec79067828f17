import type { Measure } from '../../ports/measure.js';
import { trueRangeAt } from './true-range.js';

/**
 * `atr14_sma`: the plain mean of the last `n` true ranges, in the quote asset. It has a finite memory, hence no dependence on
 * where the history begins.
 */
export const averageTrueRangeSimple = (periodBars = 14): Measure => ({
  name: `atr${periodBars}_sma`,
  unit: 'quote',
  windowBars: () => periodBars + 1,
  warmupBars: () => periodBars + 1,
  start: () => (window) => {
    if (window.length <= periodBars) return 'warmup';
    let sum = 0;
    for (let back = periodBars - 1; back >= 0; back--) sum += trueRangeAt(window, back);
    return sum / periodBars;
  },
});
