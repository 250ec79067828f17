import type { Measure } from '../../ports/measure.js';
import { trailScore } from './parts/standard-score.js';
import { createTrail } from './parts/trail.js';
import { baselineReader, logVolumeOf } from './parts/volume-baseline.js';

/**
 * `volume_logz20`: `volume_z20` on the logarithms of the volumes, the statistic that judges (signals.md §3.2). Volumes are
 * floored at 1e-8; how many of the baseline were is `volume_thin20`, and the judge asks it.
 */
export const volumeLogZ = (periodBars = 20): Measure => ({
  name: `volume_logz${periodBars}`,
  unit: 'σ',
  windowBars: () => 1,
  warmupBars: () => periodBars + 1,
  start: () => baselineReader(createTrail(periodBars), logVolumeOf, trailScore),
});
