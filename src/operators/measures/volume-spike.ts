import type { Measure } from '../../ports/measure.js';
import { createTrail } from './parts/trail.js';
import { baselineReader, plainVolumeOf } from './parts/volume-baseline.js';

/** `100 · (volume / mean − 1)`, in percent (signals.md §1.1). */
export const volumeSpikePercent = (volume: number, baselineMean: number): number => 100 * (volume / baselineMean - 1);

/**
 * `spikePct`: how far the bar's base volume exceeds the mean of the `lookbackBars` bars before it, in percent; the volume half
 * of the classic rule. `zero-volume` when none of those bars had any. The window holds those bars, for the rule compares their
 * exact sum.
 */
export const volumeSpike = (lookbackBars = 8): Measure => ({
  name: 'spikePct',
  unit: '%',
  windowBars: () => lookbackBars + 1,
  warmupBars: () => lookbackBars + 1,
  start: () =>
    baselineReader(createTrail(lookbackBars), plainVolumeOf, (volume, baseline) => {
      const mean = baseline.mean();
      return mean === 0 ? 'zero-volume' : volumeSpikePercent(volume, mean);
    }),
});
