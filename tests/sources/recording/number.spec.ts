import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NOT_A_NUMBER, parseNumber } from '../../../src/sources/recording/number.js';

const parsed = (text: string): number => {
  const bytes = Buffer.from(`7,${text},7`);
  return parseNumber(bytes, 2, bytes.length - 2);
};

it.each([
  '0',
  '5.',
  '.5',
  '0.1',
  '1e-05',
  '1E5',
  '+1',
  '-2.5',
  '9007199254740993',
  '123456789012345678.125',
  `0.${'0'.repeat(30)}1`,
  '1e400',
])('%s is what Number says', (text) => {
  expect(parsed(text)).toBe(Number(text));
});

it.each(['abc', '.', '-', '1.2.3', '0x10', '1e', ' 1', '1 ', 'Infinity', 'NaN', '1_000', '١'])('"%s" is no number', (text) => {
  expect(parsed(text)).toBe(NOT_A_NUMBER);
});

it('no text is no value', () => {
  expect(parsed('')).toBeNaN();
});

it('every decimal is the very double that Number gives', () => {
  const digits = fc.stringMatching(/^\d{1,20}$/);
  const decimal = fc
    .tuple(digits, fc.option(fc.stringMatching(/^\d{0,26}$/)))
    .map(([whole, part]) => (part === null ? whole : `${whole}.${part}`));
  const sameAsNumber = (text: string): void => {
    expect(parsed(text)).toBe(Number(text));
  };
  fc.assert(fc.property(decimal, sameAsNumber), { numRuns: 5_000 });
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }).map(String), sameAsNumber), {
    numRuns: 2_000,
  });
});
