import type { Measured } from '../../model/reading.js';
import type { Window } from '../../model/window.js';
import type { Measure, Reader, Shared } from '../../ports/measure.js';
import { WILDER_SETTLING_BARS, averageTrueRangeReader } from './average-true-range.js';
import { anchoredBack } from './parts/anchor.js';

/** Reads the average true range at the bar before, across a hole too: once for all measures that share. */
export const averageTrueRangeBeforeReader = (periodBars: number, shared?: Shared): Reader => {
  const make = (): Reader => {
    const averageRange = averageTrueRangeReader(periodBars, shared);
    // NaN stands for none; a number of an object is written over in place (average-true-range.ts).
    const latest = { range: NaN };
    return (window) => {
      const before = window.barCount === 1 ? NaN : latest.range;
      const range = averageRange(window);
      latest.range = typeof range === 'number' ? range : NaN;
      return Number.isNaN(before) ? 'warmup' : before;
    };
  };
  return shared?.of(`atr${periodBars}_before`, make) ?? make();
};

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
    const rangeBefore = averageTrueRangeBeforeReader(periodBars, shared);
    return (window) => {
      const before = rangeBefore(window);
      return rangeBeforePctOf(window, typeof before === 'number' ? before : NaN);
    };
  },
});
