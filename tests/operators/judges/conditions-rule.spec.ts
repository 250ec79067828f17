import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { PlacedBar } from '../../../src/model/bar.js';
import type { Reading, Values } from '../../../src/model/reading.js';
import type { Judged } from '../../../src/model/verdict.js';
import type { Threshold } from '../../../src/operators/judges/conditions.js';
import type { ConditionsSettings } from '../../../src/operators/judges/conditions-rule.js';
import { conditionsRule } from '../../../src/operators/judges/conditions-rule.js';
import { judge } from '../../../src/operators/judges/judge.js';
import { readsOf } from '../../../src/operators/judges/reads.js';
import { normalisedMove, rateOfChange, trendState } from '../../../src/operators/measures/index.js';
import { barAt, windowOf } from '../../support/bars.js';
import { marbles } from '../../support/marbles.js';
import { placed } from '../../support/parts.js';

const threshold = (given: Partial<Threshold> = {}): Threshold => ({ measure: 'm_1', comparison: 'atLeast', value: 3, reset: null, bars: 1, ...given });
const settings = (given: Partial<ConditionsSettings> = {}): ConditionsSettings => ({
  id: 'mine',
  version: 2,
  interval: null,
  direction: 'up',
  when: [threshold()],
  measures: [normalisedMove(1)],
  longer: [],
  shortHistory: 'judge',
  liquidityLevel: null,
  unknownLiquidity: 'low',
  ...given,
});
const readingAt = (index: number, values: Values, given: Partial<PlacedBar> = {}): Reading => {
  const bar = placed(barAt(index), given);
  return { bar, barCount: index + 1, values, window: windowOf([bar], 1) as Reading['window'] };
};
const said = (given: Partial<ConditionsSettings>, values: Values, index = 400) =>
  conditionsRule(settings(given)).judge(readingAt(index, values)).map(({ direction, fired }) => `${direction} ${fired}`);

describe('a rule of conditions', () => {
  it('fires when all of them hold, and tells each', () => {
    const rule = conditionsRule(settings({ when: [threshold(), { any: [threshold({ measure: 'roc_1', value: 5 }), threshold({ measure: 'roc_1', comparison: 'below', value: 1 })] }] }));
    expect(rule.judge(readingAt(400, { m_1: 4, roc_1: 0.5 }))).toStrictEqual([
      {
        rule: 'mine',
        ruleVersion: 2,
        direction: 'up',
        fired: true,
        conditions: [
          { measure: 'm_1', value: 4, threshold: 3, margin: 1, passed: true, path: 'when.0' },
          { measure: 'roc_1', value: 0.5, threshold: 5, margin: -4.5, passed: false, path: 'when.1.any.0' },
          { measure: 'roc_1', value: 0.5, threshold: 1, margin: 0.5, passed: true, path: 'when.1.any.1' },
          { measure: 'warm', value: 401, threshold: 29, margin: 372, passed: true },
        ],
        shown: { m_1: 4 },
        shortHistory: false,
      },
    ]);
    expect(rule.judge(readingAt(400, { m_1: 2, roc_1: 0.5 }))[0]).toMatchObject({ fired: false, shown: {} });
  });

  it.each<[string, Partial<ConditionsSettings>, Values, readonly string[]]>([
    ['in both directions is turned round for a fall', { direction: 'both' }, { m_1: -4 }, ['up false', 'down true']],
    ['downward is taken as it is written', { direction: 'down', when: [threshold({ comparison: 'atMost', value: -3 })] }, { m_1: -4 }, ['down true']],
    ['asks for liquidity where it is told to', { liquidityLevel: 10_000 }, { m_1: 4, liquidityPerHour: 9_000 }, ['up false']],
    ['and is content where there is enough', { liquidityLevel: 10_000 }, { m_1: 4, liquidityPerHour: 10_000 }, ['up true']],
    ['takes unknown liquidity for little', { liquidityLevel: 10_000 }, { m_1: 4, liquidityPerHour: 'no-data' }, ['up false']],
    ['or for enough', { liquidityLevel: 10_000, unknownLiquidity: 'high' }, { m_1: 4, liquidityPerHour: 'no-data' }, ['up true']],
  ])('%s', (_, given, values, expected) => {
    expect(said(given, values)).toStrictEqual(expected);
  });

  it('judges a young series from the 29th bar, or from the end of its warm-up, and says that it is young', () => {
    const firedAt = (shortHistory: 'judge' | 'skip', bars: number): readonly (boolean | undefined)[] => {
      const [verdict] = conditionsRule(settings({ shortHistory })).judge(readingAt(bars - 1, { m_1: 4 }));
      return [verdict?.fired, verdict?.shortHistory];
    };
    expect([28, 29, 293, 294].map((bars) => firedAt('judge', bars))).toStrictEqual([[false, true], [true, true], [true, true], [true, false]]);
    expect([293, 294].map((bars) => firedAt('skip', bars)[0])).toStrictEqual([false, true]);
  });

  it('needs no more warm-up than its measures do', () => {
    const rule = conditionsRule(settings({ measures: [rateOfChange(1)], when: [threshold({ measure: 'roc_1' })], shortHistory: 'skip' }));
    expect([1, 2].map((bars) => rule.judge(readingAt(bars - 1, { roc_1: 4 }))[0]?.fired)).toStrictEqual([false, true]);
  });

  it('remembers only where it has to', () => {
    expect('start' in conditionsRule(settings())).toBe(false);
    expect('start' in conditionsRule(settings({ when: [threshold({ bars: 2 })] }))).toBe(true);
  });

  it('remembers for each series and direction, history included', marbles((m) => {
    const rule = conditionsRule(settings({ direction: 'both', when: [threshold({ bars: 2 })] }));
    const at = (index: number, m_1: number, given: Partial<PlacedBar> = {}): Reading => readingAt(400 + index, { m_1 }, given);
    const reading$ = m.hot('-abxcd-|', { a: at(0, 4, { timing: 'history' }), b: at(1, 4), x: at(1, 4, { symbol: 'X' }), c: at(2, -4), d: at(3, -4) });
    const expected =       '--bxcd-|';
    const fired = ({ verdicts }: Judged): string => verdicts.filter((each) => each.fired).map(({ direction }) => direction).join();
    m.expect(reading$.pipe(judge([rule]), map(fired))).toBeObservable(expected, { b: 'up', x: '', c: '', d: 'down' });
  }));

  it('says what it reads: the measures, the liquidity where it asks for it, and longer bars', () => {
    const rule = conditionsRule(settings({ liquidityLevel: 1, interval: '15m', longer: [{ measure: trendState(), interval: '1h' }] }));
    expect(rule.measures.map(({ name }) => name)).toStrictEqual(['m_1', 'liquidityPerHour']);
    expect([rule.interval, rule.longer?.map(({ measure, interval }) => `${measure.name}@${interval}`)]).toStrictEqual(['15m', ['trend_state@1h']]);
    const [verdict] = rule.judge(readingAt(400, { m_1: 4, liquidityPerHour: 5, 'trend_state@1h': 1 }));
    expect(verdict?.shown).toStrictEqual({ m_1: 4, liquidityPerHour: 5, 'trend_state@1h': 1 });
  });
});

describe('readsOf', () => {
  const reads = (given: Partial<ConditionsSettings>): string => readsOf([conditionsRule(settings(given))]);
  it('is the same whatever the thresholds, and differs with anything that is measured', () => {
    expect(reads({ when: [threshold({ value: 9, reset: 1 })], direction: 'both', id: 'other' })).toBe(reads({}));
    const others = [{ measures: [normalisedMove(4)] }, { liquidityLevel: 1 }, { interval: '1h' as const }, { longer: [{ measure: trendState(), interval: '1h' as const }] }];
    expect(new Set([reads({}), ...others.map(reads)]).size).toBe(5);
    expect(reads({ measures: [normalisedMove(1), normalisedMove(1)] })).toBe(reads({}));
  });
});
