import type { OperatorFunction } from 'rxjs';
import { defer, map } from 'rxjs';
import type { Bar } from '../../model/bar.js';
import type { Interval } from '../../model/interval.js';
import type { Measured, Reading, Values } from '../../model/reading.js';
import type { Layout, Row } from '../../model/row.js';
import { createLayout } from '../../model/row.js';
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

/** Values that are known of a bar besides what is measured of it, all at once. */
export interface Beside {
  readonly names: readonly string[];
  /** Begins to look at the bars of one series: gives the values at each, in the order of the names. */
  readonly start: (interval: Interval) => (window: Window) => readonly Measured[];
}

export interface ReadOptions {
  readonly measures: readonly Measure[];
  /** Stand behind the measures. None if absent. */
  readonly beside?: readonly Beside[];
  /** Makes what is worked out only when somebody asks. */
  readonly startAround?: StartAround | undefined;
  /** Of the measures and what stands beside them; series that have one in common are looked up in faster. Its own if absent. */
  readonly layout?: Layout;
}

/** Where everything stands that these measures, and what is beside them, say of a bar. */
export const layoutOf = (measures: readonly Measure[], beside: readonly Pick<Beside, 'names'>[] = []): Layout =>
  createLayout([...measures.map(({ name }) => name), ...beside.flatMap(({ names }) => names)]);

/** A reading that has come from measures. */
export interface RowReading<B extends Bar> extends Reading<B> {
  readonly row: Row;
}

/** A class, so that the named values can be made when they are asked for, with nothing to pay for it before. */
class MeasuredBar<B extends Bar> implements RowReading<B>, Row {
  private made: Values | undefined;

  constructor(
    readonly bar: B,
    readonly barCount: number,
    readonly window: Window<B>,
    readonly layout: Layout,
    readonly cells: readonly Measured[],
    readonly besideCells: readonly Measured[] | undefined,
    readonly around: (() => Values) | undefined,
  ) {}

  get row(): Row {
    return this;
  }

  get values(): Values {
    return (this.made ??= this.layout.valuesOf(this));
  }
}

/** Reads the measures off the window of one series, called once at every bar, in order. */
export const createRead = <B extends Bar>(
  { measures, beside = [], startAround, layout = layoutOf(measures, beside) }: ReadOptions,
  interval: Interval,
): ((window: Window<B>) => RowReading<B>) => {
  const shared = createShared();
  const readers = measures.map((each) => each.start(interval, shared));
  const others = beside.length === 0 ? undefined : beside.map((each) => each.start(interval));
  // Nearly always there is but one, whose values need not be put together with others.
  const only = others?.length === 1 ? others[0] : undefined;
  const around = startAround?.(interval, shared);
  const count = readers.length;
  return (window) => {
    shared.next();
    const cells = new Array<Measured>(count);
    for (let i = 0; i < count; i++) cells[i] = (readers[i] as Reader)(window);
    const told = only === undefined ? others?.flatMap((other) => other(window)) : only(window);
    around?.see(window);
    return new MeasuredBar(window.latest, window.barCount, window, layout, cells, told, around?.read);
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
  <B extends Bar>(measures: readonly Measure[], startAround?: StartAround): OperatorFunction<Window<B>, RowReading<B>> =>
  (window$) =>
    defer(() => {
      let read: ((window: Window<B>) => RowReading<B>) | undefined;
      return window$.pipe(
        map((window) => {
          read ??= createRead({ measures, startAround }, window.latest.interval);
          return read(window);
        }),
      );
    });
