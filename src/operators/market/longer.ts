import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Measured, Reason } from '../../model/reading.js';
import { REASONS } from '../../model/reading.js';
import type { Measure } from '../../ports/measure.js';
import type { LongerMeasure } from '../../ports/rule.js';
import type { Beside } from '../measures/measure.js';

const DAY_MS = 86_400_000;

/** The name of a measure of longer bars beside those of the judged ones: `trend_state@1h`. */
export const longerName = (measure: string, interval: Interval): string => `${measure}@${interval}`;

const lastClosedBefore = (barMs: number, decisionTimeMs: number): number => (Math.floor(decisionTimeMs / barMs) - 1) * barMs;

/** Open time of the last bar of an interval that has closed at `decisionTimeMs`: one that closes just then has (signals.md §4.1). */
export const visibleOpenTimeMs = (interval: Interval, decisionTimeMs: number): number =>
  lastClosedBefore(INTERVAL_MS[interval], decisionTimeMs);

/** Whether bars of `interval` are made of a whole number, and more than one, of bars of `shorter`. */
export const isMadeOf = (interval: Interval, shorter: Interval): boolean =>
  INTERVAL_MS[interval] > INTERVAL_MS[shorter] && INTERVAL_MS[interval] % INTERVAL_MS[shorter] === 0;

/** What is measured of longer bars, by interval; each measure once. The intervals in ascending order. */
export const byInterval = (longer: readonly LongerMeasure[]): ReadonlyMap<Interval, readonly Measure[]> => {
  const found = new Map<Interval, Map<string, Measure>>();
  for (const { measure, interval } of longer) {
    const held = found.get(interval) ?? new Map<string, Measure>();
    if (!held.has(measure.name)) held.set(measure.name, measure);
    found.set(interval, held);
  }
  return new Map(
    [...found].sort(([a], [b]) => INTERVAL_MS[a] - INTERVAL_MS[b]).map(([interval, held]) => [interval, [...held.values()]]),
  );
};

/** The latest longer bars of one series by what was measured of them, as its shorter bars see them. */
export interface Longer {
  readonly interval: Interval;
  /** Takes the next bar of the longer series, with the value of each measure in their order. */
  remember(openTimeMs: number, cells: readonly Measured[]): void;
  /** The longer series has been told of, or asked for, a bar of this time: it is worth waiting for. */
  expect(openTimeMs: number): void;
  /** False while the bar that is to be seen at this time is expected and has not come. */
  isReady(decisionTimeMs: number): boolean;
  /** The last longer bar that had closed by the decision time of the shorter one; `gap` when just that one is missing. */
  readonly seen: Beside;
}

/** The names under which the values of longer bars stand beside those of the judged ones. */
export const longerNames = (measures: readonly Measure[], interval: Interval): readonly string[] =>
  measures.map(({ name }) => longerName(name, interval));

/**
 * *Memory.* The values of a day of longer bars, and at least of two: missed bars are judged after a restart with what could be
 * seen at their own time.
 */
export const createLonger = (interval: Interval, measures: readonly Measure[]): Longer => {
  const barMs = INTERVAL_MS[interval];
  const count = measures.length;
  const size = Math.ceil(DAY_MS / barMs) + 1;
  const times = new Float64Array(size).fill(NaN);
  /** The values of each bar side by side, and where there is none why: 0 for a number, else the place of the reason and one. */
  const numbers = new Float64Array(size * count);
  const reasons = new Uint8Array(size * count);
  let firstMs = Infinity;
  let newestMs = -Infinity;
  let expectedMs = -Infinity;
  /** The values of the bar that was looked at last, which several shorter bars in a row do. */
  let shown: readonly Measured[] = [];
  let shownMs = NaN;

  const slotOf = (openTimeMs: number): number => Math.round(openTimeMs / barMs) % size;
  const all = (reason: Reason): readonly Measured[] => Array.from({ length: count }, () => reason);

  const valueAt = (cell: number): Measured => {
    const reason = reasons[cell] as number;
    return reason === 0 ? (numbers[cell] as number) : (REASONS[reason - 1] as Reason);
  };

  const look = (openTimeMs: number): readonly Measured[] => {
    const slot = slotOf(openTimeMs);
    if (times[slot] !== openTimeMs) return all(openTimeMs < firstMs ? 'warmup' : 'gap');
    const cells = new Array<Measured>(count);
    for (let i = 0; i < count; i++) cells[i] = valueAt(slot * count + i);
    return cells;
  };

  return {
    interval,
    remember: (openTimeMs, cells) => {
      const slot = slotOf(openTimeMs);
      times[slot] = openTimeMs;
      for (let i = 0; i < count; i++) {
        const value = cells[i] as Measured;
        const cell = slot * count + i;
        if (typeof value === 'number') numbers[cell] = value;
        reasons[cell] = typeof value === 'number' ? 0 : REASONS.indexOf(value) + 1;
      }
      firstMs = Math.min(firstMs, openTimeMs);
      newestMs = Math.max(newestMs, openTimeMs);
      // Nearly always the bar that the next shorter ones see.
      shown = cells;
      shownMs = openTimeMs;
    },
    expect: (openTimeMs) => {
      expectedMs = Math.max(expectedMs, openTimeMs);
    },
    isReady: (decisionTimeMs) => {
      const openTimeMs = lastClosedBefore(barMs, decisionTimeMs);
      return newestMs >= openTimeMs || expectedMs < openTimeMs;
    },
    seen: {
      names: longerNames(measures, interval),
      start: (shorter) => {
        if (!isMadeOf(interval, shorter)) {
          const nothing = all('no-data');
          return () => nothing;
        }
        return (window) => {
          const openTimeMs = lastClosedBefore(barMs, window.openTimeMs(0) + window.intervalMs);
          if (openTimeMs !== shownMs) {
            shown = look(openTimeMs);
            shownMs = openTimeMs;
          }
          return shown;
        };
      },
    },
  };
};
