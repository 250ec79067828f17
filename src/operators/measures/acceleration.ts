import type { Measure } from '../../ports/measure.js';
import { ATR_WARMUP_BARS, averageTrueRangeReader } from './average-true-range.js';
import { normalisedMoveOf } from './normalised-move.js';
import { anchoredBack } from './parts/anchor.js';
import { createRing } from './parts/ring.js';

/**
 * `accel_1`, `accel_4`: how much larger the move of the last `bars` intervals is than that of the `bars` intervals before it,
 * both in average true ranges before the earlier one, per root of their length: with one yardstick for both halves a change of
 * volatility does not look like acceleration (signals.md §5). Anchored in time; `zero-variance` when nothing had moved before.
 */
export const acceleration = (bars = 1): Measure => ({
  name: `accel_${bars}`,
  unit: 'ATR',
  windowBars: () => 2 * bars + 1,
  warmupBars: () => ATR_WARMUP_BARS + 2 * bars - 1,
  start: (_interval, shared) => {
    const averageRange = averageTrueRangeReader(14, shared);
    const ranges = createRing(2 * bars + 1);
    return (window) => {
      const range = averageRange(window);
      ranges.push(typeof range === 'number' ? range : NaN);
      const end = anchoredBack(window, bars);
      if (typeof end !== 'number') return end;
      const begin = anchoredBack(window, 2 * bars);
      if (typeof begin !== 'number') return begin;
      const before = ranges.at(begin);
      if (Number.isNaN(before)) return 'warmup';
      if (before === 0) return 'zero-variance';
      const middle = window.close(end);
      const gained = window.close(0) - middle - (middle - window.close(begin));
      return normalisedMoveOf(gained, before, bars);
    };
  },
});
