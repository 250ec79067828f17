import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSumTree } from '../../../src/operators/measures/parts/sum-tree.js';

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

describe('a tree of sums', () => {
  it('is the sum of its slots whatever was set before', () => {
    // Whole numbers: their sums are the same in every order. One level, two levels, and three.
    const slots = fc.constantFrom(1, 2, 12, 13, 96, 144, 145, 1_440);
    const sets = fc.array(fc.tuple(fc.nat(1_439), fc.integer({ min: -1e6, max: 1e6 })), { maxLength: 200 });
    fc.assert(
      fc.property(slots, sets, (count, each) => {
        const tree = createSumTree(count);
        const plain = Array.from({ length: count }, () => 0);
        expect(tree.sum()).toBe(0);
        for (const [place, value] of each) {
          tree.set(place % count, value);
          plain[place % count] = value;
          expect(tree.sum()).toBe(sumOf(plain));
        }
        tree.clear();
        expect(tree.sum()).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps nothing of a slot that has been set again, not even of one that was no number', () => {
    const tree = createSumTree(96);
    tree.set(95, NaN);
    expect(tree.sum()).toBeNaN();
    tree.set(95, 1e300);
    tree.set(0, 0.1);
    tree.set(95, 0.2);
    expect(tree.sum()).toBe(0.1 + 0.2);
  });
});
