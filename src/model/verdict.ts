import type { PlacedBar } from './bar.js';
import type { Reason, Values } from './reading.js';
import type { Measurements } from './row.js';
import type { Scene } from './scene.js';

export type Direction = 'up' | 'down';

/**
 * One condition of a rule at one reading. `margin` is how far the value lies on the passing side of the threshold
 * (negative: it failed by so much), in the measure's unit; `null` when there was no value, and then `reason` says why.
 */
export interface Condition {
  readonly measure: string;
  readonly value: number | null;
  readonly threshold: number;
  readonly margin: number | null;
  readonly passed: boolean;
  readonly reason?: Reason;
  /** Where it stands in a rule whose conditions are nested: `when.0`, `when.1.any.0`. Of those right below an `any`, one is enough. */
  readonly path?: string;
}

/** What one rule says of one reading, in one direction. It fired when every condition passed, or enough of them where they are nested. */
export interface Verdict {
  readonly rule: string;
  readonly ruleVersion: number;
  readonly direction: Direction;
  readonly fired: boolean;
  /** Of a verdict that has not fired they may be made when they are asked for: hardly anybody asks. */
  readonly conditions: readonly Condition[];
  /** The values the rule wants shown with its alert, by measure name; empty when it did not fire. */
  readonly shown: Values;
  /** True when the series' whole life is shorter than the rule's warm-up (signals.md §2.2). */
  readonly shortHistory: boolean;
}

/** One series at one close: its bar, its values and what the rules said of them. */
export interface Judged extends Measurements {
  readonly bar: PlacedBar;
  readonly verdicts: readonly Verdict[];
  /** The recent bars behind a verdict that fired, where pictures are wanted. In memory alone. */
  readonly scene?: Scene;
}

/** Whether any rule fired. A loop, because it is asked of every bar. */
export const hasFired = (verdicts: readonly Verdict[]): boolean => {
  for (const { fired } of verdicts) if (fired) return true;
  return false;
};
