import type { Interval } from '../../model/interval.js';
import { intervalMs } from '../../model/interval.js';
import type { Measure } from '../../ports/measure.js';

const DAY_MS = 86_400_000;
const DAY_HOURS = 24;

const barsPerDay = (interval: Interval): number => DAY_MS / intervalMs(interval);

/** The sum of a day of values by slots: a slot for every open time, used again after 24 hours. */
interface DayOfSlots {
  clear(): void;
  set(slot: number, value: number): void;
  sum(): number;
}

/**
 * Sums are kept by blocks of about the square root of the day, and only the block that has changed is summed anew: exact at every
 * bar, with nothing that could drift, and 76 additions for a day of minutes instead of 1440.
 */
const createDayOfSlots = (count: number): DayOfSlots => {
  const slots = new Float64Array(count);
  const blockSlots = Math.ceil(Math.sqrt(count));
  const blocks = new Float64Array(Math.ceil(count / blockSlots));
  return {
    clear: () => {
      slots.fill(0);
      blocks.fill(0);
    },
    set: (slot, value) => {
      slots[slot] = value;
      const block = Math.floor(slot / blockSlots);
      const end = Math.min(count, (block + 1) * blockSlots);
      let sum = 0;
      for (let i = block * blockSlots; i < end; i++) sum += slots[i] as number;
      blocks[block] = sum;
    },
    sum: () => {
      let sum = 0;
      for (let i = 0; i < blocks.length; i++) sum += blocks[i] as number;
      return sum;
    },
  };
};

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
    const count = barsPerDay(interval);
    const day = createDayOfSlots(count);
    let newest = -1;
    return (window) => {
      const number = Math.round(window.openTimeMs(0) / intervalMs(interval));
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
