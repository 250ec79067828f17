import type { Measure, Reader, Shared } from '../../ports/measure.js';

/** What may be left of the seed's weight when a decision rests on the average. */
const SEED_WEIGHT = 1e-9;

/** Bars until the seed's weight `((n − 1) / (n + 1))^m` has fallen below 1e-9 (signals.md §4.2): 228 for 20, 569 for 50. */
export const emaWarmupBars = (periodBars: number): number =>
  periodBars + Math.ceil(Math.log(SEED_WEIGHT) / Math.log((periodBars - 1) / (periodBars + 1)));

const createAverage = (periodBars: number): Reader => {
  const alpha = 2 / (periodBars + 1);
  let count = 0;
  // The sum of the seed, then the average, written over in place (average-true-range.ts).
  const held = { value: 0.5 };
  return (window) => {
    if (window.barCount === 1) {
      count = 0;
      held.value = 0;
    }
    const close = window.close(0);
    count++;
    if (count <= periodBars) held.value += close;
    else held.value += alpha * (close - held.value);
    if (count < periodBars) return 'warmup';
    if (count === periodBars) held.value /= periodBars;
    return held.value;
  };
};

/** Reads the exponential average of one series' closes: one for all measures that look at it, where they share. */
export const exponentialMovingAverageReader = (periodBars: number, shared?: Shared): Reader =>
  shared?.of(`ema${periodBars}`, () => createAverage(periodBars)) ?? createAverage(periodBars);

/**
 * `ema20`, `ema50`: the exponential moving average of the closes, in the quote asset, `α = 2 / (n + 1)`, seeded with the mean
 * of the first `n` closes (TA-Lib's convention, signals.md §4.2).
 */
export const exponentialMovingAverage = (periodBars: number): Measure => ({
  name: `ema${periodBars}`,
  unit: 'quote',
  windowBars: () => 1,
  warmupBars: () => emaWarmupBars(periodBars),
  start: (_interval, shared) => exponentialMovingAverageReader(periodBars, shared),
});
