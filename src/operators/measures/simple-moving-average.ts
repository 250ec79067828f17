import type { Measure } from '../../ports/measure.js';

/** `sma20`: the mean of the last `n` closes, this bar included, in the quote asset. */
export const simpleMovingAverage = (periodBars = 20): Measure => ({
  name: `sma${periodBars}`,
  unit: 'quote',
  windowBars: () => periodBars,
  warmupBars: () => periodBars,
  start: () => (window) => {
    if (window.length < periodBars) return 'warmup';
    let sum = 0;
    for (let back = periodBars - 1; back >= 0; back--) sum += window.close(back);
    return sum / periodBars;
  },
});
