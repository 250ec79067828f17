import type { Measure } from '../../ports/measure.js';
import { VOLUME_FLOOR } from './parts/volume-baseline.js';

/** One bit for each bar of the window, so it holds no more than fit a small whole number. */
const PERIOD_BARS_MAX = 30;

/** How many bits of a whole number below 2^30 are set. */
export const bitCountOf = (bits: number): number => {
  let count = 0;
  // Each step clears the lowest bit that is set, and hardly any is.
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
};

/**
 * `volume_thin20`: how many of the `n` bars before this one had a volume at or below the floor of 1e-8, in bars. Above a
 * quarter of them a logarithmic volume score is not to be judged (signals.md §3.1). `no-data` when one of the volumes, this
 * bar's included, is not known.
 */
export const volumeThin = (periodBars = 20): Measure => {
  if (periodBars > PERIOD_BARS_MAX) throw new RangeError(`volume_thin takes ${PERIOD_BARS_MAX} bars at most`);
  const window = 2 ** periodBars - 1;
  return {
    name: `volume_thin${periodBars}`,
    unit: 'bars',
    windowBars: () => 1,
    warmupBars: () => periodBars + 1,
    start: () => {
      let count = 0;
      let thin = 0;
      let unknown = 0;
      return (view) => {
        if (view.barCount === 1) count = thin = unknown = 0;
        const latest = view.volume(0);
        const value = count < periodBars ? 'warmup' : latest === null || unknown !== 0 ? 'no-data' : bitCountOf(thin);
        thin = ((thin << 1) | (latest !== null && latest <= VOLUME_FLOOR ? 1 : 0)) & window;
        unknown = ((unknown << 1) | (latest === null ? 1 : 0)) & window;
        count++;
        return value;
      };
    },
  };
};
