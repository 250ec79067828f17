import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyOf } from '../../src/model/wildcard.js';

describe('anyOf', () => {
  it.each([
    ['BTCUSDT', 'BTCUSDT', true],
    ['BTCUSDT', 'BTCUSDTX', false],
    ['BTC*', 'BTC', true],
    ['*USDT', '币安人生USDT', true],
    ['1000*USDT', '1000SHIBUSDC', false],
    ['*A*A*', 'AA', true],
    ['*A*A*', 'A', false],
    ['A*A', 'A', false],
    ['.*', 'BTC', false],
    ['*', '', true],
    ['__proto__', '__proto__', true],
  ])('%s takes %s: %s', (pattern, text, fits) => {
    expect(anyOf([pattern])(text)).toBe(fits);
    expect(anyOf(['NOTHING', pattern])(text)).toBe(fits);
  });

  it('takes nothing without a pattern', () => {
    expect(anyOf([])('BTCUSDT')).toBe(false);
  });

  it('agrees with a regular expression', () => {
    const few = fc.string({ unit: fc.constantFrom('A', 'B', '*'), maxLength: 8 });
    fc.assert(
      fc.property(few, fc.string({ unit: fc.constantFrom('A', 'B'), maxLength: 12 }), (pattern, text) => {
        expect(anyOf([pattern])(text)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text));
      }),
    );
  });
});
