import type { Measure } from '../../ports/measure.js';
import type { Rule } from '../../ports/rule.js';

const sizeOf = (measure: Measure): string => `${measure.name} ${measure.windowBars('15m')} ${measure.warmupBars('15m')}`;

/**
 * Everything that rules need of the bars, as text: what is measured, with how long a memory, of bars of which length. Rules of
 * which this is equal can take one another's place without a window changing.
 */
export const readsOf = (rules: readonly Rule[]): string => {
  const all = rules.flatMap(({ measures, longer = [], interval, mayFire }) => [
    `of ${interval ?? 'all'}`,
    ...(mayFire === undefined ? [] : ['of forming bars']),
    ...measures.map(sizeOf),
    ...longer.map((each) => `${sizeOf(each.measure)} of ${each.interval}`),
  ]);
  return [...new Set(all)].sort().join('\n');
};
