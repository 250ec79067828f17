import type { Measured } from '../../model/reading.js';
import type { Measure, Reader, Shared } from '../../ports/measure.js';
import { averageTrueRangeBeforeReader } from './average-true-range-before.js';
import { ATR_WARMUP_BARS } from './average-true-range.js';
import { noExtreme, seeExtreme } from './parts/extreme.js';

/** How far the close lies beyond an extreme, in average true ranges of the bar before: `sign` 1 above a high, −1 below a low (negated). */
export const breakoutOf = (close: number, extreme: number, rangeBefore: number, sign: 1 | -1): Measured =>
  rangeBefore === 0 ? 'zero-variance' : (sign * close - extreme) / rangeBefore;

/**
 * Reads how far the close lies beyond the extreme of the `bars` bars before it, in average true ranges of the bar before: above
 * the highest high with `sign` 1, below the lowest low with −1.
 */
export const breakoutReader = (bars: number, sign: 1 | -1, shared?: Shared): Reader => {
  const rangeBefore = averageTrueRangeBeforeReader(14, shared);
  const extreme = noExtreme();
  return (window) => {
    const before = rangeBefore(window);
    const { value } = extreme;
    seeExtreme(extreme, window, bars, sign);
    return window.length <= bars || typeof before !== 'number' ? 'warmup' : breakoutOf(window.close(0), value, before, sign);
  };
};

/**
 * `breakout20`: how far the close lies above the highest high of the `n` bars before it, in average true ranges of the bar
 * before; negative below it (signals.md §5).
 */
export const breakout = (periodBars = 20): Measure => ({
  name: `breakout${periodBars}`,
  unit: 'ATR',
  windowBars: () => periodBars + 1,
  warmupBars: () => ATR_WARMUP_BARS,
  start: (_interval, shared) => breakoutReader(periodBars, 1, shared),
});
