import type { Measure } from '../../ports/measure.js';
import { anchoredBack } from './parts/anchor.js';

/** `ln(now / before)`: adds up over time, so statistics use it; people are shown the rate of change (signals.md §2.1). */
export const logReturnOf = (now: number, before: number): number => Math.log(now / before);

/**
 * `logret_<bars>`: the logarithmic return over `bars` intervals, dimensionless. Anchored in time: a return across a gap is not
 * formed. `no-data` when a close is 0.
 */
export const logReturn = (bars: number): Measure => ({
  name: `logret_${bars}`,
  unit: '1',
  windowBars: () => bars + 1,
  warmupBars: () => bars + 1,
  start: () => (window) => {
    const back = anchoredBack(window, bars);
    if (typeof back !== 'number') return back;
    const value = logReturnOf(window.close(0), window.close(back));
    return Number.isFinite(value) ? value : 'no-data';
  },
});
