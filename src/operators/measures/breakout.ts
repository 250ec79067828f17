import type { Measure } from '../../ports/measure.js';
import { ATR_WARMUP_BARS, averageTrueRangeReader } from './average-true-range.js';
import { createRing } from './parts/ring.js';

/**
 * `breakout20`: how far the close lies above the highest high of the `n` bars before it, in average true ranges of the bar
 * before; negative below it (signals.md §5).
 */
export const breakout = (periodBars = 20): Measure => ({
  name: `breakout${periodBars}`,
  unit: 'ATR',
  windowBars: () => periodBars + 1,
  warmupBars: () => ATR_WARMUP_BARS,
  start: () => {
    const averageRange = averageTrueRangeReader(14);
    const ranges = createRing(2);
    return (window) => {
      const range = averageRange(window);
      ranges.push(typeof range === 'number' ? range : NaN);
      const before = ranges.at(1);
      if (window.length <= periodBars || Number.isNaN(before)) return 'warmup';
      if (before === 0) return 'zero-variance';
      let highest = -Infinity;
      for (let back = periodBars; back >= 1; back--) highest = Math.max(highest, window.high(back));
      return (window.close(0) - highest) / before;
    };
  },
});
