import { describe, expect, it } from 'vitest';
import type { Mark } from '../../../src/model/alert.js';
import type { Values } from '../../../src/model/reading.js';
import type { Direction } from '../../../src/model/verdict.js';
import type { CloseFilter } from '../../../src/operators/filters/filter-closes.js';
import { gate } from '../../../src/operators/filters/gate.js';
import { liquidity } from '../../../src/operators/filters/liquidity.js';
import { regime } from '../../../src/operators/filters/regime.js';
import { spread } from '../../../src/operators/filters/spread.js';
import { trend } from '../../../src/operators/filters/trend.js';
import { alertAt, closeAt, judgedOf } from '../../support/parts.js';

/** What a gate says of one alert whose bar has these values: the reason it is withheld for, its marks, or that it passes. */
const fate = (filter: CloseFilter, values: Values, direction: Direction = 'up'): string => {
  const alert = alertAt(0, 'A', direction);
  const close = closeAt(0, [alert], { judged: [{ ...judgedOf('A', 0), values }, { ...judgedOf('B', 0), values: {} }] });
  const { withheld, annotated } = filter.decide([alert], close);
  return withheld?.get(alert.id)?.by ?? annotated?.get(alert.id)?.marks?.join(' ') ?? 'passes';
};

describe('gate', () => {
  it('looks at the values of the bar of each alert, and at nothing where there is none', () => {
    const seen: Values[] = [];
    const filter = gate('mute', (values) => {
      seen.push(values);
      return 'pass';
    });
    const alerts = ['A', 'B', 'C'].map((symbol) => alertAt(0, symbol));
    filter.decide(alerts, closeAt(0, alerts, { judged: ['A', 'B'].map((symbol, i) => ({ ...judgedOf(symbol, 0), values: { n: i } })) }));
    expect(seen).toStrictEqual([{ n: 0 }, { n: 1 }, {}]);
  });

  it('adds its mark to those that are there', () => {
    const alert = { ...alertAt(0), marks: ['wide-spread'] as const };
    const { annotated } = gate('trend', () => 'trend-unknown').decide([alert], closeAt(0, [alert]));
    expect(annotated?.get(alert.id)?.marks).toStrictEqual<Mark[]>(['wide-spread', 'trend-unknown']);
  });
});

describe('liquidity', () => {
  it.each([
    [10_000, 'low', 'passes'],
    [10_000 - 1e-9, 'low', 'passes'], // up to rounding
    [9_999.99, 'low', 'liquidity'],
    ['no-data', 'low', 'liquidity'],
    ['no-data', 'high', 'liquidity-unknown'],
  ] as const)('of %s with unknown as %s: %s', (liquidityPerHour, unknown, expected) => {
    expect(fate(liquidity({ level: 10_000, unknown }), { liquidityPerHour })).toBe(expected);
  });
});

describe('spread', () => {
  it.each([
    [20, 'withhold', 'passes'],
    [20.1, 'withhold', 'spread'],
    [20.1, 'mark', 'wide-spread'],
    ['no-data', 'withhold', 'spread-unknown'],
    [0, 'mark', 'passes'],
  ] as const)('of %s basis points, where a wide one is to %s: %s', (spread_bp, wide, expected) => {
    expect(fate(spread({ limitBp: 20, wide }), { spread_bp })).toBe(expected);
  });

  it('that nobody has measured passes, and says so', () => {
    expect(fate(spread({ limitBp: 20, wide: 'withhold' }), {})).toBe('spread-unknown');
  });
});

describe('trend', () => {
  const states = ['trend_state', 'trend_state@1h'];
  it.each([
    [1, 1, 'up', 'passes'],
    [1, 1, 'down', 'trend'],
    [-1, -1, 'down', 'passes'],
    [1, 0, 'up', 'trend'],
    [1, -1, 'up', 'trend'],
    [1, 'warmup', 'up', 'passes'], // aligned over those that are available (signals.md §4.3)
    [0, 'warmup', 'up', 'trend'],
    ['warmup', 'gap', 'up', 'trend-unknown'],
  ] as const)('of %s, and %s in the hour, for a move %s: %s', (own, hour, direction, expected) => {
    expect(fate(trend({ states }), { trend_state: own, 'trend_state@1h': hour }, direction)).toBe(expected);
  });
});

describe('regime', () => {
  it.each([
    [1, ['trending'], 'passes'],
    [0, ['trending'], 'regime'],
    [0, ['trending', 'mixed'], 'passes'],
    [-1, ['trending', 'mixed'], 'regime'],
    [-1, ['ranging'], 'passes'],
    ['warmup', ['ranging'], 'regime-unknown'],
  ] as const)('of %s where %s are wanted: %s', (regime10, allowed, expected) => {
    expect(fate(regime({ allowed }), { regime10 })).toBe(expected);
  });
});
