import type { Measure, Reader, Shared } from '../../ports/measure.js';
import { trueRangeAt } from './true-range.js';

/**
 * Bars after the first value until the seed's weight `(1 − 1/14)^m` has fallen below 1e-9 (signals.md §2.2): only then does a
 * value no longer depend on where the history began.
 */
export const WILDER_SETTLING_BARS = 280;

/** Bars before a decision may rest on an average true range over 14 bars: 294. */
export const ATR_WARMUP_BARS = 14 + WILDER_SETTLING_BARS;

/** One step of Wilder's smoothing: `(before · (n − 1) + value) / n`. */
export const smoothed = (before: number, value: number, periodBars: number): number =>
  (before * (periodBars - 1) + value) / periodBars;

const createAverage = (periodBars: number): Reader => {
  let count = 0;
  // The sum of the seed, then the average. A number of an object is written over in place; one of a variable is made anew each time.
  const held = { value: 0.5 };
  return (window) => {
    if (window.barCount === 1) {
      count = 0;
      held.value = 0;
    }
    if (window.length === 1) return 'warmup';
    const range = trueRangeAt(window, 0);
    count++;
    if (count <= periodBars) held.value += range;
    else held.value = smoothed(held.value, range, periodBars);
    if (count < periodBars) return 'warmup';
    if (count === periodBars) held.value /= periodBars;
    return held.value;
  };
};

/** Reads the average true range of one series: one for all measures that take it as their yardstick, where they share. */
export const averageTrueRangeReader = (periodBars: number, shared?: Shared): Reader =>
  shared?.of(`atr${periodBars}`, () => createAverage(periodBars)) ?? createAverage(periodBars);

/**
 * `atr14`: Wilder's average true range, in the quote asset, by TA-Lib's convention: the seed is the mean of the first `n` true
 * ranges, the first value needs `n + 1` bars (signals.md §2.2).
 */
export const averageTrueRange = (periodBars = 14): Measure => ({
  name: `atr${periodBars}`,
  unit: 'quote',
  windowBars: () => 2,
  warmupBars: () => periodBars + WILDER_SETTLING_BARS,
  start: (_interval, shared) => averageTrueRangeReader(periodBars, shared),
});
