import { describe, expect, it } from 'vitest';
import { midRank } from '../../../../src/operators/market/parts/rank.js';
import type { EdgeCase } from '../../../support/golden.js';
import { readEdgeCases } from '../../../support/golden.js';
import { sharedPathOrSay } from '../../../support/shared.js';

const sorted = (...values: readonly number[]): Float64Array => Float64Array.from(values).sort();

describe('midRank', () => {
  it('counts those below, and half of those that are equal, itself among them', () => {
    const values = sorted(0.01, -0.02, 0.01, 0.03);
    expect([-0.02, 0.01, 0.03].map((each) => midRank(values, each))).toEqual([0.125, 0.5, 0.875]);
  });

  it('takes returns that differ by no more than 1e-12 for equal', () => {
    const values = sorted(0.01, 0.01 + 9e-13, 0.02);
    expect(midRank(values, 0.01)).toBe(1 / 3);
    expect(midRank(values, 0.01 + 9e-13)).toBe(1 / 3);
    expect(midRank(sorted(0.01, 0.01 + 3e-12, 0.02), 0.01)).toBe(0.5 / 3);
  });

  it('ranks one that is not among them as if it were', () => {
    expect(midRank(sorted(1, 2, 3), 2.5, false)).toBe(2.5 / 4);
    expect(midRank(sorted(1, 2, 3), 2, false)).toBe(2 / 4);
  });

  const path = sharedPathOrSay('comparing mid-ranks with the golden edge cases', 'golden/edge-cases.json');
  const cases: readonly EdgeCase[] = path === null ? [] : readEdgeCases(path, 'midrank');
  it.skipIf(path === null).each(cases)('golden edge case: $name', ({ input, expected }) => {
    const values = (input['values'] as readonly string[]).map(Number);
    expect(values.map((each) => midRank(sorted(...values), each))).toEqual(expected);
  });
});
