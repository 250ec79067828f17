import type { FormingBar } from '../model/bar.js';
import type { Interval } from '../model/interval.js';
import type { Measured, Reading } from '../model/reading.js';
import type { Series } from '../model/series.js';
import type { Verdict } from '../model/verdict.js';
import type { Measure } from './measure.js';

/** A measure of bars longer than the judged ones: its value stands beside the others under `name@interval`. */
export interface LongerMeasure {
  readonly measure: Measure;
  readonly interval: Interval;
}

/** What a rule may look at before a forming bar is measured: the bar before it. */
export interface BeforeForming {
  readonly close: number;
  /** Wilder's average true range over 14 bars, in the quote asset. */
  readonly averageRange: Measured;
}

/** What is judged: a pure function of one reading. `version` changes whenever the same bars could give other verdicts. */
export interface Rule {
  readonly id: string;
  readonly version: number;
  /** What the rule reads; the pipeline computes just these. */
  readonly measures: readonly Measure[];
  /** What it reads of longer bars: of the last one that had closed by the decision time (signals.md §4.1). None if absent. */
  readonly longer?: readonly LongerMeasure[];
  /** The only bars it judges; those of every interval if absent. */
  readonly interval?: Interval;
  /** One verdict per direction the rule knows. */
  judge(reading: Reading): readonly Verdict[];
  /**
   * For a rule that remembers (hysteresis, bars in a row): a fresh judge of one series, which is shown every reading in order,
   * those of history too, so that a restart remembers what an uninterrupted run does. Then `judge` is not asked.
   */
  start?(series: Series): (reading: Reading) => readonly Verdict[];
  /**
   * For a rule that also judges bars that are still forming: whether one is worth measuring. Cheap, and never false where `judge`
   * would fire. Absent where only closed bars are judged; a rule that remembers has none.
   */
  readonly mayFire?: (forming: FormingBar, before: BeforeForming) => boolean;
}
