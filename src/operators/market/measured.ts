import type { OperatorFunction } from 'rxjs';
import { defer, map } from 'rxjs';
import type { PlacedBar } from '../../model/bar.js';
import type { Reading } from '../../model/reading.js';
import type { Window } from '../../model/window.js';
import type { Measure } from '../../ports/measure.js';
import type { StartAround } from '../measures/measure.js';
import { createRead, windowBarsOf } from '../measures/measure.js';
import type { Ring } from '../windows/sliding-window.js';
import { createRing } from '../windows/sliding-window.js';

export interface MeasuredOptions {
  readonly measures: readonly Measure[];
  /** Measures that need room in the window besides. */
  readonly kept: readonly Measure[];
  /** Bars of a scene, where pictures are wanted. */
  readonly sceneBars?: number;
  readonly startAround?: StartAround | undefined;
  /** Makes a listener for one series: it hears every bar that has been measured. */
  readonly see?: (() => (bar: PlacedBar) => void) | undefined;
}

/**
 * `slidingWindow` and `measure` in one stage, for one series: what every bar of every series goes through. Two stages fewer are
 * two stages fewer whose state is cold when a series' turn comes again, and no bar is held longer than it is read.
 *
 * ```
 * bar$                           -a-b-c-|   closes 100, 101, 99.99
 * measured([rateOfChange(1)])    -U-V-W-|   warmup, 1 %, -1 %
 * ```
 */
export const measured =
  ({ measures, kept, sceneBars = 0, startAround, see }: MeasuredOptions): OperatorFunction<PlacedBar, Reading> =>
  (bar$) =>
    defer(() => {
      const saw = see?.();
      let ring: Ring<PlacedBar> | undefined;
      let read: ((window: Window<PlacedBar>) => Reading) | undefined;
      return bar$.pipe(
        map((bar) => {
          ring ??= createRing(windowBarsOf([...measures, ...kept])(bar.interval), bar, sceneBars);
          read ??= createRead(measures, bar.interval, startAround);
          ring.add(bar);
          const reading = read(ring.window);
          saw?.(bar);
          ring.release();
          return reading;
        }),
      );
    });
