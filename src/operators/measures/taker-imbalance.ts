import type { Measure } from '../../ports/measure.js';
import { brokenRun } from './parts/anchor.js';

/** `(2·takerBuy − volume) / volume`, kept within −1 … 1 because sums of trades may exceed it by rounding (signals.md §5). */
export const takerImbalanceOf = (takerBuyVolume: number, volume: number): number =>
  Math.min(1, Math.max(-1, (2 * takerBuyVolume - volume) / volume));

/**
 * `tbi`: how far takers bought (+1: all of the volume) rather than sold (−1). `tbi_4` sums both volumes over the last `bars`
 * bars, which must follow one another. `zero-volume` for bars without trades.
 */
export const takerImbalance = (bars = 1): Measure => ({
  name: bars === 1 ? 'tbi' : `tbi_${bars}`,
  unit: '1',
  windowBars: () => bars,
  warmupBars: () => bars,
  start: () => (window) => {
    const broken = brokenRun(window, bars - 1);
    if (broken !== null) return broken;
    let volume = 0;
    let takerBuyVolume = 0;
    for (let back = bars - 1; back >= 0; back--) {
      const [all, taken] = [window.volume(back), window.takerVolume(back)];
      if (all === null || taken === null) return 'no-data';
      volume += all;
      takerBuyVolume += taken;
    }
    return volume === 0 ? 'zero-volume' : takerImbalanceOf(takerBuyVolume, volume);
  },
});
