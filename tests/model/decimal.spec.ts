import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalOf, ratioReaches, sumRatioReaches } from '../../src/model/decimal.js';
import { readEdgeCases } from '../support/golden.js';
import { goldenPath } from '../support/shared.js';

const number = { noNaN: true, noDefaultInfinity: true } as const;

describe('decimalOf', () => {
  it.each([
    [0.21, 21n, 2],
    [5, 5n, 0],
    [-0.5, -5n, 1],
    [1e-7, 1n, 7],
    [1.25e-7, 125n, 9],
    [1.5e21, 1_500_000_000_000_000_000_000n, 0],
    [0, 0n, 0],
  ])('%s is %s · 10^-%s', (x, digits, scale) => {
    expect(decimalOf(x)).toEqual({ digits, scale });
  });

  it('spells the very double it was made of', () => {
    fc.assert(
      fc.property(fc.double(number), (x) => {
        const { digits, scale } = decimalOf(x);
        expect(Number(`${digits}e-${scale}`)).toBe(x === 0 ? 0 : x);
      }),
    );
  });
});

describe('ratioReaches', () => {
  it.each([
    [0.21, 0.2, 5, true],
    [17.819, 17.3, 3, true],
    [0.20503, 0.203, 1, true],
    [1.716, 1.56, 10, true],
    [0.3619, 0.329, 10, true],
    [1.04999999, 1, 5, false],
    [1.05, 1, 5, true],
    [1.025, 1, 2.5, true],
    [0.9, 1, -10, true],
    [0.89999999, 1, -10, false],
    [1.1, 0, 5, false],
    [0, 0, 5, false],
  ])('%s over %s by %s %%: %s', (numerator, denominator, percent, reached) => {
    expect(ratioReaches(numerator, denominator, percent)).toBe(reached);
  });

  it('holds on every threshold that decimals can meet exactly', () => {
    const cents = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(cents, fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: 8 }), (base, permille, scale) => {
        // (base · (1000 + permille)) / (base · 1000) is exactly 1 + permille/1000, whatever the decimal point.
        const numerator = Number(`${base * (1_000 + permille)}e-${scale + 3}`);
        const denominator = Number(`${base}e-${scale}`);
        expect(ratioReaches(numerator, denominator, permille / 10)).toBe(true);
        const less = Number(`${base * (1_000 + permille) - 1}e-${scale + 3}`);
        expect(ratioReaches(less, denominator, permille / 10)).toBe(false);
      }),
    );
  });
});

describe('sumRatioReaches', () => {
  it.each([
    [5, Array.from({ length: 8 }, () => 2), 150, true],
    [4.99999999, Array.from({ length: 8 }, () => 2), 150, false],
    [7312.6159375, [76.381, 3185.3, 788.12, 48.72, 5940.3, 769.75, 7531.1, 5060.7], 150, true],
    [50, [0, 0, 0], 150, false],
    [50, [], 150, false],
    [0.3, [0.1, 0.1, 0.1], 200, true],
  ])('%s over the mean of %j by %s %%: %s', (value, window, percent, reached) => {
    expect(sumRatioReaches(value, window, percent)).toBe(reached);
  });
});

interface ClassicInput {
  readonly params: {
    readonly N: number;
    readonly volumeThreshold: number;
    readonly priceThreshold: number;
    readonly liquidityLevel: number;
  };
  readonly bars: readonly (readonly [open: string, close: string, volume: string, quoteVolume: string])[];
}

/** The bars that pass both thresholds, by the plainest loop; a liquidity at or below the level asks for 250 %. */
const fires = ({ params, bars }: ClassicInput): readonly { readonly index: number; readonly threshold: number }[] =>
  bars.flatMap(([open, close, volume], index) => {
    const before = bars.slice(Math.max(0, index - params.N), index).map((each) => Number(each[2]));
    const day = bars.slice(Math.max(0, index - 95), index + 1).reduce((sum, each) => sum + Number(each[3]), 0);
    const threshold = day / 24 > params.liquidityLevel ? params.volumeThreshold : 250;
    const fired =
      before.length === params.N &&
      sumRatioReaches(Number(volume), before, threshold) &&
      ratioReaches(Number(close), Number(open), params.priceThreshold);
    return fired ? [{ index, threshold }] : [];
  });

describe('the classic thresholds', () => {
  it.each(readEdgeCases(goldenPath('classic/edge-cases.json'), 'classic'))('$name', ({ input, expected }) => {
    const wanted = (expected as readonly { index: number; threshold: number }[]).map(({ index, threshold }) => ({
      index,
      threshold,
    }));
    expect(fires(input as unknown as ClassicInput)).toEqual(wanted);
  });
});
