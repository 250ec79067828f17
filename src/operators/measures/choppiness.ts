import type { Measure } from '../../ports/measure.js';
import { noExtreme, seeExtreme } from './parts/extreme.js';
import { trueRangeSumReader } from './true-range.js';

/** `100 · log10(path / span) / log10(n)`, the latter given: about 100 when the path stays in its span, low in a trend (Dreiss, signals.md §4.4). */
export const choppinessOf = (path: number, span: number, logBars: number): number => (100 * Math.log10(path / span)) / logBars;

/** `chop14`: the choppiness index of the last `n` bars; `zero-variance` when all of them lie on one price. */
export const choppiness = (periodBars = 14): Measure => ({
  name: `chop${periodBars}`,
  unit: '1',
  windowBars: () => periodBars,
  warmupBars: () => periodBars + 1,
  start: (_interval, shared) => {
    const rangeSum = trueRangeSumReader(periodBars, shared);
    const logBars = Math.log10(periodBars);
    const [high, low] = [noExtreme(), noExtreme()];
    return (window) => {
      seeExtreme(high, window, periodBars, 1);
      seeExtreme(low, window, periodBars, -1);
      const path = rangeSum(window);
      if (typeof path !== 'number') return path;
      const span = high.value + low.value;
      return span === 0 ? 'zero-variance' : choppinessOf(path, span, logBars);
    };
  },
});
