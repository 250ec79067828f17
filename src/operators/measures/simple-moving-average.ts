import type { Measure } from '../../ports/measure.js';
import { createTrail } from './parts/trail.js';

/**
 * `sma20`: the mean of the last `n` closes, this bar included, in the quote asset. It keeps the closes itself: in the window each of
 * them lies in another line of memory.
 */
export const simpleMovingAverage = (periodBars = 20): Measure => ({
  name: `sma${periodBars}`,
  unit: 'quote',
  windowBars: () => periodBars,
  warmupBars: () => periodBars,
  start: () => {
    const closes = createTrail(periodBars);
    return (window) => {
      if (window.barCount === 1) closes.clear();
      closes.push(window.close(0));
      return closes.isFull() ? closes.mean() : 'warmup';
    };
  },
});
