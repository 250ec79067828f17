import type { RouteMatch, StrengthCondition } from '../operators/delivery/route-match.js';
import { anyOf } from '../model/wildcard.js';

/*
 * Which alerts the conditions of two routes have in common, as far as that can be seen from the conditions alone. In doubt two of
 * them may meet, and neither takes all of the other's.
 */

const WILD = ['symbol', 'rule'] as const;
const LITERAL = ['market', 'interval', 'direction', 'kind'] as const;
const KEYS = [...WILD, ...LITERAL, 'strength'] as const;
export type MatchKey = (typeof KEYS)[number];

/** Alerts have a strength from 0 to 10. */
const rangeOf = ({ comparator, value }: StrengthCondition): { from: number; to: number } => ({
  from: comparator.startsWith('>') ? value : 0,
  to: comparator.startsWith('<') ? value : 10,
});

const strengthsMeet = (a: StrengthCondition, b: StrengthCondition): boolean => {
  const [one, other] = [rangeOf(a), rangeOf(b)];
  const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
  if (from !== to) return from < to;
  // They touch at one number, which both must take.
  const takes = (of: StrengthCondition): boolean => of.comparator.endsWith('=') || of.value !== from;
  return takes(a) && takes(b);
};

/** Whether every strength that `inner` takes is one that `outer` takes. */
const strengthIsWithin = (outer: StrengthCondition, inner: StrengthCondition): boolean => {
  if (outer.comparator.charAt(0) !== inner.comparator.charAt(0)) return false;
  const isUpward = outer.comparator.startsWith('>');
  const isFurther = isUpward ? inner.value > outer.value : inner.value < outer.value;
  return isFurther || (inner.value === outer.value && (outer.comparator.endsWith('=') || !inner.comparator.endsWith('=')));
};

/** A pattern takes all that another one takes where it fits its very letters: its `*` then also stands for the other's. */
const patternsWithin = (outer: readonly string[], inner: readonly string[]): boolean => inner.every(anyOf(outer));

const patternsMeet = (a: readonly string[], b: readonly string[]): boolean =>
  a.some((one) => b.some((other) => (one.includes('*') && other.includes('*')) || anyOf([one])(other) || anyOf([other])(one)));

const isWild = (key: MatchKey): key is (typeof WILD)[number] => WILD.some((each) => each === key);

/** Whether an alert that meets `inner` surely meets this condition of `outer`. */
const isWithin = (key: MatchKey, outer: RouteMatch, inner: RouteMatch): boolean => {
  if (key === 'strength')
    return outer.strength === undefined || (inner.strength !== undefined && strengthIsWithin(outer.strength, inner.strength));
  const [wide, narrow]: readonly (readonly string[] | undefined)[] = [outer[key], inner[key]];
  if (wide === undefined) return true;
  if (isWild(key)) return wide.includes('*') || (narrow !== undefined && patternsWithin(wide, narrow));
  return narrow !== undefined && narrow.every((each) => wide.includes(each));
};

/** Whether `outer` takes every alert that meets all of `inner`. */
export const takesAllOf = (outer: RouteMatch, inner: readonly RouteMatch[]): boolean =>
  KEYS.every((key) => inner.some((match) => isWithin(key, outer, match)));

const meet = (key: MatchKey, a: RouteMatch, b: RouteMatch): boolean => {
  if (key === 'strength') return a.strength === undefined || b.strength === undefined || strengthsMeet(a.strength, b.strength);
  const [one, other]: readonly (readonly string[] | undefined)[] = [a[key], b[key]];
  if (one === undefined || other === undefined) return true;
  return isWild(key) ? patternsMeet(one, other) : one.some((each) => other.includes(each));
};

/** A condition of which no alert can meet both; `null` where there may be one. */
export const conflictOf = (a: RouteMatch, b: RouteMatch): MatchKey | null => KEYS.find((key) => !meet(key, a, b)) ?? null;
