import type { Interval } from '../../model/interval.js';
import { intervalMs } from '../../model/interval.js';
import type { Measure } from '../../ports/measure.js';

const DAY_MS = 86_400_000;
const DAY_HOURS = 24;

const barsPerDay = (interval: Interval): number => DAY_MS / intervalMs(interval);

/**
 * `liquidityPerHour`: quote volume of the last 24 hours per hour, over the bars with an open time in
 * `(this bar's − 24 h, this bar's]` (signals.md §1.1). A younger series is divided by 24 all the same, as the exchange's own
 * ticker does, and a missing bar adds nothing. `no-data` while any bar in it lacks its quote volume.
 *
 * *Memory.* One number for each bar of a day, because a day of minutes is longer than any window: a slot for every open time,
 * used again after 24 hours.
 */
export const liquidityPerHour = (): Measure => ({
  name: 'liquidityPerHour',
  unit: 'quote/hour',
  windowBars: () => 1,
  warmupBars: barsPerDay,
  start: (interval) => {
    const slots = new Float64Array(barsPerDay(interval));
    let newest = -1;
    return (window) => {
      const number = Math.round(window.openTimeMs(0) / intervalMs(interval));
      const skipped = number - newest;
      if (window.barCount === 1 || newest < 0 || skipped >= slots.length) slots.fill(0);
      // A slot that a missing bar leaves still holds the bar of a day before.
      else for (let i = 0; i < skipped; i++) slots[(number - i) % slots.length] = 0;
      newest = number;
      const at = number % slots.length;
      slots[at] = window.quoteVolume(0) ?? NaN;
      // Two straight runs from the oldest slot to the newest: a sum in the order of time, without a division per slot.
      let sum = 0;
      for (let i = at + 1; i < slots.length; i++) sum += slots[i] as number;
      for (let i = 0; i <= at; i++) sum += slots[i] as number;
      return Number.isNaN(sum) ? 'no-data' : sum / DAY_HOURS;
    };
  },
});
