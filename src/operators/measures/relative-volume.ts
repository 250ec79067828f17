import type { Interval } from '../../model/interval.js';
import { intervalMs } from '../../model/interval.js';
import type { Measure } from '../../ports/measure.js';
import { sortedMedian } from './parts/standard-score.js';

const DAY_MS = 86_400_000;
/** Days of which a volume must be known, as a share of those looked at: 7 of 14 (signals.md §3.5). */
const KNOWN_SHARE = 0.5;

/**
 * `rvol14`: the bar's base volume over the median volume at the same time of day on the `days` days before, because volume has
 * its hours (signals.md §3.5). Slots are UTC. `warmup` until half of the days could be known, `gap` when too few of them are;
 * `zero-volume` when their median is 0; `no-data` when the bar's own volume is not known.
 *
 * *Memory.* One number for every bar of those days, 11 KB at 15m and 14 days. Those of one time of day lie together, because they
 * are cold when they are read: two lines of memory instead of fourteen.
 */
export const relativeVolume = (days = 14): Measure => {
  const barsPerDay = (interval: Interval): number => Math.round(DAY_MS / intervalMs(interval));
  // What is known at one time of day, sorted: needed for the moment only, so all series have the same.
  const same = new Float64Array(days);
  return {
    name: `rvol${days}`,
    unit: '×',
    windowBars: () => 1,
    warmupBars: (interval) => days * barsPerDay(interval) + 1,
    start: (interval) => {
      const barMs = intervalMs(interval);
      const dayBars = barsPerDay(interval);
      const count = days * dayBars;
      const volumes = new Float64Array(count);
      const placeOf = (number: number): number => (number % dayBars) * days + (Math.floor(number / dayBars) % days);
      let [first, newest] = [0, 0];
      return (window) => {
        const number = Math.round(window.openTimeMs(0) / barMs);
        if (window.barCount === 1) {
          volumes.fill(NaN);
          first = number;
        } else for (let each = Math.max(newest + 1, number - count + 1); each < number; each++) volumes[placeOf(each)] = NaN;
        newest = number;
        const from = (number % dayBars) * days;
        let known = 0;
        // The oldest of them lies in the very place that this bar is about to take.
        for (let i = from; i < from + days; i++) {
          const value = volumes[i] as number;
          if (value === value) same[known++] = value;
        }
        const volume = window.volume(0);
        volumes[placeOf(number)] = volume ?? NaN;
        if (volume === null) return 'no-data';
        if (known < days * KNOWN_SHARE) return number - first < days * KNOWN_SHARE * dayBars ? 'warmup' : 'gap';
        const median = sortedMedian(same, known);
        return median === 0 ? 'zero-volume' : volume / median;
      };
    },
  };
};
