import type { Measured } from '../../model/reading.js';
import type { Measure, Reader, Shared } from '../../ports/measure.js';
import { ATR_WARMUP_BARS, averageTrueRangeReader } from './average-true-range.js';
import { emaWarmupBars, exponentialMovingAverageReader } from './exponential-moving-average.js';
import { createRing } from './parts/ring.js';

/** Bars of the average whose slope is taken. */
const AVERAGE_BARS = 20;

/** How far the average has moved a bar since it was `before`, `bars` bars ago, in average true ranges. */
export const trendSlopeOf = (latest: number, before: number, bars: number, range: number): Measured =>
  range === 0 ? 'zero-variance' : (latest - before) / (bars * range);

const createSlope = (bars: number, shared?: Shared): Reader => {
  const average = exponentialMovingAverageReader(AVERAGE_BARS, shared);
  const averageRange = averageTrueRangeReader(14, shared);
  const averages = createRing(bars + 1);
  return (window) => {
    const latest = average(window);
    const range = averageRange(window);
    averages.push(typeof latest === 'number' ? latest : NaN);
    const before = averages.at(bars);
    if (typeof latest !== 'number' || typeof range !== 'number' || Number.isNaN(before)) return 'warmup';
    return trendSlopeOf(latest, before, bars, range);
  };
};

/** Reads the slope of one series' 20-bar average over `bars` bars, in average true ranges per bar: once for all that share. */
export const trendSlopeReader = (bars: number, shared?: Shared): Reader =>
  shared?.of(`slope${bars}`, () => createSlope(bars, shared)) ?? createSlope(bars);

/** `slope4`: how steeply the 20-bar average has moved over the last `bars` bars, in average true ranges per bar (signals.md §4.3). */
export const trendSlope = (bars = 4): Measure => ({
  name: `slope${bars}`,
  unit: 'ATR',
  windowBars: () => 2,
  warmupBars: () => Math.max(ATR_WARMUP_BARS, emaWarmupBars(AVERAGE_BARS) + bars),
  start: (_interval, shared) => trendSlopeReader(bars, shared),
});
