import type { OperatorFunction } from 'rxjs';
import { defer, map } from 'rxjs';
import type { Bar } from '../../model/bar.js';
import type { Interval } from '../../model/interval.js';
import type { Measured, Reading, Values } from '../../model/reading.js';
import type { Window } from '../../model/window.js';
import type { Measure, Reader, Shared } from '../../ports/measure.js';
import { createShared } from './parts/shared.js';

/** Bars a window must hold for all of the measures. */
export const windowBarsOf =
  (measures: readonly Measure[]) =>
  (interval: Interval): number =>
    Math.max(1, ...measures.map((each) => each.windowBars(interval)));

/** Bars after which decisions may rest on all of the measures. */
export const warmupBarsOf =
  (measures: readonly Measure[]) =>
  (interval: Interval): number =>
    Math.max(1, ...measures.map((each) => each.warmupBars(interval)));

/** Values of a series that are worked out only when somebody asks. */
export interface Around {
  /** Takes every bar, in order. */
  readonly see: (window: Window) => void;
  /** Of the bar that was seen last. */
  readonly read: () => Values;
}

/** Begins to work out one series; what it looks at it may share with the measures. */
export type StartAround = (interval: Interval, shared?: Shared) => Around;

/**
 * Reads the measures off the window of one series, called once at every bar, in order. `startAround` makes what is worked out
 * only when somebody asks.
 */
export const createRead = <B extends Bar>(
  measures: readonly Measure[],
  interval: Interval,
  startAround?: StartAround,
): ((window: Window<B>) => Reading<B>) => {
  const shared = createShared();
  const readers = measures.map((each) => each.start(interval, shared));
  const around = startAround?.(interval, shared);
  // A copy has its place for every name from the beginning; an object that grows name by name is copied several times.
  const empty: Record<string, Measured> = {};
  for (const { name } of measures) empty[name] = 'warmup';
  return (window) => {
    shared.next();
    const values = { ...empty };
    for (let i = 0; i < measures.length; i++) values[(measures[i] as Measure).name] = (readers[i] as Reader)(window);
    if (around === undefined) return { bar: window.latest, barCount: window.barCount, values, window };
    around.see(window);
    return { bar: window.latest, barCount: window.barCount, values, window, around: around.read };
  };
};

/**
 * Reads the measures off the window of one series at every bar.
 *
 * ```
 * bar$                          -a-b-c-|   closes 100, 101, 99.99
 * slidingWindow({ bars: 2 })    -u-v-w-|
 * measure([rateOfChange(1)])    -U-V-W-|   warmup, 1 %, -1 %
 * ```
 */
export const measure =
  <B extends Bar>(measures: readonly Measure[], startAround?: StartAround): OperatorFunction<Window<B>, Reading<B>> =>
  (window$) =>
    defer(() => {
      let read: ((window: Window<B>) => Reading<B>) | undefined;
      return window$.pipe(
        map((window) => {
          read ??= createRead(measures, window.latest.interval, startAround);
          return read(window);
        }),
      );
    });
