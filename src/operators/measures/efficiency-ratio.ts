import type { Measure, Reader } from '../../ports/measure.js';
import { createTrail } from './parts/trail.js';

/** Net move over the path walked, 0 … 1; 0 for a price that never moved (Kaufman, signals.md §4.4). */
export const efficiencyOf = (netMove: number, path: number): number => (path === 0 ? 0 : Math.min(1, Math.abs(netMove) / path));

/** Keeps the steps of the path itself: in the window each close lies in another line of memory. */
const createReader = (periodBars: number): Reader => {
  const steps = createTrail(periodBars);
  return (window) => {
    if (window.barCount === 1) steps.clear();
    if (window.length > 1) steps.push(Math.abs(window.close(0) - window.close(1)));
    return steps.isFull() ? efficiencyOf(window.close(0) - window.close(periodBars), steps.sum()) : 'warmup';
  };
};

/** `er10`: Kaufman's efficiency ratio of the last `n` moves: near 1 in a trend, about 0.3 in a random walk. */
export const efficiencyRatio = (periodBars = 10): Measure => ({
  name: `er${periodBars}`,
  unit: '1',
  windowBars: () => periodBars + 1,
  warmupBars: () => periodBars + 1,
  start: (_interval, shared) => shared?.of(`er${periodBars}`, () => createReader(periodBars)) ?? createReader(periodBars),
});
