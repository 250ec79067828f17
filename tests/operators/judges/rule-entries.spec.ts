import { describe, expect, it } from 'vitest';
import type { RuleEntry } from '../../../src/operators/judges/rule-entries.js';
import { escalationOf, ruleEntries, ruleOf } from '../../../src/operators/judges/rule-entries.js';
import { conditionSchema, numberInUnitOf, shorterThan } from '../../../src/operators/judges/rule-settings.js';

// What is refused, and in which words, is in tests/config/rules.spec.ts.

const entriesOf = (...list: readonly object[]): readonly RuleEntry[] => ruleEntries.parse(list);
const ruleNames = (...list: readonly object[]): readonly string[] =>
  entriesOf(...list).map((entry) => {
    const { id, interval, measures, longer = [] } = ruleOf(entry);
    return [id, interval ?? 'all', ...measures.map(({ name }) => name), ...longer.map((each) => `${each.measure.name}@${each.interval}`)].join(' ');
  });

describe('an entry of the list of rules', () => {
  it('is a rule of conditions, which reads what its conditions name', () => {
    const when = [{ measure: 'm_1', atLeast: 3 }, { any: [{ measure: 'er10', above: 0.5 }, { measure: 'm_1@1h', atLeast: 1 }] }];
    expect(ruleNames({ id: 'a', direction: 'up', when }, { use: 'conditions', id: 'b', direction: 'up', interval: '15m', when: [{ measure: 'm_1', atLeast: 3 }] })).toStrictEqual([
      'a all m_1 er10 m_1@1h',
      'b 15m m_1',
    ]);
  });

  it('reads the twin of a measure where it judges falls too', () => {
    const when = [{ measure: 'breakout20', above: 0 }, { measure: 'breakout20@1h', above: 0 }];
    expect(ruleNames({ id: 'a', direction: 'both', when }, { id: 'b', direction: 'up', when })).toStrictEqual([
      'a all breakout20 breakout_down20 breakout20@1h breakout_down20@1h',
      'b all breakout20 breakout20@1h',
    ]);
  });

  it('is a rule of another pipeline, with that one’s defaults', () => {
    expect(entriesOf({ use: 'momentum' }, { use: 'classic', id: 'old' })).toMatchObject([
      { id: 'momentum', moveThreshold: 3, volumeLogZThreshold: 3 },
      { id: 'old', lookbackBars: 8, priceThreshold: 5 },
    ]);
    expect(ruleNames({ use: 'momentum', interval: '1h' }, { use: 'classic', id: 'old' }).map((name) => name.split(' ').slice(0, 2))).toStrictEqual([['momentum', '1h'], ['old', 'all']]);
  });

  it('says by how much a move must have grown, in the unit of its measure', () => {
    const escalations = entriesOf(
      { use: 'momentum', escalation: { measure: 'm_1', step: 2 } },
      { use: 'classic', escalation: { measure: 'changePct', step: '2.5%' } },
      { id: 'a', direction: 'up', when: [{ measure: 'm_1', atLeast: 3 }] },
    ).map(escalationOf);
    expect(escalations).toStrictEqual([{ measure: 'm_1', step: 2 }, { measure: 'changePct', step: 2.5 }, null]);
  });
});

describe('a condition as it is written', () => {
  it.each([
    [{ measure: 'roc_1', atMost: '-2.5%' }, { measure: 'roc_1', comparison: 'atMost', value: -2.5, reset: null, bars: 1 }],
    [{ measure: 'm_1', below: -1, reset: 0, bars: 2 }, { measure: 'm_1', comparison: 'below', value: -1, reset: 0, bars: 2 }],
    [{ all: [{ measure: 'm_1', above: 0 }] }, { all: [{ measure: 'm_1', comparison: 'above', value: 0, reset: null, bars: 1 }] }],
  ])('%j is %j', (written, expected) => {
    expect(conditionSchema.parse(written)).toStrictEqual(expected);
  });

  it('has its number in the unit of the measure, or none', () => {
    const wrong: string[] = [];
    expect([numberInUnitOf('roc_1', '3%', (text) => void wrong.push(text)), numberInUnitOf('roc_1', 3, (text) => void wrong.push(text))]).toStrictEqual([3, null]);
    expect(wrong).toStrictEqual(['a percentage with its sign, such as 2.5%, because roc_1 is measured in %']);
  });

  it('must look at longer bars than those that are judged', () => {
    const when = [conditionSchema.parse({ any: [{ measure: 'm_1@1h', above: 0 }, { measure: 'm_1', above: 0 }] })];
    expect([shorterThan(when, '15m'), shorterThan(when, '1h'), shorterThan(when, '4h')]).toStrictEqual([[], ['m_1@1h'], ['m_1@1h']]);
  });
});
