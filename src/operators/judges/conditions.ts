import type { Measured, Reading } from '../../model/reading.js';
import { lookUp } from '../../model/row.js';
import type { Condition } from '../../model/verdict.js';
import { leastReaching } from './reaches.js';
import type { MeasureTest, Test } from './scan.js';
import { createScan, holds } from './scan.js';

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

/** True for the comparisons that ask for more rather than for less. */
export const isUpward = (comparison: Comparison): boolean => comparison === 'atLeast' || comparison === 'above';

/**
 * A comparison of a value, with this sign, as a test. What is at most, or below, is its negative at least, or above. The edge is where
 * the comparison changes its mind: inclusive ones reach as far as rounding (signals.md §9.5), strict ones stop short of it.
 */
const testOf = (comparison: Comparison, level: number, sign: 1 | -1): Test => {
  const turn = isUpward(comparison) ? 1 : -1;
  const strict = comparison === 'above' || comparison === 'below';
  return { factor: turn * sign, edge: strict ? -leastReaching(-turn * level) : leastReaching(turn * level), strict };
};

const isPassed = (value: number, { factor, edge, strict }: Test): boolean => holds(value, factor, edge, strict);

/** Whether a value passes. */
export const passes = (comparison: Comparison, value: number, level: number): boolean =>
  isPassed(value, testOf(comparison, level, 1));

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

/**
 * Says whether an expression holds at a reading, and writes down every condition in it. Shown the readings of one series in order.
 * Where nothing is to be written (`null`) it looks no further than it must, which only one that remembers nothing may be asked.
 */
export type Evaluate = (reading: Reading, told: Condition[] | null) => boolean;

const signed = (sign: 1 | -1, value: number): number => (value === 0 ? 0 : sign * value);

/** The measure that is asked, and whether with its sign turned round. */
const sideOf = (threshold: Threshold, direction: 1 | -1): { readonly measure: string; readonly sign: 1 | -1 } => {
  const measure = direction === 1 ? threshold.measure : twinOf(threshold.measure);
  return { measure, sign: isDirectional(measure) ? direction : 1 };
};

const evaluateThreshold = (threshold: Threshold, direction: 1 | -1, path: string): Evaluate => {
  const { comparison, value, reset, bars } = threshold;
  const { measure, sign } = sideOf(threshold, direction);
  const look = lookUp(measure);
  const test = testOf(comparison, value, sign);
  const resetTest = testOf(comparison, reset ?? value, sign);
  let isOn = false;
  let inRow = 0;

  // Field by field: a spread of these takes some microseconds, and a rule may have dozens for every bar.
  const tellLevel = (held: Measured | undefined, level: number, passed: boolean): Condition => {
    const signedLevel = signed(sign, level);
    if (typeof held !== 'number')
      return { measure, threshold: signedLevel, path, value: null, margin: null, passed, reason: held ?? 'no-data' };
    const margin = isUpward(comparison) ? sign * held - level : level - sign * held;
    return { measure, threshold: signedLevel, path, value: held, margin, passed };
  };

  return (reading, told) => {
    const held = look(reading);
    const wasOn = isOn;
    isOn = typeof held === 'number' && isPassed(held, wasOn ? resetTest : test);
    if (told !== null) told.push(tellLevel(held, wasOn ? (reset ?? value) : value, isOn));
    if (bars === 1) return isOn;
    inRow = isOn ? (reading.bar.follows === 'neighbour' ? inRow : 0) + 1 : 0;
    const isLong = inRow >= bars;
    if (told !== null)
      told.push({ measure: `bars of ${measure}`, value: inRow, threshold: bars, margin: inRow - bars, passed: isLong, path });
    return isLong;
  };
};

/** All of the evaluations, or any. */
const combine =
  (word: 'all' | 'any', inner: readonly Evaluate[]): Evaluate =>
  (reading, told) => {
    let holding = 0;
    for (const each of inner) {
      const isHolding = each(reading, told);
      if (isHolding) holding++;
      if (told === null && isHolding === (word === 'any')) return isHolding;
    }
    return word === 'all' ? holding === inner.length : holding > 0;
  };

const isPlain = (part: Expression): part is Threshold => 'measure' in part && part.reset === null && part.bars === 1;

const measureTestOf = (threshold: Threshold, direction: 1 | -1): MeasureTest => {
  const { measure, sign } = sideOf(threshold, direction);
  return { measure, ...testOf(threshold.comparison, threshold.value, sign) };
};

/** All of the parts, or any, each told with its place behind `path`. */
export const evaluateParts = (word: 'all' | 'any', parts: readonly Expression[], direction: 1 | -1, path: string): Evaluate => {
  const combined = combine(
    word,
    parts.map((part, i) => evaluate(part, direction, `${path}.${i}`)),
  );
  if (!parts.every(isPlain)) return combined;
  const scan = createScan(
    word,
    parts.map((part) => measureTestOf(part, direction)),
  );
  return (reading, told) => (told === null && reading.row !== undefined ? scan(reading.row) : combined(reading, told));
};

/**
 * An evaluation that begins to remember now. Every condition is looked at and told, also where the others have decided already.
 * With direction −1 what was written for a rise is asked of a fall: the sign of directional measures is turned round, and
 * `breakout20` is `breakout_down20`.
 */
export const evaluate = (expression: Expression, direction: 1 | -1, path: string): Evaluate => {
  if ('all' in expression) return evaluateParts('all', expression.all, direction, `${path}.all`);
  return 'any' in expression
    ? evaluateParts('any', expression.any, direction, `${path}.any`)
    : evaluateThreshold(expression, direction, path);
};
