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

/** Each sum is of so many below it: a day of minutes has three levels of them, which are 34 additions instead of 1440. */
const FAN = 12;

/** Where each level of the tree begins, the slots first, the few topmost sums last; and where the last one ends. */
const levelsOf = (count: number): readonly number[] => {
  const starts = [0];
  for (let size = count; ; size = Math.ceil(size / FAN)) {
    starts.push((starts.at(-1) as number) + size);
    if (size <= FAN) return starts;
  }
};

/**
 * A tree of sums, of which only the branch that has changed is summed anew: exact at every bar, with nothing that could drift. The
 * few lines of memory that it looks at are what counts, because they are cold when a series' turn comes again.
 */
const createDayOfSlots = (starts: readonly number[]): DayOfSlots => {
  const sums = new Float64Array(starts.at(-1) as number);
  const sumOf = (from: number, to: number): number => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += sums[i] as number;
    return sum;
  };
  return {
    clear: () => void sums.fill(0),
    set: (slot, value) => {
      sums[slot] = value;
      let place = slot;
      for (let level = 1; level < starts.length - 1; level++) {
        const below = starts[level - 1] as number;
        place = Math.floor(place / FAN);
        const from = below + place * FAN;
        sums[(starts[level] as number) + place] = sumOf(from, Math.min(from + FAN, starts[level] as number));
      }
    },
    sum: () => sumOf(starts.at(-2) as number, sums.length),
  };
};

/**
 * `liquidityPerHour`: quote volume of the last 24 hours per hour, over the bars with an open time in
 * `(this bar's − 24 h, this bar's]` (signals.md §1.1). A younger series is divided by 24 all the same, as the exchange's own
 * ticker does, and a missing bar adds nothing. `no-data` while any bar in it lacks its quote volume.
 *
 * *Memory.* One number for each bar of a day, because a day of minutes is longer than any window.
 */
export const liquidityPerHour = (): Measure => {
  /** The same for all series of an interval. */
  const levels = new Map<Interval, readonly number[]>();
  return {
    name: 'liquidityPerHour',
    unit: 'quote/hour',
    windowBars: () => 1,
    warmupBars: barsPerDay,
    start: (interval) => {
      const count = barsPerDay(interval);
      const starts = levels.get(interval) ?? levelsOf(count);
      levels.set(interval, starts);
      const day = createDayOfSlots(starts);
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
  };
};
