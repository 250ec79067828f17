import type { Measure, Reader } from '../../ports/measure.js';

/** Net move over the path walked, 0 … 1; 0 for a price that never moved (Kaufman, signals.md §4.4). */
export const efficiencyOf = (netMove: number, path: number): number => (path === 0 ? 0 : Math.min(1, Math.abs(netMove) / path));

const readerOf =
  (periodBars: number): Reader =>
  (window) => {
    if (window.length <= periodBars) return 'warmup';
    let path = 0;
    for (let back = periodBars - 1; back >= 0; back--) path += Math.abs(window.close(back) - window.close(back + 1));
    return efficiencyOf(window.close(0) - window.close(periodBars), path);
  };

/** `er10`: Kaufman's efficiency ratio of the last `n` moves: near 1 in a trend, about 0.3 in a random walk. */
export const efficiencyRatio = (periodBars = 10): Measure => ({
  name: `er${periodBars}`,
  unit: '1',
  windowBars: () => periodBars + 1,
  warmupBars: () => periodBars + 1,
  start: (_interval, shared) => shared?.of(`er${periodBars}`, () => readerOf(periodBars)) ?? readerOf(periodBars),
});
