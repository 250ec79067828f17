import type { Bar, PlacedBar } from './bar.js';
import type { Measurements } from './row.js';
import type { Window } from './window.js';

/**
 * Why a measure has no value (signals.md §0 rule 2). `small-universe` and `low-coverage`: there is no cross-section, because
 * too few series are expected, or too few of them have come. New ones are added at the end: records hold their place.
 */
export const REASONS = ['warmup', 'gap', 'zero-variance', 'zero-volume', 'no-data', 'small-universe', 'low-coverage'] as const;
export type Reason = (typeof REASONS)[number];

/** A finite number, or the reason why there is none. Never NaN, never 0 as a stand-in. */
export type Measured = number | Reason;

/** Values by the measure's one name (`atr14`, `m_1`), the same in YAML rules, `--alerts` and `--readings`. */
export type Values = Readonly<Record<string, Measured>>;

/** Every measure of one series at one bar close. */
export interface Reading<B extends Bar = PlacedBar> extends Measurements {
  readonly bar: B;
  /** Bars since the series began, this one included. */
  readonly barCount: number;
  /** The live window the values were read from: for judges that need exact columns, at once; never to be kept. */
  readonly window: Window<B>;
  /** More values of this bar, which nobody needs but for an alert: worked out when asked, at once or never. */
  readonly around?: (() => Values) | undefined;
}

/** The number, or `null` when there is none or the measure is not in the reading. */
export const numberOf = (values: Values, name: string): number | null => {
  const value = values[name];
  return typeof value === 'number' ? value : null;
};
