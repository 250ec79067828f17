import type { Measure } from '../../ports/measure.js';
import { ATR_WARMUP_BARS } from './average-true-range.js';
import { breakoutReader } from './breakout.js';

/**
 * `breakout_down20`: how far the close lies below the lowest low of the `n` bars before it, in average true ranges of the bar
 * before; negative above it: `breakout20` seen in a mirror (signals.md §5).
 */
export const breakoutDown = (periodBars = 20): Measure => ({
  name: `breakout_down${periodBars}`,
  unit: 'ATR',
  windowBars: () => periodBars + 1,
  warmupBars: () => ATR_WARMUP_BARS,
  start: (_interval, shared) => breakoutReader(periodBars, -1, shared),
});
