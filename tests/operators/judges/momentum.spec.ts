import { describe, expect, it } from 'vitest';
import type { Reading, Values } from '../../../src/model/reading.js';
import type { MomentumSettings } from '../../../src/operators/judges/momentum.js';
import { momentumRule } from '../../../src/operators/judges/momentum.js';
import { barAt, windowOf } from '../../support/bars.js';
import { placed } from '../../support/parts.js';

const SETTINGS: MomentumSettings = {
  moveThreshold: 3,
  volumeLogZThreshold: 3,
  liquidityLevel: 10_000,
  unknownLiquidity: 'low',
  shortHistory: 'judge',
};
const LOUD: Values = { m_1: 3, volume_logz20: 3, volume_thin20: 0, liquidityPerHour: 10_000, roc_1: 2, volume_z20: 9 };

const verdicts = (values: Values = {}, settings: Partial<MomentumSettings> = {}, barCount = 400) => {
  const bar = placed(barAt(0));
  const reading: Reading = { bar, barCount, values: { ...LOUD, ...values }, window: windowOf([bar], 1) as Reading['window'] };
  const [up, down] = momentumRule({ ...SETTINGS, ...settings }).judge(reading);
  return { up: up!, down: down! };
};
const fired = (...given: Parameters<typeof verdicts>): string => {
  const { up, down } = verdicts(...given);
  return [up, down].filter((verdict) => verdict.fired).map(({ direction }) => direction).join() || 'nothing';
};

describe('the momentum rule', () => {
  it.each([
    ['exactly at every threshold',           {},                               'up'],
    ['the same move downwards',              { m_1: -3 },                      'down'],
    ['a move just too small',                { m_1: 2.999 },                   'nothing'],
    ['a fall just too small',                { m_1: -2.999 },                  'nothing'],
    ['a move short of it by rounding alone', { m_1: 3 - 1e-9 },                'up'],
    ['a fall short of it by rounding alone', { m_1: -3 + 1e-9 },               'down'],
    ['volume just too low',                  { volume_logz20: 2.999 },         'nothing'],
    ['volume far below the usual',           { volume_logz20: -9 },            'nothing'],
    ['a quarter of thin bars',               { volume_thin20: 5 },             'up'],
    ['more than a quarter of thin bars',     { volume_thin20: 6 },             'nothing'],
    ['a market just too thin',               { liquidityPerHour: 9_999 },    'nothing'],
    ['a move that nothing measures',         { m_1: 'gap' },                   'nothing'],
    ['volume that never varied',             { volume_logz20: 'zero-variance' }, 'nothing'],
    ['liquidity unknown',                    { liquidityPerHour: 'no-data' }, 'nothing'],
  ] as const)('%s', (_, values, expected) => {
    expect(fired(values)).toBe(expected);
  });

  it('takes unknown liquidity for high where it is told to, and known low liquidity still for low', () => {
    expect(fired({ liquidityPerHour: 'no-data' }, { unknownLiquidity: 'high' })).toBe('up');
    expect(fired({ liquidityPerHour: 9_999 }, { unknownLiquidity: 'high' })).toBe('nothing');
  });

  it.each([
    ['judge',  28, 'nothing', true],
    ['judge',  29, 'up',      true],
    ['judge', 293, 'up',      true],
    ['judge', 294, 'up',      false],
    ['skip',  293, 'nothing', true],
    ['skip',  294, 'up',      false],
  ] as const)('with shortHistory %s, bar number %i', (shortHistory, barCount, expected, isShort) => {
    expect(fired({}, { shortHistory }, barCount)).toBe(expected);
    expect(verdicts({}, { shortHistory }, barCount).up.shortHistory).toBe(isShort);
  });

  it('gives every condition with value, threshold and margin, whether it passed or not', () => {
    expect(verdicts({ m_1: -4 }).up.conditions).toStrictEqual([
      { measure: 'm_1', value: -4, threshold: 3, margin: -7, passed: false },
      { measure: 'warm', value: 400, threshold: 29, margin: 371, passed: true },
      { measure: 'volume_logz20', value: 3, threshold: 3, margin: 0, passed: true },
      { measure: 'liquidityPerHour', value: 10_000, threshold: 10_000, margin: 0, passed: true },
    ]);
    expect(verdicts({ m_1: -4 }).down.conditions[0]).toStrictEqual({ measure: 'm_1', value: -4, threshold: -3, margin: 1, passed: true });
  });

  it('says why a condition has no value', () => {
    const missing = verdicts({ m_1: 'warmup', volume_thin20: 6, liquidityPerHour: 'no-data' }).up.conditions;
    expect(missing.map(({ value, margin, reason }) => [value, margin, reason])).toStrictEqual([
      [null, null, 'warmup'],
      [400, 371, undefined],
      [null, null, 'zero-volume'],
      [null, null, 'no-data'],
    ]);
  });

  it('shows its values under their own names', () => {
    const { volume_thin20: _, ...shown } = LOUD;
    expect(verdicts().up.shown).toStrictEqual({ ...shown });
  });

  it('names the measures it reads, and no other', () => {
    expect(momentumRule(SETTINGS).measures.map(({ name }) => name).sort()).toStrictEqual(Object.keys(LOUD).sort());
  });
});
