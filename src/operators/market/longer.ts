import type { Bar } from '../../model/bar.js';
import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Measured, Reading, Reason } from '../../model/reading.js';
import { REASONS } from '../../model/reading.js';
import type { Measure, Reader } from '../../ports/measure.js';
import type { LongerMeasure } from '../../ports/rule.js';

const DAY_MS = 86_400_000;

/** The name of a measure of longer bars beside those of the judged ones: `trend_state@1h`. */
export const longerName = (measure: string, interval: Interval): string => `${measure}@${interval}`;

/** Open time of the last bar of an interval that has closed at `decisionTimeMs`: one that closes just then has (signals.md §4.1). */
export const visibleOpenTimeMs = (interval: Interval, decisionTimeMs: number): number =>
  (Math.floor(decisionTimeMs / INTERVAL_MS[interval]) - 1) * INTERVAL_MS[interval];

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
  /** Takes the next reading of the longer series. */
  remember(reading: Pick<Reading<Bar>, 'bar' | 'values'>): void;
  /** The longer series has been told of, or asked for, a bar of this time: it is worth waiting for. */
  expect(openTimeMs: number): void;
  /** False while the bar that is to be seen at this time is expected and has not come. */
  isReady(decisionTimeMs: number): boolean;
  /** Read the last longer bar that had closed by the decision time of the shorter one; `gap` when just that one is missing. */
  readonly measures: readonly Measure[];
}

/**
 * *Memory.* The values of a day of longer bars, and at least of two: missed bars are judged after a restart with what could be
 * seen at their own time.
 */
export const createLonger = (interval: Interval, measures: readonly Measure[]): Longer => {
  const barMs = INTERVAL_MS[interval];
  const size = Math.ceil(DAY_MS / barMs) + 1;
  const times = new Float64Array(size).fill(NaN);
  /** The values of each measure side by side, and where there is none why: 0 for a number, else the place of the reason and one. */
  const numbers = new Float64Array(size * measures.length);
  const reasons = new Uint8Array(size * measures.length);
  let firstMs = Infinity;
  let newestMs = -Infinity;
  let expectedMs = -Infinity;

  const slotOf = (openTimeMs: number): number => Math.round(openTimeMs / barMs) % size;

  const valueAt = (cell: number): Measured => {
    const reason = reasons[cell] as number;
    return reason === 0 ? (numbers[cell] as number) : (REASONS[reason - 1] as Reason);
  };

  /** Where the values lie that a shorter bar sees: the same for all measures, so it is found once for each bar. */
  const slotReader: Reader = (window) => {
    const openTimeMs = visibleOpenTimeMs(interval, window.openTimeMs(0) + window.intervalMs);
    const slot = slotOf(openTimeMs);
    if (times[slot] === openTimeMs) return slot;
    return openTimeMs < firstMs ? 'warmup' : 'gap';
  };

  return {
    interval,
    remember: ({ bar, values }) => {
      const slot = slotOf(bar.openTimeMs);
      times[slot] = bar.openTimeMs;
      measures.forEach(({ name }, i) => {
        const value = values[name] ?? 'no-data';
        const cell = i * size + slot;
        if (typeof value === 'number') numbers[cell] = value;
        reasons[cell] = typeof value === 'number' ? 0 : REASONS.indexOf(value) + 1;
      });
      firstMs = Math.min(firstMs, bar.openTimeMs);
      newestMs = Math.max(newestMs, bar.openTimeMs);
    },
    expect: (openTimeMs) => {
      expectedMs = Math.max(expectedMs, openTimeMs);
    },
    isReady: (decisionTimeMs) => {
      const openTimeMs = visibleOpenTimeMs(interval, decisionTimeMs);
      return newestMs >= openTimeMs || expectedMs < openTimeMs;
    },
    measures: measures.map((measure, i) => ({
      name: longerName(measure.name, interval),
      unit: measure.unit,
      windowBars: () => 1,
      warmupBars: () => 1,
      start: (shorter, shared) => {
        if (!isMadeOf(interval, shorter)) return () => 'no-data';
        const visibleSlot = shared?.of(`slot@${interval}`, () => slotReader) ?? slotReader;
        return (window) => {
          const slot = visibleSlot(window);
          return typeof slot === 'number' ? valueAt(i * size + slot) : slot;
        };
      },
    })),
  };
};
