import { describe, expect, it } from 'vitest';
import {
  annualFundingPercent,
  latestBefore,
  openInterestChangePercent,
  openInterestQuadrant,
  spreadBp,
  spreadOfMinute,
} from '../../src/model/snapshots.js';

describe('a snapshot', () => {
  const taken = [
    { atMs: 100, value: 'a' },
    { atMs: 200, value: 'b' },
    { atMs: 300, value: 'c' },
  ];
  it.each([
    ['the nearest before the decision', 250, 100, { value: 'b', ageMs: 50 }],
    ['never the one of the very moment, nor a later one', 300, 100, { value: 'b', ageMs: 100 }],
    ['none that is too old', 301 + 100, 100, null],
    ['the last one as long as it is not', 400, 100, { value: 'c', ageMs: 100 }],
    ['none before the first', 100, 1_000, null],
  ])('is %s', (_, atMs, maxAgeMs, expected) => expect(latestBefore(taken, atMs, maxAgeMs)).toEqual(expected));
});

describe('the spread', () => {
  it.each([
    [99.9, 100.1, 20],
    [100, 100, 0],
    [101, 100, 'no-data'],
    [0, 1, 'no-data'],
    [NaN, 1, 'no-data'],
  ] as const)('of %d and %d is %s', (bid, ask, expected) => {
    const spread = spreadBp(bid, ask);
    if (typeof expected === 'string') expect(spread).toBe(expected);
    else expect(spread).toBeCloseTo(expected, 9);
  });
  it('of a minute is its median', () => {
    expect([spreadOfMinute([3, 90, 1]), spreadOfMinute([4, 1]), spreadOfMinute([])]).toEqual([3, 2.5, 'no-data']);
  });
});

describe('funding', () => {
  it.each([
    [0.0001, 8, 10.95],
    [0.0001, 4, 21.9],
    [-0.0001, 1, -87.6],
    [0.0001, 0, 'no-data'],
    [NaN, 8, 'no-data'],
  ] as const)('%d every %i hours is %s %% a year', (rate, hours, expected) => {
    const annual = annualFundingPercent(rate, hours);
    if (typeof expected === 'string') expect(annual).toBe(expected);
    else expect(annual).toBeCloseTo(expected, 9);
  });
});

describe('open interest', () => {
  it('changes in percent of what it was', () => {
    expect(
      [openInterestChangePercent(103, 100), openInterestChangePercent(97, 100)].map((value) => Math.round(Number(value))),
    ).toEqual([3, -3]);
    expect(openInterestChangePercent(103, 0)).toBe('no-data');
  });
  it.each([
    ['up', 1, 'new-longs'],
    ['up', -1, 'short-covering'],
    ['down', 1, 'new-shorts'],
    ['down', -1, 'long-liquidation'],
    ['up', 0.49, 'flat'],
    ['down', -0.49, 'flat'],
    ['up', 0.5, 'new-longs'],
  ] as const)('%s with %d %% is called %s', (direction, change, expected) =>
    expect(openInterestQuadrant(direction, change)).toBe(expected),
  );
});
