import type { Alert } from '../../model/alert.js';
import { numberOf } from '../../model/reading.js';
import { reaches } from '../judges/reaches.js';
import type { Annotation, CloseFilter, Withheld } from './filter-closes.js';

/** What grouping looks at (signals.md §6.4). */
export interface Alike {
  readonly symbol: string;
  /** 0 … 10; `null` where it is not known, which is less than any. */
  readonly strength: number | null;
  /** Quote volume of the last day, or anything in proportion to it; `null` counts as less than any. */
  readonly quoteVolume: number | null;
}

const byRank = (a: Alike, b: Alike): number =>
  compare(b.strength, a.strength) ||
  compare(b.quoteVolume, a.quoteVolume) ||
  (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0);

const compare = (a: number | null, b: number | null): number => {
  const [one, other] = [a ?? -Infinity, b ?? -Infinity];
  return one < other ? -1 : one > other ? 1 : 0;
};

/**
 * The connected components of the candidates, joined where `correlation` reaches the threshold, each with its representative
 * first: the highest strength, then the larger volume, then the symbol in ascending order. No correlation joins nothing.
 */
export const groupAlike = <T extends Alike>(
  candidates: readonly T[],
  correlation: (a: string, b: string) => number | null,
  threshold: number,
): readonly (readonly T[])[] => {
  const parents = candidates.map((_, i) => i);
  const rootOf = (i: number): number => {
    let root = i;
    while (parents[root] !== root) root = parents[root] = parents[parents[root] as number] as number;
    return root;
  };
  candidates.forEach((a, i) => {
    for (let j = i + 1; j < candidates.length; j++) {
      const [one, other] = [rootOf(i), rootOf(j)];
      if (one === other) continue;
      const rho = correlation(a.symbol, (candidates[j] as T).symbol);
      if (rho !== null && reaches(rho, threshold)) parents[other] = one;
    }
  });
  const groups = new Map<number, T[]>();
  candidates.forEach((candidate, i) => {
    const group = groups.get(rootOf(i));
    if (group === undefined) groups.set(rootOf(i), [candidate]);
    else group.push(candidate);
  });
  return [...groups.values()].map((group) => group.sort(byRank));
};

export interface CorrelationOptions {
  /** Correlation from which two symbols have gone together. */
  readonly threshold: number;
  /** Strength of an alert, 0 … 10, by which the representative is chosen; `null` where there is none. */
  readonly strengthOf: (alert: Alert) => number | null;
}

/** The alerts of one rule and direction, in the order of the close. */
const byRule = (alerts: readonly Alert[]): readonly (readonly Alert[])[] => {
  const groups = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const key = `${alert.rule}|${alert.direction}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [alert]);
    else group.push(alert);
  }
  return [...groups.values()];
};

/**
 * Of the candidates of one close, rule and direction whose returns have gone together (correlation of the 96 bars before, at
 * least `threshold`), one is told for all: the others are withheld with its id, and it lists them (`peers`). Without a
 * cross-section nothing is known to go together, and every alert passes.
 *
 * ```
 * close$                            -a-|   A and B have gone together, C has not
 * filterCloses([correlation 0.8])   -X-|   A with B as its peer, and C
 * ```
 */
export const correlation = ({ threshold, strengthOf }: CorrelationOptions): CloseFilter => ({
  decide: (alerts, close) => {
    const { section } = close;
    const singles = alerts.filter(({ kind }) => kind === 'single');
    if (section == null || singles.length < 2) return {};
    const bySymbol = new Map(close.judged.map((judged) => [judged.bar.symbol, judged]));
    const candidateOf = (alert: Alert) => ({
      id: alert.id,
      symbol: alert.symbol,
      strength: strengthOf(alert),
      quoteVolume: numberOf(bySymbol.get(alert.symbol)?.values ?? {}, 'liquidityPerHour'),
    });
    const withheld = new Map<string, Withheld>();
    const annotated = new Map<string, Annotation>();
    for (const together of byRule(singles))
      for (const [first, ...others] of groupAlike(together.map(candidateOf), (a, b) => section.correlation(a, b), threshold)) {
        if (first === undefined || others.length === 0) continue;
        annotated.set(first.id, { peers: others.map(({ symbol }) => symbol).sort() });
        for (const { id } of others) withheld.set(id, { by: 'correlation', mergedInto: first.id });
      }
    return { withheld, annotated };
  },
});
