import type { Measure } from '../../ports/measure.js';
import { robustScore } from './parts/standard-score.js';
import { baselineReader, logVolume } from './parts/volume-baseline.js';

/** `volume_madlogz20`: `volume_logz20` with median and median absolute deviation, which one earlier spike cannot mask (signals.md §3.3). */
export const volumeMadLogZ = (periodBars = 20): Measure => ({
  name: `volume_madlogz${periodBars}`,
  unit: 'σ',
  windowBars: () => 1,
  warmupBars: () => periodBars + 1,
  start: () => {
    const scratch = new Float64Array(periodBars);
    return baselineReader(periodBars, logVolume, (x, baseline) => {
      scratch.set(baseline);
      return robustScore(x, scratch);
    });
  },
});
