import type { Measure } from '../../ports/measure.js';
import { trueRangeSumReader } from './true-range.js';

/** `100 · log10(path / span) / log10(n)`: about 100 when the path stays in its span, low in a trend (Dreiss, signals.md §4.4). */
export const choppinessOf = (path: number, span: number, bars: number): number =>
  (100 * Math.log10(path / span)) / Math.log10(bars);

/** `chop14`: the choppiness index of the last `n` bars; `zero-variance` when all of them lie on one price. */
export const choppiness = (periodBars = 14): Measure => ({
  name: `chop${periodBars}`,
  unit: '1',
  windowBars: () => periodBars,
  warmupBars: () => periodBars + 1,
  start: (_interval, shared) => {
    const rangeSum = trueRangeSumReader(periodBars, shared);
    return (window) => {
      const path = rangeSum(window);
      if (typeof path !== 'number') return path;
      let high = window.high(0);
      let low = window.low(0);
      for (let back = periodBars - 1; back > 0; back--) {
        const above = window.high(back);
        const below = window.low(back);
        if (above > high) high = above;
        if (below < low) low = below;
      }
      return high === low ? 'zero-variance' : choppinessOf(path, high - low, periodBars);
    };
  },
});
