import type { Measure, Reader } from '../../ports/measure.js';

/** What may be left of the seed's weight when a decision rests on the average. */
const SEED_WEIGHT = 1e-9;

/** Bars until the seed's weight `((n − 1) / (n + 1))^m` has fallen below 1e-9 (signals.md §4.2): 228 for 20, 569 for 50. */
export const emaWarmupBars = (periodBars: number): number =>
  periodBars + Math.ceil(Math.log(SEED_WEIGHT) / Math.log((periodBars - 1) / (periodBars + 1)));

/** Reads the exponential average of one series' closes. */
export const exponentialMovingAverageReader = (periodBars: number): Reader => {
  const alpha = 2 / (periodBars + 1);
  let count = 0;
  let sum = 0;
  let average = 0;
  return (window) => {
    if (window.barCount === 1) {
      count = 0;
      sum = 0;
    }
    const close = window.close(0);
    count++;
    if (count < periodBars) {
      sum += close;
      return 'warmup';
    }
    average = count === periodBars ? (sum + close) / periodBars : average + alpha * (close - average);
    return average;
  };
};

/**
 * `ema20`, `ema50`: the exponential moving average of the closes, in the quote asset, `α = 2 / (n + 1)`, seeded with the mean
 * of the first `n` closes (TA-Lib's convention, signals.md §4.2).
 */
export const exponentialMovingAverage = (periodBars: number): Measure => ({
  name: `ema${periodBars}`,
  unit: 'quote',
  windowBars: () => 1,
  warmupBars: () => emaWarmupBars(periodBars),
  start: () => exponentialMovingAverageReader(periodBars),
});
