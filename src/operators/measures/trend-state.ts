import type { Measure } from '../../ports/measure.js';
import { ATR_WARMUP_BARS } from './average-true-range.js';
import { emaWarmupBars, exponentialMovingAverageReader } from './exponential-moving-average.js';
import { trendSlopeReader } from './trend-slope.js';

/** Average true ranges per bar below which a slope counts as flat (signals.md §4.3). */
const FLAT_SLOPE = 0.02;

/** +1: the quick average lies above the slow one and rises; −1: below and falls; 0 otherwise. */
export const trendStateOf = (quick: number, slow: number, slope: number): -1 | 0 | 1 => {
  if (quick > slow && slope > FLAT_SLOPE) return 1;
  if (quick < slow && slope < -FLAT_SLOPE) return -1;
  return 0;
};

/** `trend_state`: the state of the 20- and 50-bar averages and the slope of the former, −1, 0 or +1. */
export const trendState = (): Measure => ({
  name: 'trend_state',
  unit: '1',
  windowBars: () => 2,
  warmupBars: () => Math.max(ATR_WARMUP_BARS, emaWarmupBars(50)),
  start: (_interval, shared) => {
    const quick = exponentialMovingAverageReader(20, shared);
    const slow = exponentialMovingAverageReader(50, shared);
    const slope = trendSlopeReader(4, shared);
    return (window) => {
      const quickAverage = quick(window);
      const slowAverage = slow(window);
      const steepness = slope(window);
      if (typeof quickAverage !== 'number') return quickAverage;
      if (typeof slowAverage !== 'number') return slowAverage;
      return typeof steepness === 'number' ? trendStateOf(quickAverage, slowAverage, steepness) : steepness;
    };
  },
});
