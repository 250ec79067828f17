import type { Filter, Judgement, View } from './filters.js';
import { FILTERS } from './filters.js';
import type { Listed } from './listing.js';
import type { FilterName } from './settings.js';
import { anyOf } from '../../../model/wildcard.js';

/** One filter at work: how many came, what it removed, and how many stayed. */
export interface FunnelStep {
  readonly filter: FilterName | 'listed';
  /** What is left, for people: `trading now`. */
  readonly words: string;
  readonly left: number;
  readonly removed: number;
  /** Passed because the exchange does not tell what the filter asks for. */
  readonly unknown: number;
  /** Passed although far below the gate, because they are followed and it is the first time. */
  readonly weak: number;
  /** Some of those it removed, the most traded first. */
  readonly examples: readonly string[];
}

export interface Universe {
  /** The most traded first, equals by name. */
  readonly symbols: readonly string[];
  readonly funnel: readonly FunnelStep[];
  /** For each listed symbol that is not followed: the first filter that removed it. */
  readonly reasons: ReadonlyMap<string, FilterName>;
  /** `weakKey` of every symbol that passed a gate as `weak`. */
  readonly weak: readonly string[];
}

const EXAMPLES = 3;

/** One text for a filter and a symbol. No filter has a space in its name, so no two pairs make the same text. */
export const weakKey = (filter: FilterName, symbol: string): string => `${filter} ${symbol}`;

const count = (judgements: readonly Judgement[], of: Judgement): number =>
  judgements.reduce((sum, judgement) => sum + Number(judgement === of), 0);

const judged = (
  filter: Filter,
  view: View,
  left: readonly Listed[],
  isSpared: (symbol: string) => boolean,
): readonly Judgement[] => {
  const judge = filter.judge(view, left);
  return left.map((listed) => (filter.sparesAllowed === true && isSpared(listed.symbol) ? 'pass' : judge(listed)));
};

/** Which symbols to follow, why the others are not, and what each filter did. Pure. */
export const selectUniverse = (listed: readonly Listed[], view: View): Universe => {
  const { rules, quoteVolume } = view;
  const isSpared = anyOf(rules.filters.includes('allow') ? rules.allow : []);
  const volume = ({ symbol }: Listed): number => quoteVolume(symbol) ?? 0;
  const reasons = new Map<string, FilterName>();
  const weak: string[] = [];
  let left: readonly Listed[] = [...listed].sort((a, b) => volume(b) - volume(a) || (a.symbol < b.symbol ? -1 : 1));
  const nothing = { removed: 0, unknown: 0, weak: 0, examples: [] };
  const funnel: FunnelStep[] = [{ filter: 'listed', words: 'listed', left: left.length, ...nothing }];
  for (const name of rules.filters) {
    const filter = FILTERS[name];
    const judgements = judged(filter, view, left, isSpared);
    const removed = left.filter((_, index) => judgements[index] === 'fail');
    for (const { symbol } of removed) reasons.set(symbol, name);
    left.forEach(({ symbol }, index) => {
      if (judgements[index] === 'weak') weak.push(weakKey(name, symbol));
    });
    left = left.filter((_, index) => judgements[index] !== 'fail');
    funnel.push({
      filter: name,
      words: filter.words(view),
      left: left.length,
      removed: removed.length,
      unknown: count(judgements, 'unknown'),
      weak: count(judgements, 'weak'),
      examples: removed.slice(0, EXAMPLES).map(({ symbol }) => symbol),
    });
  }
  return { symbols: left.map(({ symbol }) => symbol), funnel, reasons, weak };
};

/** `820 listed, 700 trading now, …`: the filters that removed something, and the last. */
export const funnelText = (funnel: readonly FunnelStep[]): string =>
  funnel
    .filter(({ filter, removed }, index) => filter === 'listed' || removed > 0 || index === funnel.length - 1)
    .map(({ words, left }) => `${left} ${words}`)
    .join(', ');
