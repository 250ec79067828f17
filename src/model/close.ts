import type { Alert } from './alert.js';
import type { Interval } from './interval.js';
import type { Judged } from './verdict.js';
import type { Market } from './series.js';

/**
 * What one market says at one bar close: all series that have arrived, what the rules said, and which are missing.
 * A close is told once for those that came in time; series that come later make further closes of the same
 * time with `late: true`, which hold only the newcomers.
 */
export interface Close {
  readonly market: Market;
  readonly interval: Interval;
  readonly openTimeMs: number;
  readonly decisionTimeMs: number;
  /** In ascending symbol order. */
  readonly judged: readonly Judged[];
  /** Every fired verdict, in ascending symbol order, with what the filters said of it. */
  readonly alerts: readonly Alert[];
  /** Series that should have a bar here. */
  readonly expected: number;
  /** Series of this close that have arrived so far, earlier tellings of this life included. */
  readonly received: number;
  readonly late: boolean;
  /**
   * Expected symbols whose newest told bar lies before the newest told close (this one, unless it is late), with the open time
   * of that bar; `null`: none yet.
   */
  readonly lagging: Readonly<Record<string, number | null>>;
}
