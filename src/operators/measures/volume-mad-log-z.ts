import type { Measure } from '../../ports/measure.js';
import { createSortedWindow } from './parts/sorted-window.js';
import { sortedScore } from './parts/standard-score.js';
import { baselineReader, logVolumeOf } from './parts/volume-baseline.js';

/** `volume_madlogz20`: `volume_logz20` with median and median absolute deviation, which one earlier spike cannot mask (signals.md §3.3). */
export const volumeMadLogZ = (periodBars = 20): Measure => ({
  name: `volume_madlogz${periodBars}`,
  unit: 'σ',
  windowBars: () => 1,
  warmupBars: () => periodBars + 1,
  start: () => baselineReader(createSortedWindow(periodBars), logVolumeOf, sortedScore),
});
