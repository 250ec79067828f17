import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Measured } from '../../../src/model/reading.js';
import { createSortedWindow } from '../../../src/operators/measures/parts/sorted-window.js';
import { meanOf, sortedMedian, sortedScore } from '../../../src/operators/measures/parts/standard-score.js';

const filledWith = (values: readonly number[], size = values.length) => {
  const window = createSortedWindow(size);
  for (const value of values) window.push(value);
  return window;
};

/** Numbers of which many are the same, so that places are shared, among others that are far apart. No logarithm is −0. */
const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e9, max: 1e9, noNaN: true })).map((value) => value + 0);
const numbers = fc.array(number, { minLength: 60, maxLength: 60 });

/** The formula of signals.md §3.3 read off a batch that is sorted anew. */
const robustScore = (x: number, batch: readonly number[]): Measured => {
  const sorted = Float64Array.from(batch).sort();
  const median = sortedMedian(sorted);
  const distances = sorted.map((each) => Math.abs(each - median));
  const meanDeviation = meanOf(distances);
  const medianDeviation = sortedMedian(distances);
  const spread = medianDeviation > 0 ? 1.4826 * medianDeviation : 1.2533 * meanDeviation;
  const bound = 1e-12 * Math.abs(median);
  if (spread > bound) return (x - median) / spread;
  return Math.abs(x - median) <= bound ? 0 : 'zero-variance';
};

describe('a window that is kept sorted', () => {
  it.each([
    ['an odd number', [5, 1, 9], 5, 4, 8 / 3],
    ['an even number', [1, 2, 4, 9], 3, 1.5, 2.5],
    ['one number', [7], 7, 0, 0],
    ['all the same', [2, 2, 2, 2], 2, 0, 0],
    ['nearly all the same', [2, 2, 2, 6], 2, 0, 1],
    ['one that stands out below', [-90, 5, 6, 7], 5.5, 1, 24.5],
  ])('knows the middle and the distances from it of %s', (_, values, median, medianDeviation, meanDeviation) => {
    const window = filledWith(values);
    expect(window.median()).toBe(median);
    expect(window.medianDeviation(median)).toBe(medianDeviation);
    expect(window.meanDeviation(median)).toBeCloseTo(meanDeviation, 12);
  });

  it('is full once it has taken as many as it holds, and again after it was cleared', () => {
    const window = filledWith([1, 2], 3);
    expect(window.isFull()).toBe(false);
    window.push(3);
    expect(window.isFull()).toBe(true);
    window.clear();
    expect(window.isFull()).toBe(false);
    for (const value of [9, 7, 8]) window.push(value);
    expect([window.isFull(), window.median()]).toEqual([true, 8]);
  });

  it('has an unknown number for as long as it holds one', () => {
    const window = createSortedWindow(3);
    const known = [1, NaN, 2, NaN, 3, 4, 5, 6].map((value) => {
      window.push(value);
      return window.isFull() && !window.hasUnknown();
    });
    expect(known).toEqual([false, false, false, false, false, false, true, true]);
    expect(window.median()).toBe(5);
  });

  it('says at every push what the numbers sorted anew say, to the bit', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 24 }), (values, size) => {
        const window = createSortedWindow(size);
        values.forEach((value, i) => {
          window.push(value);
          if (i + 1 < size) return expect(window.isFull()).toBe(false);
          const batch = values.slice(i + 1 - size, i + 1);
          const median = sortedMedian(Float64Array.from(batch));
          const distances = Float64Array.from(batch, (each) => Math.abs(each - median));
          expect(window.median()).toBe(median);
          expect(window.meanDeviation(median)).toBeCloseTo(meanOf(distances), 3);
          expect(window.medianDeviation(median)).toBe(sortedMedian(distances));
          expect(sortedScore(values[0] as number, window)).toEqual(robustScore(values[0] as number, batch));
        });
      }),
    );
  });
});
