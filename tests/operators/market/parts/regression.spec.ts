import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { correlationOf, slopeOf } from '../../../../src/operators/market/parts/regression.js';
import type { EdgeCase } from '../../../support/golden.js';
import { disagreements, readColumns, readEdgeCases, readGoldenBars } from '../../../support/golden.js';
import { sharedPath, sharedPathOrSay } from '../../../support/shared.js';

const of = (...values: readonly number[]): Float64Array => Float64Array.from(values);

describe('slopeOf', () => {
  it('is the slope of the line through the pairs', () => {
    expect(slopeOf(of(1, 3, 5), of(0, 1, 2))).toBe(2);
    expect(slopeOf(of(5, 4, 3), of(10, 20, 30))).toBeCloseTo(-0.1, 12);
    expect(slopeOf(of(7, 7, 7), of(1, 2, 3))).toBe(0);
  });
  it('is not known where nothing varies, or a pair is not whole', () => {
    expect(slopeOf(of(1, 2, 3), of(4, 4, 4))).toBeNull();
    expect(slopeOf(of(1, 2, 3), of(0.1 + 0.2, 0.3, 0.3))).toBeNull();
    expect(slopeOf(of(1, NaN, 3), of(1, 2, 3))).toBeNull();
    expect(slopeOf(of(1, 2, 3), of(1, 2, NaN))).toBeNull();
  });
});

describe('correlationOf', () => {
  it('leaves out pairs that are not whole, as long as enough are left', () => {
    expect(correlationOf(of(1, 9, 2, 3), of(2, NaN, 4, 6), 3)).toBe(1);
    expect(correlationOf(of(1, 9, 2, 3), of(2, NaN, 4, 6), 4)).toBeNull();
  });
  it('lies within −1 and 1, and does not know the order of the two', () => {
    const anyReturns = fc.array(fc.double({ min: -0.1, max: 0.1, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(fc.property(anyReturns, anyReturns, (a, b) => {
      const rho = correlationOf(of(...a), of(...b), 5);
      expect(rho).toBe(correlationOf(of(...b), of(...a), 5));
      if (rho !== null) expect(Math.abs(rho)).toBeLessThanOrEqual(1);
    }));
  });

  const path = sharedPathOrSay('comparing correlations with the golden edge cases', 'golden/edge-cases.json');
  const cases: readonly EdgeCase[] = path === null ? [] : readEdgeCases(path, 'corr');
  it.skipIf(path === null).each(cases)('golden edge case: $name', ({ input, expected }) => {
    const n = input['n'] as number;
    const [a, b] = [input['a'], input['b']].map((each) => (each as readonly string[]).map(Number)) as [number[], number[]];
    const rolling = a.map((_, i) => (i + 1 < n ? null : correlationOf(of(...a.slice(i + 1 - n, i + 1)), of(...b.slice(i + 1 - n, i + 1)), n)));
    expect(rolling).toEqual(expected);
  });

  const folder = sharedPathOrSay('comparing correlations with the golden series', 'golden/corr');
  const files = folder === null ? [] : readdirSync(folder);
  it.skipIf(folder === null).each(files)('agrees over the returns of %s', (file) => {
    const returns = file.replace('.csv.gz', '').split('__').map((name) => {
      const bars = readGoldenBars(sharedPath(`golden/input/${name}-15m.csv.gz`) ?? '');
      return of(...bars.map(({ close }, i) => Math.log(close / (bars[i - 1]?.close ?? NaN))));
    });
    const [a, b] = returns as [Float64Array, Float64Array];
    const rolling = Array.from(a, (_, i) => (i < 96 ? null : correlationOf(a.subarray(i - 95, i + 1), b.subarray(i - 95, i + 1), 96)) ?? 'warmup');
    expect(disagreements(rolling, readColumns(join(folder ?? '', file)).get('rho_96') ?? [], 'dimensionless')).toEqual([]);
  });
});
