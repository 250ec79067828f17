import type { Measured, Reading } from '../../model/reading.js';
import type { Condition } from '../../model/verdict.js';
import { reaches } from './reaches.js';

export const COMPARISONS = ['atLeast', 'atMost', 'above', 'below'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** One measure against one number, in the measure's unit. */
export interface Threshold {
  /** The measure's one name; `name@interval` for longer bars. */
  readonly measure: string;
  readonly comparison: Comparison;
  readonly value: number;
  /** Once passed, the condition holds until the value no longer passes this level; `null`: the same level both ways. */
  readonly reset: number | null;
  /** Bars in a row, without a hole between them, that it must have held, the judged one included; 1 asks for no more. */
  readonly bars: number;
}

export type Expression = Threshold | { readonly all: readonly Expression[] } | { readonly any: readonly Expression[] };

/** Whether a value passes: inclusive comparisons reach as far as rounding (signals.md §9.5), strict ones stop short of it. */
export const passes = (comparison: Comparison, value: number, level: number): boolean => {
  switch (comparison) {
    case 'atLeast':
      return reaches(value, level);
    case 'atMost':
      return reaches(-value, -level);
    case 'above':
      return !reaches(-value, -level);
    case 'below':
      return !reaches(value, level);
  }
};

/** True for the comparisons that ask for more rather than for less. */
export const isUpward = (comparison: Comparison): boolean => comparison === 'atLeast' || comparison === 'above';

/** Measures whose sign is the direction of a move, which a fall has the other way round. */
const DIRECTIONAL =
  /^(?:(?:roc|logret|m|zr|accel|acceleration)_\d+|slope\d+|trend_state|tbi(?:_?\d+)?|changePct|excess(?:Atr)?)$/;

export const isDirectional = (measure: string): boolean => DIRECTIONAL.test(measure.split('@')[0] ?? '');

/** Measures that are written once for rises and once for falls. */
const TWINS: readonly (readonly [of: RegExp, twin: string])[] = [
  [/^breakout(\d+)/, 'breakout_down$1'],
  [/^breakout_down(\d+)/, 'breakout$1'],
];

/** The measure that says of a fall what this one says of a rise: itself, but for those that have a twin. */
export const twinOf = (measure: string): string => {
  const found = TWINS.find(([of]) => of.test(measure));
  return found === undefined ? measure : measure.replace(found[0], found[1]);
};

/** The thresholds of an expression, from the first to the last. */
export const thresholdsOf = (expression: Expression): readonly Threshold[] => {
  if ('all' in expression) return expression.all.flatMap(thresholdsOf);
  return 'any' in expression ? expression.any.flatMap(thresholdsOf) : [expression];
};

/** True when what it says of a bar depends on the bars before. */
export const remembers = (expression: Expression): boolean =>
  thresholdsOf(expression).some(({ reset, bars }) => reset !== null || bars > 1);

/** Says whether an expression holds at a reading, and writes down every condition in it. Shown the readings of one series in order. */
export type Evaluate = (reading: Reading, told: Condition[]) => boolean;

const signed = (sign: 1 | -1, value: number): number => (value === 0 ? 0 : sign * value);

const evaluateThreshold = (threshold: Threshold, direction: 1 | -1, path: string): Evaluate => {
  const { comparison, value, reset, bars } = threshold;
  const measure = direction === 1 ? threshold.measure : twinOf(threshold.measure);
  const sign = isDirectional(measure) ? direction : 1;
  let isOn = false;
  let inRow = 0;

  // Field by field: a spread of these takes some microseconds, and a rule may have dozens for every bar.
  const tellLevel = (held: Measured | undefined, level: number): Condition => {
    const signedLevel = signed(sign, level);
    if (typeof held !== 'number')
      return { measure, threshold: signedLevel, path, value: null, margin: null, passed: false, reason: held ?? 'no-data' };
    const margin = isUpward(comparison) ? sign * held - level : level - sign * held;
    return { measure, threshold: signedLevel, path, value: held, margin, passed: passes(comparison, sign * held, level) };
  };

  return ({ values, bar }, told) => {
    const level = tellLevel(values[measure], isOn && reset !== null ? reset : value);
    told.push(level);
    isOn = level.passed;
    const before = bar.follows === 'neighbour' ? inRow : 0;
    inRow = isOn ? before + 1 : 0;
    if (bars === 1) return isOn;
    const isLong = inRow >= bars;
    told.push({ measure: `bars of ${measure}`, value: inRow, threshold: bars, margin: inRow - bars, passed: isLong, path });
    return isLong;
  };
};

/**
 * An evaluation that begins to remember now. Every condition is looked at and told, also where the others have decided already.
 * With direction −1 what was written for a rise is asked of a fall: the sign of directional measures is turned round, and
 * `breakout20` is `breakout_down20`.
 */
export const evaluate = (expression: Expression, direction: 1 | -1, path: string): Evaluate => {
  if (!('all' in expression) && !('any' in expression)) return evaluateThreshold(expression, direction, path);
  const [word, parts] = 'all' in expression ? (['all', expression.all] as const) : (['any', expression.any] as const);
  const inner = parts.map((part, i) => evaluate(part, direction, `${path}.${word}.${i}`));
  return (reading, told) => {
    let holding = 0;
    for (const each of inner) if (each(reading, told)) holding++;
    return word === 'all' ? holding === inner.length : holding > 0;
  };
};
