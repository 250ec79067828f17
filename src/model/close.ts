import type { Alert } from './alert.js';
import type { Interval } from './interval.js';
import type { Judged } from './verdict.js';
import type { Market } from './series.js';
import type { Section } from './section.js';
import type { Episode } from './episode.js';
import type { Scene } from './scene.js';

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
   * True for a telling that holds only corrected bars (`timing: 'revision'`): they are judged for the record, their alerts leave
   * the barrier with `suppressedBy: 'revision'`, no filter learns of them and the position does not move. What was emitted for
   * these bars and does not fire any more is marked by `markRevised` (src/operators/delivery/mark-revised.ts).
   */
  readonly revision?: boolean;
  /**
   * Expected symbols whose newest told bar lies before the newest told close (this one, unless it is late), with the open time
   * of that bar; `null`: none yet.
   */
  readonly lagging: Readonly<Record<string, number | null>>;
  /** What the whole market did at this close; `null`, or absent, where there is no cross-section (model/section.ts). */
  readonly section?: Section | null;
  /**
   * What this close makes of early alerts that were sent: each `confirmed` or `faded`. They are claimed and sent with the close,
   * and are none of its alerts. None if absent.
   */
  readonly resolved?: readonly Alert[];
  /** The recent bars behind its alerts, by alert id. In memory alone; none if absent. */
  readonly scenes?: ReadonlyMap<string, Scene>;
  /** Episodes that tell something new since this close, as they are now. In memory alone; none if absent. */
  readonly episodes?: readonly Episode[];
}

/** What bars that are still forming say (grade `early`), sent and withheld: a part of no close, and never counted with one. */
export interface EarlyNews {
  readonly early: readonly Alert[];
}

export const isClose = (told: Close | EarlyNews): told is Close => !('early' in told);
