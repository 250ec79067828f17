import type { Measure } from '../../ports/measure.js';
import { VOLUME_FLOOR, baselineReader, plainVolume } from './parts/volume-baseline.js';

/** How many of the volumes are at or below the floor of 1e-8. */
export const thinCountOf = (volumes: Float64Array): number => {
  let thin = 0;
  for (const volume of volumes) if (volume <= VOLUME_FLOOR) thin++;
  return thin;
};

/**
 * `volume_thin20`: how many of the `n` bars before this one had a volume at or below the floor of 1e-8, in bars. Above a
 * quarter of them a logarithmic volume score is not to be judged (signals.md §3.1).
 */
export const volumeThin = (periodBars = 20): Measure => ({
  name: `volume_thin${periodBars}`,
  unit: 'bars',
  windowBars: () => 1,
  warmupBars: () => periodBars + 1,
  start: () => baselineReader(periodBars, plainVolume, (_, baseline) => thinCountOf(baseline)),
});
