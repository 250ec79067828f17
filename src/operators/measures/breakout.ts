import type { Measured } from '../../model/reading.js';
import type { Window } from '../../model/window.js';
import type { Measure, Reader, Shared } from '../../ports/measure.js';
import { ATR_WARMUP_BARS, averageTrueRangeReader } from './average-true-range.js';

/** How far the close lies beyond an extreme, in average true ranges of the bar before: `sign` 1 above a high, −1 below a low (negated). */
export const breakoutOf = (close: number, extreme: number, rangeBefore: number, sign: 1 | -1): Measured =>
  rangeBefore === 0 ? 'zero-variance' : (sign * close - extreme) / rangeBefore;

/** What a bar reaches to: its high, or its low negated, so that the farthest is always the largest. */
export const reachOf = (window: Window, back: number, sign: 1 | -1): number =>
  sign === 1 ? window.high(back) : -window.low(back);

/**
 * Reads how far the close lies beyond the extreme of the `bars` bars before it, in average true ranges of the bar before: above
 * the highest high with `sign` 1, below the lowest low with −1. The extreme is looked for again only when it has left.
 */
export const breakoutReader = (bars: number, sign: 1 | -1, shared?: Shared): Reader => {
  const averageRange = averageTrueRangeReader(14, shared);
  let [latest, extreme, extremeAt] = [NaN, NaN, 0];

  /** Finds the extreme of the bars before the latest, of which the window holds enough. */
  const look = (window: Window): void => {
    extreme = -Infinity;
    for (let back = 1; back <= bars; back++) {
      const value = reachOf(window, back, sign);
      if (value <= extreme) continue;
      extreme = value;
      extremeAt = window.barCount - back;
    }
  };

  const read = (window: Window, before: number): Measured => {
    if (window.length <= bars || Number.isNaN(before)) return 'warmup';
    if (extremeAt < window.barCount - bars) look(window);
    return breakoutOf(window.close(0), extreme, before, sign);
  };

  return (window) => {
    if (window.barCount === 1) [latest, extreme, extremeAt] = [NaN, NaN, 0];
    const before = latest;
    const range = averageRange(window);
    latest = typeof range === 'number' ? range : NaN;
    const value = read(window, before);
    const newest = reachOf(window, 0, sign);
    if (extremeAt > 0 && newest >= extreme) {
      extreme = newest;
      extremeAt = window.barCount;
    }
    return value;
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
