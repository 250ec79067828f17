import type { Measured } from '../../../model/reading.js';
import type { SortedWindow } from './sorted-window.js';
import type { Trail } from './trail.js';

/** A spread below this share of the centre is rounding, not variation (signals.md §3.1). */
const CONSTANT_SHARE = 1e-12;

/** `1 / Φ⁻¹(0.75)`: makes the median absolute deviation of a normal law its standard deviation. */
const MAD_TO_SIGMA = 1.4826;
/** `√(π/2)`: does the same for the mean absolute deviation. */
const MEAN_DEVIATION_TO_SIGMA = 1.2533;

/** `(x − centre) / spread`; 0 for a constant baseline that `x` shares, `zero-variance` for one that it leaves. */
const scoreOf = (x: number, centre: number, spread: number): Measured => {
  const bound = CONSTANT_SHARE * Math.abs(centre);
  if (spread > bound) return (x - centre) / spread;
  return Math.abs(x - centre) <= bound ? 0 : 'zero-variance';
};

/**
 * The sample standard deviation of `count` numbers of which the distances from their mean are known, by their squares and by what
 * rounding has left of their sum (the corrected two-pass form of signals.md §9.2).
 */
export const deviationOf = (squares: number, rest: number, count: number): number =>
  Math.sqrt((squares - (rest * rest) / count) / (count - 1));

/** Sample standard deviation by the corrected two-pass form: nothing of earlier windows is left in it. */
export const sampleDeviation = (values: ArrayLike<number>, mean: number): number => {
  let squares = 0;
  let rest = 0;
  for (let i = 0; i < values.length; i++) {
    const distance = (values[i] as number) - mean;
    squares += distance * distance;
    rest += distance;
  }
  return deviationOf(squares, rest, values.length);
};

/** The sum of numbers in their order. */
const sumOf = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum;
};

export const meanOf = (values: ArrayLike<number>): number => sumOf(values) / values.length;

/** How many sample standard deviations `x` lies above the mean of the baseline, which must not hold `x` (signals.md §3.1). */
export const sampleScore = (x: number, baseline: ArrayLike<number>): Measured => {
  const mean = meanOf(baseline);
  return scoreOf(x, mean, sampleDeviation(baseline, mean));
};

/** The same of a full trail, whose sums are those of its numbers in the order of time. */
export const trailScore = (x: number, baseline: Trail): Measured => {
  const mean = baseline.mean();
  return scoreOf(x, mean, baseline.deviation(mean));
};

/**
 * Sorts the first `count` numbers of a short array in place and returns their median: the mean of the two middle values for an even
 * count. By insertion: for a few dozen numbers it takes a fifth of the time of the platform's sort.
 */
export const sortedMedian = (values: Float64Array, count = values.length): number => {
  for (let i = 1; i < count; i++) {
    const value = values[i] as number;
    let at = i - 1;
    for (; at >= 0 && (values[at] as number) > value; at--) values[at + 1] = values[at] as number;
    values[at + 1] = value;
  }
  const half = count >> 1;
  const upper = values[half] ?? NaN;
  return count % 2 === 1 ? upper : ((values[half - 1] ?? NaN) + upper) / 2;
};

/**
 * `trailScore` with the median for the mean and the median absolute deviation for the standard deviation (signals.md §3.3): one
 * earlier spike in the baseline does not mask the next. Of a full window.
 */
export const sortedScore = (x: number, baseline: SortedWindow): Measured => {
  const median = baseline.median();
  const medianDeviation = baseline.medianDeviation(median);
  const spread = medianDeviation > 0 ? MAD_TO_SIGMA * medianDeviation : MEAN_DEVIATION_TO_SIGMA * baseline.meanDeviation(median);
  return scoreOf(x, median, spread);
};
