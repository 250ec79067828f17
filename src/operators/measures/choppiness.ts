import type { Measure } from '../../ports/measure.js';
import { trueRangeAt } from './true-range.js';

/** `100 · log10(path / span) / log10(n)`: about 100 when the path stays in its span, low in a trend (Dreiss, signals.md §4.4). */
export const choppinessOf = (path: number, span: number, bars: number): number =>
  (100 * Math.log10(path / span)) / Math.log10(bars);

/** `chop14`: the choppiness index of the last `n` bars; `zero-variance` when all of them lie on one price. */
export const choppiness = (periodBars = 14): Measure => ({
  name: `chop${periodBars}`,
  unit: '1',
  windowBars: () => periodBars + 1,
  warmupBars: () => periodBars + 1,
  start: () => (window) => {
    if (window.length <= periodBars) return 'warmup';
    let path = 0;
    let high = -Infinity;
    let low = Infinity;
    for (let back = periodBars - 1; back >= 0; back--) {
      path += trueRangeAt(window, back);
      high = Math.max(high, window.high(back));
      low = Math.min(low, window.low(back));
    }
    return high === low ? 'zero-variance' : choppinessOf(path, high - low, periodBars);
  },
});
