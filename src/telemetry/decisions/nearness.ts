import type { Interval } from '../../model/interval.js';
import type { Market } from '../../model/series.js';
import type { Condition, Verdict } from '../../model/verdict.js';
import type { DecidedClose } from './decision.js';

/**
 * How far one condition is from passing, without a unit: its shortfall over the size of its threshold, so that 0.05 means 5 % of
 * what it takes. A threshold of 0 has no size; the shortfall itself is taken then. 0 for a condition that passed.
 */
export const shortfallOf = ({ passed, margin, threshold }: Condition): number | null => {
  if (passed) return 0;
  if (margin === null) return null;
  return Math.max(0, -margin) / (threshold === 0 ? 1 : Math.abs(threshold));
};

/** All have to pass: the farthest counts, and one without a value leaves it open. */
const ofAll = (distances: readonly (number | null)[]): number | null =>
  distances.some((distance) => distance === null) ? null : Math.max(0, ...(distances as readonly number[]));

/** One is enough: the nearest counts, and one without a value is out of the race. */
const ofAny = (distances: readonly (number | null)[]): number | null => {
  const known = distances.filter((distance) => distance !== null);
  return known.length === 0 ? null : Math.min(...known);
};

/** Distance of conditions that are nested as their paths say (`when.1.any.0`), from the name at `depth` of the paths on. */
const ofNested = (conditions: readonly Condition[], depth: number): number | null => {
  const parts = new Map<string, Condition[]>();
  for (const condition of conditions) {
    const key = (condition.path ?? '').split('.')[depth + 1] ?? '';
    parts.set(key, [...(parts.get(key) ?? []), condition]);
  }
  const distances = [...parts.values()].map((part) => {
    const isNested = part.some(({ path = '' }) => path.split('.').length > depth + 2);
    return isNested ? ofNested(part, depth + 2) : ofAll(part.map(shortfallOf));
  });
  return (conditions[0]?.path ?? '').split('.')[depth] === 'any' ? ofAny(distances) : ofAll(distances);
};

/**
 * How far a verdict that did not fire is from firing: the largest shortfall among its failed conditions, for all of them would
 * have had to pass; where one of several is enough (`any`), the smallest of those. `null` for a verdict that fired, and for one
 * that failed for want of a value: nobody knows how near that was.
 */
export const distanceOf = ({ fired, conditions }: Pick<Verdict, 'fired' | 'conditions'>): number | null => {
  if (fired) return null;
  const isNested = conditions.some(({ path }) => path !== undefined && path.includes('any'));
  return isNested
    ? ofAll([
        ofAll(conditions.filter(({ path }) => path === undefined).map(shortfallOf)),
        ofNested(
          conditions.filter(({ path }) => path !== undefined),
          0,
        ),
      ])
    : ofAll(conditions.map(shortfallOf));
};

/** A verdict that nearly fired. */
export interface Miss {
  readonly market: Market;
  readonly interval: Interval;
  readonly symbol: string;
  readonly openTimeMs: number;
  readonly decisionTimeMs: number;
  readonly verdict: Omit<Verdict, 'shown'>;
  readonly distance: number;
}

/** Nearest first; of equal ones the later first, then in ascending order of symbol. */
const byNearness = (a: Miss, b: Miss): number =>
  a.distance - b.distance || b.decisionTimeMs - a.decisionTimeMs || (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0);

/** The nearest misses among those already known and those of further closes, `count` at most, nearest first. */
export const nearest = (
  known: readonly Miss[],
  closes: readonly DecidedClose[],
  count: number,
  wanted: (miss: Miss) => boolean = () => true,
): readonly Miss[] => {
  const found = [...known];
  let worst = Infinity;
  const shrink = (): void => {
    found.sort(byNearness).splice(count);
    worst = found.length < count ? Infinity : (found.at(-1)?.distance ?? Infinity);
  };
  const decided = closes.filter(({ revision }) => !revision);
  for (const { market, interval, openTimeMs, decisionTimeMs, decisions } of decided)
    for (const { bar, verdicts } of decisions)
      for (const verdict of verdicts) {
        const distance = distanceOf(verdict);
        if (distance === null || distance > worst) continue;
        const miss = { market, interval, symbol: bar.symbol, openTimeMs, decisionTimeMs, verdict, distance };
        if (!wanted(miss)) continue;
        found.push(miss);
        if (found.length > 4 * count) shrink();
      }
  shrink();
  return found;
};
