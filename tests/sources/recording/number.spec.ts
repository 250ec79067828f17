import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NOT_A_NUMBER, readNumber } from '../../../src/sources/recording/number.js';

const parsed = (text: string): number => {
  const bytes = Buffer.from(`7,${text},7`);
  const place = { at: 2 };
  const value = readNumber(bytes, place, bytes.length);
  expect(place.at).toBe(bytes.length - 2);
  return value;
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

it('the last cell of a row ends with the row', () => {
  const place = { at: 2 };
  expect([readNumber(Buffer.from('7,1.58'), place, 5), place.at]).toEqual([1.5, 5]);
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
