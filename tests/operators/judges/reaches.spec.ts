import { describe, expect, it } from 'vitest';
import { reaches } from '../../../src/operators/judges/reaches.js';

describe('reaches', () => {
  it.each([
    [3, 3, true],
    [3.1, 3, true],
    [2.9, 3, false],
    [3 - 2.9e-9, 3, true], // the rounding of its making, relative to the threshold
    [3 - 3.1e-9, 3, false],
    [0.5 - 0.9e-9, 0.5, true], // absolute for thresholds below one
    [0.5 - 1.1e-9, 0.5, false],
    [-3, -3, true],
    [NaN, 3, false],
  ])('%d against %d: %s', (value, threshold, expected) => {
    expect(reaches(value, threshold)).toBe(expected);
  });
});
