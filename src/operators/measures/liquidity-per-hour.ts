import type { Interval } from '../../model/interval.js';
import { intervalMs } from '../../model/interval.js';
import type { Measure } from '../../ports/measure.js';
import { createSumTree } from './parts/sum-tree.js';

const DAY_MS = 86_400_000;
const DAY_HOURS = 24;

const barsPerDay = (interval: Interval): number => DAY_MS / intervalMs(interval);

/**
 * `liquidityPerHour`: quote volume of the last 24 hours per hour, over the bars with an open time in
 * `(this bar's − 24 h, this bar's]` (signals.md §1.1). A younger series is divided by 24 all the same, as the exchange's own
 * ticker does, and a missing bar adds nothing. `no-data` while any bar in it lacks its quote volume.
 *
 * *Memory.* One number for each bar of a day, because a day of minutes is longer than any window.
 */
export const liquidityPerHour = (): Measure => ({
  name: 'liquidityPerHour',
  unit: 'quote/hour',
  windowBars: () => 1,
  warmupBars: barsPerDay,
  start: (interval) => {
    const barMs = intervalMs(interval);
    const count = barsPerDay(interval);
    const day = createSumTree(count);
    let newest = -1;
    return (window) => {
      const number = Math.round(window.openTimeMs(0) / barMs);
      const skipped = number - newest - 1;
      if (window.barCount === 1 || newest < 0 || skipped >= count - 1) day.clear();
      // A slot that a missing bar leaves still holds the bar of a day before.
      else for (let i = 1; i <= skipped; i++) day.set((number - i) % count, 0);
      newest = number;
      day.set(number % count, window.quoteVolume(0) ?? NaN);
      const sum = day.sum();
      return Number.isNaN(sum) ? 'no-data' : sum / DAY_HOURS;
    };
  },
});
