import type { Measure } from '../../ports/measure.js';
import type { Measured } from '../../model/reading.js';
import type { Window } from '../../model/window.js';
import { logReturnOf } from './log-return.js';
import { brokenRun } from './parts/anchor.js';
import { realisedVolatilityReader } from './realised-volatility.js';

/** This bar's return in units of the volatility before it. */
const returnZOf = (window: Window, before: number): Measured => {
  if (before === 0) return 'zero-variance';
  const value = logReturnOf(window.close(0), window.close(1)) / before;
  return Number.isFinite(value) ? value : 'no-data';
};

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
    const latest: { value: number; absent: Measured | null } = { value: NaN, absent: 'warmup' };
    return (window) => {
      const { value, absent } = latest;
      const read = volatility(window);
      latest.absent = typeof read === 'number' ? null : read;
      if (typeof read === 'number') latest.value = read;
      // The bar before may end an unbroken run that this one does not go on with.
      return brokenRun(window, returns + 1) ?? absent ?? returnZOf(window, value);
    };
  },
});
