import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlacedBar } from '../../../src/model/bar.js';
import type { Reading, Values } from '../../../src/model/reading.js';
import { createLayout } from '../../../src/model/row.js';
import type { Condition } from '../../../src/model/verdict.js';
import type { Comparison, Expression, Threshold } from '../../../src/operators/judges/conditions.js';
import { COMPARISONS, evaluate, isDirectional, passes, remembers, twinOf } from '../../../src/operators/judges/conditions.js';
import { barAt, windowOf } from '../../support/bars.js';
import { placed } from '../../support/parts.js';

const readingAt = (index: number, values: Values, given: Partial<PlacedBar> = {}): Reading => {
  const bar = placed(barAt(index), given);
  return { bar, barCount: index + 1, values, window: windowOf([bar], 1) as Reading['window'] };
};
const threshold = (given: Partial<Threshold> = {}): Threshold => ({ measure: 'm_1', comparison: 'atLeast', value: 3, reset: null, bars: 1, ...given });

/** Whether an expression holds at each of the values in turn. */
const held = (expression: Expression, values: readonly (Values | number)[], direction: 1 | -1 = 1): string => {
  const each = evaluate(expression, direction, 'when');
  return values.map((one, i) => (each(readingAt(i, typeof one === 'number' ? { m_1: one } : one), []) ? 'Y' : 'n')).join('');
};

describe('passes', () => {
  it.each<[Comparison, number, number, boolean]>([
    ['atLeast', 3, 3, true],
    ['atLeast', 3 - 1e-9, 3, true], // up to rounding (signals.md §9.5)
    ['atLeast', 2.999, 3, false],
    ['above', 3, 3, false],
    ['above', 3 + 1e-9, 3, false],
    ['above', 3.001, 3, true],
    ['atMost', 3, 3, true],
    ['atMost', 3 + 1e-9, 3, true],
    ['atMost', 3.001, 3, false],
    ['below', 3, 3, false],
    ['below', 3 - 1e-9, 3, false],
    ['below', 2.999, 3, true],
    ['atLeast', -3, -3, true],
    ['below', -3.001, -3, true],
  ])('%s: %f against %f is %s', (comparison, value, level, expected) => {
    expect(passes(comparison, value, level)).toBe(expected);
  });

  it('says of every value exactly one of at least and below, and of at most and above', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double({ min: -1e6, max: 1e6, noNaN: true }), (value, level) => {
        expect(passes('atLeast', value, level)).toBe(!passes('below', value, level));
        expect(passes('atMost', value, level)).toBe(!passes('above', value, level));
      }),
    );
  });
});

describe('a condition', () => {
  it('tells value, threshold and margin, and where it stands', () => {
    const told: Condition[] = [];
    evaluate({ all: [threshold(), { any: [threshold({ measure: 'er10', comparison: 'atMost', value: 0.25 })] }] }, 1, 'when')(readingAt(0, { m_1: 4, er10: 0.5 }), told);
    expect(told).toStrictEqual([
      { measure: 'm_1', value: 4, threshold: 3, margin: 1, passed: true, path: 'when.all.0' },
      { measure: 'er10', value: 0.5, threshold: 0.25, margin: -0.25, passed: false, path: 'when.all.1.any.0' },
    ]);
  });

  it('without a value does not hold, and says why', () => {
    const told: Condition[] = [];
    const each = evaluate({ all: [threshold(), threshold({ measure: 'er10' })] }, 1, 'when');
    expect(each(readingAt(0, { m_1: 'warmup' }), told)).toBe(false);
    expect(told.map(({ value, margin, passed, reason }) => [value, margin, passed, reason])).toStrictEqual([
      [null, null, false, 'warmup'],
      [null, null, false, 'no-data'],
    ]);
  });

  it('of a directional measure is turned round for a fall, and of another is not', () => {
    const told: Condition[] = [];
    const both: Expression = { all: [threshold(), threshold({ measure: 'volume_logz20' }), threshold({ value: 0, comparison: 'above' })] };
    expect(evaluate(both, -1, 'when')(readingAt(0, { m_1: -4, volume_logz20: 3.5 }), told)).toBe(true);
    expect(told.map(({ value, threshold: level, margin }) => [value, level, margin])).toStrictEqual([[-4, -3, 1], [3.5, 3, 0.5], [-4, 0, 4]]);
  });

  it('of a measure with a twin reads the twin for a fall', () => {
    expect(held(threshold({ measure: 'breakout20', value: 0 }), [{ breakout20: -9, breakout_down20: 1 }], -1)).toBe('Y');
    expect(['breakout20', 'breakout20@1h', 'breakout_down20', 'm_1'].map(twinOf)).toStrictEqual(['breakout_down20', 'breakout_down20@1h', 'breakout20', 'm_1']);
  });

  it.each([
    ['m_1', true], ['roc_16', true], ['logret_1', true], ['zr_1', true], ['accel_4', true], ['slope4', true], ['trend_state', true],
    ['trend_state@1h', true], ['tbi', true], ['tbi_4', true], ['changePct', true],
    ['volume_z20', false], ['volume_logz20', false], ['atr14', false], ['er10', false], ['adx14', false], ['regime10', false], ['liquidityPerHour', false],
  ])('%s is directional: %s', (measure, expected) => {
    expect(isDirectional(measure)).toBe(expected);
  });
});

describe('groups', () => {
  const [yes, no] = [threshold({ value: 0 }), threshold({ value: 9 })];
  it.each<[string, Expression, string]>([
    ['all of them',          { all: [yes, yes] }, 'Y'],
    ['all but one',          { all: [yes, no, yes] }, 'n'],
    ['any of them',          { any: [no, yes] }, 'Y'],
    ['none of them',         { any: [no, no] }, 'n'],
    ['any of all',           { any: [{ all: [yes, no] }, { all: [yes, yes] }] }, 'Y'],
    ['all of any',           { all: [{ any: [no, yes] }, { any: [no, no] }] }, 'n'],
  ])('%s', (_, expression, expected) => {
    expect(held(expression, [1])).toBe(expected);
  });

  it('look at every condition, also where the others have decided', () => {
    const told: Condition[] = [];
    evaluate({ any: [yes, { all: [no, no] }] }, 1, 'when')(readingAt(0, { m_1: 1 }), told);
    expect(told).toHaveLength(3);
  });
});

describe('hysteresis', () => {
  it.each<[string, Partial<Threshold>, readonly (Values | number)[], string]>([
    ['begins at the value and ends below the reset',      { reset: 2 }, [2.5, 3, 2.5, 2, 1.9, 2.5, 3], 'nYYYnnY'],
    ['without a reset begins and ends at the value',      {}, [2.5, 3, 2.9, 3], 'nYnY'],
    ['of at most ends above the reset',                   { comparison: 'atMost', value: 1, reset: 2 }, [1.5, 1, 1.5, 2, 2.1, 1.5], 'nYYYnn'],
    ['of above ends at the reset',                        { comparison: 'above', reset: 2 }, [3, 3.1, 2.1, 2, 2.5], 'nYYnn'],
    ['of below ends at the reset',                        { comparison: 'below', value: 1, reset: 2 }, [1, 0.9, 1.9, 2, 1.5], 'nYYnn'],
    ['ends where there is no value',                      { reset: 2 }, [3, { m_1: 'gap' }, 2.5, 3], 'YnnY'],
  ])('%s', (_, given, values, expected) => {
    expect(held(threshold(given), values)).toBe(expected);
  });

  it('tells the level that was asked for: the reset while it holds', () => {
    const each = evaluate(threshold({ reset: 2 }), 1, 'when');
    const levels = [3, 2.5, 1, 2.5].map((m_1, i) => {
      const told: Condition[] = [];
      each(readingAt(i, { m_1 }), told);
      return told[0]?.threshold;
    });
    expect(levels).toStrictEqual([3, 2, 2, 3]);
  });

  it('of a fall is the mirror image', () => {
    expect(held(threshold({ reset: 2 }), [-2.5, -3, -2.5, -2, -1.9, -2.5], -1)).toBe('nYYYnn');
  });
});

describe('bars in a row', () => {
  it.each<[string, Partial<Threshold>, readonly (Values | number)[], string]>([
    ['three of them, the judged one included',   { bars: 3 }, [3, 3, 3, 3, 1, 3, 3, 3], 'nnYYnnnY'],
    ['broken by a bar without a value',          { bars: 2 }, [3, { m_1: 'gap' }, 3, 3], 'nnnY'],
    ['held by the reset in between',             { bars: 3, reset: 2 }, [3, 2, 2, 1], 'nnYn'],
  ])('%s', (_, given, values, expected) => {
    expect(held(threshold(given), values)).toBe(expected);
  });

  it('are broken by a hole', () => {
    const each = evaluate(threshold({ bars: 2 }), 1, 'when');
    const say = (index: number, given: Partial<PlacedBar> = {}): boolean => each(readingAt(index, { m_1: 3 }, given), []);
    expect([say(0), say(2, { follows: 'gap' }), say(3)]).toStrictEqual([false, false, true]);
  });

  it('are told beside the value', () => {
    const told: Condition[] = [];
    evaluate(threshold({ bars: 3 }), 1, 'when.0')(readingAt(0, { m_1: 4 }), told);
    expect(told[1]).toStrictEqual({ measure: 'bars of m_1', value: 1, threshold: 3, margin: -2, passed: false, path: 'when.0' });
  });
});

describe('an expression', () => {
  it('remembers when a condition in it does, however deep', () => {
    expect(remembers({ any: [threshold(), { all: [threshold()] }] })).toBe(false);
    expect(remembers({ any: [threshold(), { all: [threshold({ bars: 2 })] }] })).toBe(true);
    expect(remembers(threshold({ reset: 1 }))).toBe(true);
  });

  it('that holds for a reading holds for a rise exactly when its mirror image holds for the mirrored reading', () => {
    const leaf = fc.record({ measure: fc.constant('m_1'), comparison: fc.constantFrom(...COMPARISONS), value: fc.integer({ min: -5, max: 5 }), reset: fc.constant(null), bars: fc.integer({ min: 1, max: 3 }) });
    const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
      tree: fc.oneof({ maxDepth: 2 }, leaf, fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })), fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any) => ({ any }))),
    }));
    fc.assert(
      fc.property(tree, fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 12 }), (expression, values) => {
        expect(held(expression, values)).toBe(held(expression, values.map((value) => -value), -1));
      }),
    );
  });

  it('says the same when nothing is to be written, of what remembers nothing', () => {
    const leaf = fc.record({ measure: fc.constantFrom('m_1', 'er10'), comparison: fc.constantFrom(...COMPARISONS), value: fc.integer({ min: -5, max: 5 }), reset: fc.constant(null), bars: fc.constant(1) });
    const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
      tree: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })), fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any) => ({ any }))),
    }));
    const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constant('gap' as const));
    const direction = fc.constantFrom(1 as const, -1 as const);
    fc.assert(
      fc.property(tree, direction, fc.array(fc.record({ m_1: value, er10: value }), { maxLength: 8 }), (expression, sign, values) => {
        const each = evaluate(expression, sign, 'when');
        values.forEach((one, i) => {
          const [reading, layout] = [readingAt(i, one), createLayout(i % 2 === 0 ? ['m_1', 'er10'] : ['er10'])];
          const row = { layout, cells: layout.names.map((name) => one[name as 'm_1' | 'er10']) };
          expect(each(reading, null)).toBe(each(reading, []));
          // A row that lacks what is asked for is one where it is not known.
          const known = { ...reading, values: layout.valuesOf(row) };
          expect(each({ ...reading, row }, null)).toBe(each(known, []));
        });
      }),
    );
  });
});
