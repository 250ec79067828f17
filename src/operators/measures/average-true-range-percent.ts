import type { Measure } from '../../ports/measure.js';
import { WILDER_SETTLING_BARS, averageTrueRangeReader } from './average-true-range.js';

/** `natr14`: the average true range in percent of the close, which makes symbols comparable. `no-data` for a close of 0. */
export const averageTrueRangePercent = (periodBars = 14): Measure => ({
  name: `natr${periodBars}`,
  unit: '%',
  windowBars: () => 2,
  warmupBars: () => periodBars + WILDER_SETTLING_BARS,
  start: (_interval, shared) => {
    const averageRange = averageTrueRangeReader(periodBars, shared);
    return (window) => {
      const range = averageRange(window);
      if (typeof range !== 'number') return range;
      const close = window.close(0);
      return close === 0 ? 'no-data' : (100 * range) / close;
    };
  },
});
