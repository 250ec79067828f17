import type { Reading } from '../model/reading.js';
import type { Verdict } from '../model/verdict.js';
import type { Measure } from './measure.js';

/** What is judged: a pure function of one reading. `version` changes whenever the same bars could give other verdicts. */
export interface Rule {
  readonly id: string;
  readonly version: number;
  /** What the rule reads; the pipeline computes just these. */
  readonly measures: readonly Measure[];
  /** One verdict per direction the rule knows. */
  judge(reading: Reading): readonly Verdict[];
}
