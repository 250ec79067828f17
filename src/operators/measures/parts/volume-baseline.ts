import type { Measured } from '../../../model/reading.js';
import type { Window } from '../../../model/window.js';
import type { Reader } from '../../../ports/measure.js';

/** The smallest volume a logarithm is taken of, in base units: a bar without trades counts as this much (signals.md §3.1). */
export const VOLUME_FLOOR = 1e-8;

/** `ln(max(volume, floor))`, finite for every volume. */
export const logVolume = (volume: number): number => Math.log(Math.max(volume, VOLUME_FLOOR));

/** The bar's base volume as it is, NaN if it is not known. */
export const plainVolumeOf = (window: Window): number => window.volume(0) ?? NaN;

/** The logarithm of the bar's base volume, NaN if that is not known. */
export const logVolumeOf = (window: Window): number => {
  const volume = window.volume(0);
  return volume === null ? NaN : logVolume(volume);
};

/** What holds the numbers of the bars before: a trail, or one that is kept sorted. */
interface Baseline {
  push(value: number): void;
  isFull(): boolean;
  hasUnknown(): boolean;
  clear(): void;
}

/**
 * Reads a number `of` each bar, NaN if it is not known, against those of as many bars before it as the baseline holds: the
 * exclusive window of signals.md §0 rule 3. `warmup` with too few bars before, `no-data` when one of the numbers is not known.
 */
export const baselineReader = <B extends Baseline>(
  baseline: B,
  of: (window: Window) => number,
  against: (x: number, baseline: B) => Measured,
): Reader => {
  const read = (x: number): Measured => {
    if (!baseline.isFull()) return 'warmup';
    return Number.isNaN(x) || baseline.hasUnknown() ? 'no-data' : against(x, baseline);
  };
  return (window) => {
    if (window.barCount === 1) baseline.clear();
    const x = of(window);
    const value = read(x);
    baseline.push(x);
    return value;
  };
};
