import type { Measured } from '../../../model/reading.js';
import type { Window } from '../../../model/window.js';
import type { Reader } from '../../../ports/measure.js';
import { createTrail } from './trail.js';

/** The smallest volume a logarithm is taken of, in base units: a bar without trades counts as this much (signals.md §3.1). */
export const VOLUME_FLOOR = 1e-8;

/** `ln(max(volume, floor))`, finite for every volume. */
export const logVolume = (volume: number): number => Math.log(Math.max(volume, VOLUME_FLOOR));

const baseVolume = (window: Window): number | null => window.volume(0);

/** The bar's number of trades. */
export const tradeCount = (window: Window): number | null => window.tradeCount(0);

/**
 * Reads a bar's base volume, or another of its `column`s, against those of the `bars` bars before it, the exclusive window of signals.md §0 rule 3; both go
 * through `of` first. `warmup` with too few bars before, `no-data` when one of the volumes is not known. `against` must leave
 * the baseline as it is.
 */
export const baselineReader = (
  bars: number,
  of: (volume: number) => number,
  against: (x: number, baseline: readonly number[]) => Measured,
  column: (window: Window) => number | null = baseVolume,
): Reader => {
  const trail = createTrail(bars);
  const read = (x: number): Measured => {
    if (!trail.isFull()) return 'warmup';
    return Number.isNaN(x) || trail.hasUnknown() ? 'no-data' : against(x, trail.values);
  };
  return (window) => {
    if (window.barCount === 1) trail.clear();
    const volume = column(window);
    const x = volume === null ? NaN : of(volume);
    const value = read(x);
    trail.push(x);
    return value;
  };
};

/** The volume as it is. */
export const plainVolume = (volume: number): number => volume;
