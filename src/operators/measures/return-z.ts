import type { Measure } from '../../ports/measure.js';
import type { Measured } from '../../model/reading.js';
import { logReturnOf } from './log-return.js';
import { brokenRun } from './parts/anchor.js';
import { realisedVolatilityReader } from './realised-volatility.js';

/**
 * `zr_1`: the bar's logarithmic return in units of the volatility before it (signals.md §2.3). A constant price before gives
 * `zero-variance`.
 */
export const returnZ = (returns = 96): Measure => ({
  name: 'zr_1',
  unit: 'σ',
  windowBars: () => returns + 2,
  warmupBars: () => returns + 2,
  start: (_interval, shared) => {
    const volatility = realisedVolatilityReader(returns, shared);
    let latest: Measured = 'warmup';
    return (window) => {
      const before = latest;
      latest = volatility(window);
      // The bar before may end an unbroken run that this one does not go on with.
      const broken = brokenRun(window, returns + 1);
      if (broken !== null) return broken;
      if (typeof before !== 'number') return before;
      if (before === 0) return 'zero-variance';
      const value = logReturnOf(window.close(0), window.close(1)) / before;
      return Number.isFinite(value) ? value : 'no-data';
    };
  },
});
