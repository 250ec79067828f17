import type { Alert } from '../../model/alert.js';
import type { Interval } from '../../model/interval.js';
import type { Market } from '../../model/series.js';
import type { Direction } from '../../model/verdict.js';
import { anyOf } from '../../model/wildcard.js';

/** What a route may look at. */
export interface RouteFacts {
  readonly symbol: string;
  readonly market: Market;
  readonly interval: Interval;
  readonly direction: Direction;
  readonly rule: string;
  readonly kind: Alert['kind'];
  /** 0 … 10; `null` where there is none, which meets no condition. */
  readonly strength: number | null;
}

export const COMPARATORS = ['>=', '<=', '>', '<'] as const;
export interface StrengthCondition {
  readonly comparator: (typeof COMPARATORS)[number];
  readonly value: number;
}

/** Every condition that is there must be met; none is met by every alert. */
export interface RouteMatch {
  /** `*` stands for any letters. */
  readonly symbol?: readonly string[] | undefined;
  readonly market?: readonly Market[] | undefined;
  readonly interval?: readonly Interval[] | undefined;
  readonly direction?: readonly Direction[] | undefined;
  readonly strength?: StrengthCondition | undefined;
  /** `*` stands for any letters. */
  readonly rule?: readonly string[] | undefined;
  readonly kind?: readonly Alert['kind'][] | undefined;
}

/** What a route sees of an alert. */
export const factsOf = ({ symbol, market, interval, direction, rule, kind, strength }: Alert): RouteFacts => ({
  ...{ symbol, market, interval, direction, rule, kind },
  strength: strength?.value ?? null,
});

const meets = (value: number, { comparator, value: limit }: StrengthCondition): boolean => {
  switch (comparator) {
    case '>=':
      return value >= limit;
    case '>':
      return value > limit;
    case '<=':
      return value <= limit;
    case '<':
      return value < limit;
  }
};

/** `BTC* or ETH*`. */
const either = (wanted: readonly string[]): string => wanted.join(' or ');

const WILD = ['symbol', 'rule'] as const;
const LITERAL = ['market', 'interval', 'direction', 'kind'] as const;

/** The first condition that an alert does not meet, in words: `market is usdm, not spot`; `null`: it meets all of them. */
export const mismatchOf = (match: RouteMatch, facts: RouteFacts): string | null => {
  for (const key of WILD) {
    const wanted = match[key];
    if (wanted !== undefined && !anyOf(wanted)(facts[key])) return `${key} is ${facts[key]}, not ${either(wanted)}`;
  }
  for (const key of LITERAL) {
    const wanted: readonly string[] | undefined = match[key];
    if (wanted !== undefined && !wanted.includes(facts[key])) return `${key} is ${facts[key]}, not ${either(wanted)}`;
  }
  const { strength } = match;
  if (strength === undefined || (facts.strength !== null && meets(facts.strength, strength))) return null;
  return `strength is ${facts.strength ?? 'n/a'}, not ${strength.comparator} ${strength.value}`;
};

/** `symbol BTC* or ETH*, strength >= 6`; `everything` where nothing is asked. */
export const matchWords = ({ strength, ...match }: RouteMatch): string => {
  const asked = [...WILD, ...LITERAL].flatMap((key) => {
    const wanted = match[key];
    return wanted === undefined ? [] : [`${key} ${either(wanted)}`];
  });
  const all = strength === undefined ? asked : [...asked, `strength ${strength.comparator} ${strength.value}`];
  return all.length === 0 ? 'everything' : all.join(', ');
};
