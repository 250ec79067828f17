import type { Measure } from '../../ports/measure.js';

/** `(2·takerBuy − volume) / volume`, kept within −1 … 1 because sums of trades may exceed it by rounding (signals.md §5). */
export const takerImbalanceOf = (takerBuyVolume: number, volume: number): number =>
  Math.min(1, Math.max(-1, (2 * takerBuyVolume - volume) / volume));

/** `tbi`: how far takers bought (+1: all of the volume) rather than sold (−1). `zero-volume` for a bar without trades. */
export const takerImbalance = (): Measure => ({
  name: 'tbi',
  unit: '1',
  windowBars: () => 1,
  warmupBars: () => 1,
  start: () => (window) => {
    const volume = window.volume(0);
    const takerBuyVolume = window.takerVolume(0);
    if (volume === null || takerBuyVolume === null) return 'no-data';
    return volume === 0 ? 'zero-volume' : takerImbalanceOf(takerBuyVolume, volume);
  },
});
