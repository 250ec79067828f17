import type { OperatorFunction } from 'rxjs';
import { defer, map } from 'rxjs';
import type { Bar } from '../../model/bar.js';
import type { Interval } from '../../model/interval.js';
import type { Measured, Reading, Values } from '../../model/reading.js';
import type { Window } from '../../model/window.js';
import type { Measure, Reader } from '../../ports/measure.js';

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
  <B extends Bar>(
    measures: readonly Measure[],
    startAround?: (interval: Interval) => Around,
  ): OperatorFunction<Window<B>, Reading<B>> =>
  (window$) =>
    defer(() => {
      let readers: readonly Reader[] | undefined;
      let around: Around | undefined;
      // A copy has its place for every name from the beginning; an object that grows name by name is copied several times.
      const empty: Record<string, Measured> = {};
      for (const { name } of measures) empty[name] = 'warmup';
      return window$.pipe(
        map((window) => {
          if (readers === undefined) {
            readers = measures.map((each) => each.start(window.latest.interval));
            around = startAround?.(window.latest.interval);
          }
          const values = { ...empty };
          for (let i = 0; i < measures.length; i++) values[(measures[i] as Measure).name] = (readers[i] as Reader)(window);
          if (around === undefined) return { bar: window.latest, barCount: window.barCount, values, window };
          around.see(window);
          return { bar: window.latest, barCount: window.barCount, values, window, around: around.read };
        }),
      );
    });
