import type { Measured } from '../../model/reading.js';
import type { Window } from '../../model/window.js';
import type { Measure } from '../../ports/measure.js';
import { WILDER_SETTLING_BARS, averageTrueRangeReader } from './average-true-range.js';
import { anchoredBack } from './parts/anchor.js';

/** The average true range at the bar before, NaN if there is none, in percent of the close there. */
export const rangeBeforePctOf = (window: Window, rangeBefore: number): Measured => {
  const back = anchoredBack(window, 1);
  if (typeof back !== 'number') return back;
  if (Number.isNaN(rangeBefore)) return 'warmup';
  const close = window.close(1);
  return close === 0 ? 'no-data' : (100 * rangeBefore) / close;
};

/**
 * `natr14_before`: the average true range at the bar before, in percent of the close there: the yardstick of this bar's move,
 * which the move itself cannot have widened (signals.md §2.3, §6.2). `gap` when the bar before is missing, `no-data` when its
 * close is 0.
 */
export const averageTrueRangeBefore = (periodBars = 14): Measure => ({
  name: `natr${periodBars}_before`,
  unit: '%',
  windowBars: () => 2,
  warmupBars: () => periodBars + 1 + WILDER_SETTLING_BARS,
  start: (_interval, shared) => {
    const averageRange = averageTrueRangeReader(periodBars, shared);
    let before = NaN;
    return (window) => {
      const rangeBefore = window.barCount === 1 ? NaN : before;
      const range = averageRange(window);
      before = typeof range === 'number' ? range : NaN;
      return rangeBeforePctOf(window, rangeBefore);
    };
  },
});
