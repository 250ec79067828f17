import type { PlacedBar } from '../../model/bar.js';
import type { Window } from '../../model/window.js';
import type { Measure } from '../../ports/measure.js';
import type { ReadOptions, RowReading } from '../measures/measure.js';
import { createRead, layoutOf, windowBarsOf } from '../measures/measure.js';
import type { Ring } from '../windows/sliding-window.js';
import { createRing } from '../windows/sliding-window.js';

export interface MeasureBarsOptions extends ReadOptions {
  /** Measures that need room in the window besides. */
  readonly kept: readonly Measure[];
  /** Bars of a scene, where pictures are wanted. */
  readonly sceneBars?: number;
  /** Makes a listener for one series: it hears every bar that has been measured. */
  readonly see?: (() => (bar: PlacedBar) => void) | undefined;
}

/** Takes the bars of one series, in order, and says what is measured of each. */
export type MeasureBar = (bar: PlacedBar) => RowReading<PlacedBar>;

/**
 * What `slidingWindow` and `measure` do, as a plain function of a bar, because every bar of every series goes through it. Makes one
 * for each series; no bar is held longer than it is read.
 */
export const measureBars = ({ kept, sceneBars = 0, see, ...options }: MeasureBarsOptions): (() => MeasureBar) => {
  // One for all series, so that a rule finds its measures in their rows once.
  const layout = options.layout ?? layoutOf(options.measures, options.beside);
  return () => {
    const saw = see?.();
    let ring: Ring<PlacedBar> | undefined;
    let read: ((window: Window<PlacedBar>) => RowReading<PlacedBar>) | undefined;
    return (bar) => {
      ring ??= createRing(windowBarsOf([...options.measures, ...kept])(bar.interval), bar, sceneBars);
      read ??= createRead({ ...options, layout }, bar.interval);
      ring.add(bar);
      const reading = read(ring.window);
      saw?.(bar);
      ring.release();
      return reading;
    };
  };
};
