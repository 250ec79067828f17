import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../src/sinks/words/facts.js';
import { mannerOf } from '../../../src/sinks/words/measures.js';
import { changeText, decimal, percentText, quantity, rounded, significant } from '../../../src/sinks/words/numbers.js';
import { codePoints, cutTo, plain } from '../../../src/sinks/words/plain.js';
import { tell } from '../../../src/sinks/words/words.js';
import { AGAIN, alert, anyAlert, FIRST, OPEN_MS } from '../../support/alerts.js';

const told = (given: Parameters<typeof alert>[0]) => tell(alert(given), FIRST);
const bare = (facts: readonly Fact[]) => facts.map(({ label, value, need }) => ({ label, value, need }));

describe('an alert in words', () => {
  it('names the measures of the classic rule and the threshold it used', () => {
    const { facts } = told({
      measures: { spikePct: 312.4567, changePct: 5.5, liquidityPerHour: 1_234_567, volumeThresholdPct: 150 },
      reasons: {},
      conditions: [
        { measure: 'spikePct', value: 312.4567, threshold: 150, margin: 162.4567, passed: true },
        { measure: 'changePct', value: 5.5, threshold: 5, margin: 0.5, passed: true },
      ],
    });
    expect(bare(facts)).toStrictEqual([
      { label: 'volume over its mean', value: '312.5%', need: 'needs 150.0%' },
      { label: 'change open to close', value: '5.50%', need: 'needs 5.00%' },
      { label: 'liquidity', value: '1.23M quote/h', need: null },
      { label: 'volume threshold used', value: '150.0%', need: null },
      { label: 'volume of the bar', value: '1.23K base · 75M quote', need: null },
    ]);
  });

  it('shows a falling move with the sign its rule judged it by', () => {
    const conditions = [{ measure: 'm_1', value: -4.2, threshold: -3, margin: 1.2, passed: true }];
    expect(told({ direction: 'down', conditions })).toMatchObject({
      arrow: '▼',
      facts: [{ value: '-4.20 ATR', need: 'needs -3.00 ATR' }, {}, {}, {}, {}],
    });
  });

  it.each([
    ['warmup', 'n/a (not enough bars yet)'],
    ['gap', 'n/a (a bar is missing)'],
    ['zero-variance', 'n/a (what it is compared with does not vary)'],
    ['zero-volume', 'n/a (what it is compared with has no volume)'],
    ['no-data', 'n/a (the bar does not have it)'],
  ] as const)('says n/a and why for %s', (reason, value) => {
    expect(told({ measures: { atr14: null }, reasons: { atr14: reason }, conditions: [] }).facts[0]).toMatchObject({ value });
    const condition = { measure: 'atr14', value: null, threshold: 1, margin: null, passed: true, reason };
    expect(told({ measures: {}, reasons: {}, conditions: [condition] }).facts[0]).toMatchObject({ value });
  });

  it('shows a measure it does not know under its own name', () => {
    expect(bare(told({ measures: { 'my measure': 0.123456 }, conditions: [] }).facts.slice(0, 1))).toStrictEqual([
      { label: 'my measure', value: '0.1235', need: null },
    ]);
  });

  it.each([
    [{}, {}, null],
    [{ mayRepeat: true }, {}, 'may be a repeat: an earlier copy may have arrived'],
    [{ insteadOf: { sink: 'discord', unknown: false } }, {}, 'discord did not take it'],
    [{ insteadOf: { sink: 'discord', unknown: true } }, {}, 'nobody knows whether discord has it'],
    [{}, { silenced: { count: 4, sinceMs: OPEN_MS + 180_000 } }, 'suppressed 4 since 12:03 UTC'],
    [{}, { silenced: { count: 1, sinceMs: OPEN_MS - 43_260_000 } }, 'suppressed 1 since 2026-08-05 23:59 UTC'],
    [{}, { silenced: { count: 1, sinceMs: Number.NaN } }, 'suppressed 1 since a time unknown'],
  ])('says of a copy what is to be known of it: %j %j', (attempt, given, repeat) => {
    expect(tell(alert(given), { ...FIRST, ...attempt }).repeat).toBe(repeat);
  });

  it('does not round coverage up to the whole', () => {
    const share = (coverage: number) => told({ coverage }).data[0];
    expect(share(1)).toBe('100% of the expected series had arrived');
    expect(share(0.9999)).toBe('99.9% of the expected series had arrived');
    expect(share(0.987)).toBe('98.7% of the expected series had arrived');
    expect(share(0)).toBe('0% of the expected series had arrived');
  });

  it('names both days of a bar that ends on the next, in UTC', () => {
    expect(told({ openTimeMs: OPEN_MS + 11.75 * 3_600_000 }).time).toBe('2026-08-06 23:45–2026-08-07 00:00 UTC');
    expect(told({ interval: '1d', openTimeMs: OPEN_MS - 12 * 3_600_000 }).time).toBe('2026-08-06 00:00–2026-08-07 00:00 UTC');
  });

  it('speaks of youth and of repeats only where there is any', () => {
    expect(told({}).data).toHaveLength(2);
    expect(told({ shortHistory: true }).data).toHaveLength(3);
    expect(told({}).repeat).toBeNull();
    expect(tell(alert(), AGAIN).repeat).not.toBeNull();
  });

  it('never throws and never shows a number that is none', () => {
    fc.assert(
      fc.property(anyAlert, (any) => {
        const { facts, ...rest } = tell(
          { ...any, symbol: 'X', conditions: any.conditions.map((one) => ({ ...one, measure: 'm_1' })), measures: {} },
          FIRST,
        );
        expect(JSON.stringify([facts, rest])).not.toMatch(/NaN|Infinity|undefined/);
      }),
    );
  });
});

describe('numbers', () => {
  it.each([
    [61234.5, '61234.5'],
    [0.00001234, '0.00001234'],
    [1e-7, '0.0000001'],
    [1.25e-9, '0.00000000125'],
    [-1.5e-8, '-0.000000015'],
    [5e-324, '5e-324'],
    [1e21, '1e+21'],
  ])('a price keeps its own digits: %d', (value, text) => {
    expect(decimal(value)).toBe(text);
    expect(Number(text)).toBe(value);
  });

  it('any price reads back as itself', () => {
    fc.assert(fc.property(fc.double({ noNaN: true }), (value) => Number(decimal(value)) === value));
    fc.assert(fc.property(fc.double({ noNaN: true, min: 1e-18, max: 1e18 }), (value) => !decimal(value).includes('e')));
  });

  it('percentages have two decimals, one above a hundred, and a sign where asked', () => {
    expect([2.4134, 99.994, 312.45, -5].map(percentText)).toStrictEqual(['2.41%', '99.99%', '312.4%', '-5.00%']);
    expect([2.4134, -2.4134, 0, 0.001, -0.001].map(changeText)).toStrictEqual(['+2.41%', '-2.41%', '0.00%', '0.00%', '0.00%']);
  });

  it('the rest is as long as people read', () => {
    expect([rounded(-0.001, 2), rounded(4.2149, 2)]).toStrictEqual(['0.00', '4.21']);
    expect([999, 12_400, 74_999_999, 1.5e12].map(quantity)).toStrictEqual(['999', '12.4K', '75M', '1.5T']);
    expect([0.123456, 1234.5, 12_345_678, -1e-7].map(significant)).toStrictEqual(['0.1235', '1235', '12.3M', '-0.0000001']);
  });
});

describe('text from outside', () => {
  it('loses what a terminal obeys, what is invisible and what turns the line', () => {
    expect(plain('\u001b[31mred\u0007')).toBe('[31mred');
    expect(plain('a\u202eb\u2066c\u200bd\ufeff')).toBe('abcd');
    expect(plain('half\ud800')).toBe('half');
    expect(plain(' two\r\n\tlines\u2028 ')).toBe('two lines');
    expect(plain('币安人生USDT🚀')).toBe('币安人生USDT🚀');
  });

  it('is never empty', () => {
    for (const text of ['', '  ', '\u0000', '\ud800']) expect(plain(text)).toBe('?');
  });

  it('is cut between code points', () => {
    expect(cutTo('🦜🦜🦜', 3)).toBe('🦜🦜🦜');
    expect(cutTo('🦜🦜🦜🦜', 3)).toBe('🦜🦜…');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, max) => {
        expect(codePoints(cutTo(text, max))).toBe(Math.min(max, codePoints(text)));
      }),
    );
  });

  it('is cut and cleaned as the name of a measure too', () => {
    expect(mannerOf(`\u202e${'x'.repeat(100)}`).label).toBe(`${'x'.repeat(63)}…`);
    expect(mannerOf('toString').label).toBe('toString');
  });
});
