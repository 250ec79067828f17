import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noExtreme, seeExtreme } from '../../../src/operators/measures/parts/extreme.js';
import { meanOf, sampleScore, trailScore } from '../../../src/operators/measures/parts/standard-score.js';
import { createTrail } from '../../../src/operators/measures/parts/trail.js';
import { arbitraryBars, windowOf } from '../../support/bars.js';

const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 50, maxLength: 50 });

describe('a trail', () => {
  it('sums the latest numbers in the order of time, to the bit, wherever its ring begins', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 2, max: 21 }), fc.nat(30), (values, size, cleared) => {
        const trail = createTrail(size);
        values.forEach((value, i) => {
          if (i === cleared) trail.clear();
          trail.push(value);
          const seen = values.slice(i < cleared ? 0 : cleared, i + 1);
          expect(trail.isFull()).toBe(seen.length >= size);
          if (!trail.isFull()) return;
          const latest = seen.slice(-size);
          expect(trail.mean()).toBe(meanOf(latest));
          expect(trailScore(values[0] as number, trail)).toEqual(sampleScore(values[0] as number, latest));
        });
      }),
    );
  });

  it('has an unknown number for as long as it holds one', () => {
    const trail = createTrail(2);
    const known = [NaN, 1, 2, NaN, NaN, 3, 4].map((value) => {
      trail.push(value);
      return !trail.hasUnknown();
    });
    expect(known).toEqual([false, false, true, false, false, false, true]);
    trail.push(NaN);
    trail.clear();
    for (const value of [1, 2]) trail.push(value);
    expect([trail.hasUnknown(), trail.sum()]).toEqual([false, 3]);
  });
});

describe('the farthest of the latest bars', () => {
  it('is that of the bars looked through anew', () => {
    fc.assert(
      fc.property(arbitraryBars(80), fc.integer({ min: 1, max: 20 }), (bars, size) => {
        const [high, low] = [noExtreme(), noExtreme()];
        bars.forEach((_, i) => {
          const window = windowOf(bars.slice(Math.max(0, i + 1 - size), i + 1), size, i + 1);
          seeExtreme(high, window, size, 1);
          seeExtreme(low, window, size, -1);
          const latest = bars.slice(Math.max(0, i + 1 - size), i + 1);
          expect(high.value).toBe(Math.max(...latest.map((bar) => bar.high)));
          expect(-low.value).toBe(Math.min(...latest.map((bar) => bar.low)));
        });
      }),
      { numRuns: 30 },
    );
  });
});
