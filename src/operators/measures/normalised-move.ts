import type { Measured } from '../../model/reading.js';
import type { Window } from '../../model/window.js';
import type { Measure } from '../../ports/measure.js';
import { ATR_WARMUP_BARS, averageTrueRangeReader } from './average-true-range.js';
import { anchoredBack } from './parts/anchor.js';
import { createRing } from './parts/ring.js';

/** A move in multiples of the average true range before it, per root of its length (signals.md §2.3). */
export const normalisedMoveOf = (move: number, averageRangeBefore: number, bars: number): number =>
  move / (averageRangeBefore * Math.sqrt(bars));

/** The move of `bars` intervals in units of the average true range before it, NaN if there was none. `back`: the row it began at. */
export const moveSince = (window: Window, back: number, rangeBefore: number, bars: number): Measured => {
  if (Number.isNaN(rangeBefore)) return 'warmup';
  return rangeBefore === 0 ? 'zero-variance' : normalisedMoveOf(window.close(0) - window.close(back), rangeBefore, bars);
};

/**
 * `m_1`, `m_4`: how many average true ranges the close has moved in `bars` intervals. The yardstick is taken before the move,
 * so the move cannot dampen its own score. Anchored in time like every return; `zero-variance` when nothing had moved before.
 */
export const normalisedMove = (bars = 1): Measure => ({
  name: `m_${bars}`,
  unit: 'ATR',
  windowBars: () => bars + 1,
  warmupBars: () => ATR_WARMUP_BARS + bars - 1,
  start: (_interval, shared) => {
    const averageRange = averageTrueRangeReader(14, shared);
    const ranges = createRing(bars + 1);
    return (window) => {
      const range = averageRange(window);
      ranges.push(typeof range === 'number' ? range : NaN);
      const back = anchoredBack(window, bars);
      if (typeof back !== 'number') return back;
      return moveSince(window, back, ranges.at(back), bars);
    };
  },
});
