import type { Measure } from '../../ports/measure.js';
import { trailScore } from './parts/standard-score.js';
import { createTrail } from './parts/trail.js';
import { baselineReader, plainVolumeOf } from './parts/volume-baseline.js';

/**
 * `volume_z20`: how many sample standard deviations the bar's base volume lies above the mean of the `n` bars before it
 * (signals.md §3.1). Shown to people who know it; volume is close to log-normal, so `volume_logz20` judges.
 */
export const volumeZ = (periodBars = 20): Measure => ({
  name: `volume_z${periodBars}`,
  unit: 'σ',
  windowBars: () => 1,
  warmupBars: () => periodBars + 1,
  start: () => baselineReader(createTrail(periodBars), plainVolumeOf, trailScore),
});
