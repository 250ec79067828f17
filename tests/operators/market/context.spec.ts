import { describe, expect, it } from 'vitest';
import type { Values } from '../../../src/model/reading.js';
import type { Section } from '../../../src/model/section.js';
import type { Direction } from '../../../src/model/verdict.js';
import { alignmentOf, contextMeasures, trendNames, withContext } from '../../../src/operators/market/context.js';
import type { Sectioned } from '../../../src/operators/market/sections.js';
import { alertAt, judgedOf } from '../../support/parts.js';

const VALUES: Values = {
  m_1: 3, volume_logz20: 3.5, volume_thin20: 0, natr14_before: 1, breakout20: 0.5, breakout_down20: -4, trend_state: 1, 'trend_state@1h': -1, tbi: 0.2,
};
const SECTION: Section = {
  count: 100, index: 0.01, bitcoin: null, breadthUp: 0.2, breadthDown: 0.1,
  standings: new Map([['BTCUSDT', { rank: 0.75, beta: 1.5, excess: 0.0225, excessAtr: 2.25 }]]),
  correlation: () => null,
};

const told = (direction: Direction, values: Values = VALUES, sectioned: Sectioned = { section: SECTION }) =>
  withContext(alertAt(0, 'BTCUSDT', direction), { ...judgedOf('BTCUSDT', 0, direction), values }, sectioned, ['1h']);

describe('an alert in its context', () => {
  it('shows its place in the market, the trends and its strength', () => {
    const alert = told('up');
    expect(alert.measures).toStrictEqual({
      pct: 0.75, market_median: 0.01, beta_raw: 1.5, excess: 0.0225, excess_atr: 2.25, breadth: 0.2,
      trend_state: 1, 'trend_state@1h': -1, alignment: 0.5, breakout20: 0.5, tbi: 0.2,
    });
    expect(alert.reasons).toStrictEqual({});
    expect(alert.strength).toMatchObject({ value: 5, coverage: 1, version: 1 });
    expect(alert.id).toBe(alertAt(0).id);
  });

  it('turns what has a direction when it falls', () => {
    const fall: Values = { ...VALUES, m_1: -3, tbi: -0.2, breakout_down20: 0.5 };
    const section = { ...SECTION, standings: new Map([['BTCUSDT', { rank: 0.25, beta: 1.5, excess: -0.0225, excessAtr: -2.25 }]]) };
    const alert = told('down', fall, { section });
    expect(alert.strength?.value).toBe(5);
    expect(alert.measures).toMatchObject({ pct: 0.25, breadth: 0.1, breakout_down20: 0.5, excess_atr: -2.25 });
    expect(alert.measures).not.toHaveProperty('breakout20');
  });

  it('says why there is no place in the market, and is worth less for it', () => {
    const alert = told('up', VALUES, { section: null, reason: 'small-universe' });
    expect(alert.measures).toMatchObject({ pct: null, market_median: null, beta_raw: null, excess: null, excess_atr: null, breadth: null, alignment: 0.5 });
    expect(alert.reasons).toStrictEqual({ pct: 'small-universe', market_median: 'small-universe', beta_raw: 'small-universe', excess: 'small-universe', excess_atr: 'small-universe', breadth: 'small-universe' });
    expect(alert.strength).toMatchObject({ value: 3.75, coverage: 0.75 });
  });

  it('gives no value to what is not known', () => {
    const alert = told('up', { m_1: 3 }, { section: { ...SECTION, standings: new Map() } });
    expect(alert.reasons).toMatchObject({ pct: 'gap', alignment: 'no-data', tbi: 'no-data', breakout20: 'no-data' });
    expect(alert.strength).toMatchObject({ value: null, coverage: 0.3 });
  });

  it('does not believe a score of volumes of which too many are at the floor', () => {
    expect(told('up', { ...VALUES, volume_thin20: 5 }).strength?.coverage).toBe(1);
    expect(told('up', { ...VALUES, volume_thin20: 6 }).strength?.coverage).toBe(0.75);
  });

  it('leaves what the rule shows as it is', () => {
    const judged = { ...judgedOf('BTCUSDT', 0, 'up'), values: VALUES };
    const alert = { ...alertAt(0), measures: { tbi: 0.9 } };
    expect(withContext(alert, judged, { section: SECTION }, []).measures['tbi']).toBe(0.9);
  });
});

describe('alignment', () => {
  it.each([
    ['all of two', [1, 1], 'up', 1],
    ['one of two', [1, 0], 'up', 0.5],
    ['none for a fall', [1, 0], 'down', 0],
    ['of those that are known', [-1, 'gap'], 'down', 1],
    ['none known', ['warmup', 'gap'], 'up', 'warmup'],
  ] as const)('%s', (_, states, direction, expected) => expect(alignmentOf(states, direction)).toBe(expected));

  it('looks at the judged bars and at longer ones', () => {
    expect(trendNames(['1h', '4h'])).toEqual(['trend_state', 'trend_state@1h', 'trend_state@4h']);
  });
});

describe('the context measures', () => {
  it('are what the cross-section and the strength read', () => {
    expect(contextMeasures.map(({ name }) => name).sort()).toEqual(Object.keys(VALUES).filter((name) => !name.includes('@')).sort());
  });
});
