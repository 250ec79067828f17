import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { measures } from '../../../src/operators/measures/index.js';
import type { Bar } from '../../../src/model/bar.js';
import type { Measured } from '../../../src/model/reading.js';
import type { Measure } from '../../../src/ports/measure.js';
import { meanOf, sampleDeviation } from '../../../src/operators/measures/parts/standard-score.js';
import { volumeZ } from '../../../src/operators/measures/volume-z.js';
import { arbitraryBars, barsOf, readAll } from '../../support/bars.js';
import { agrees, comparisonOf } from '../../support/golden.js';

const scaled = (bars: readonly Bar[], factor: number): readonly Bar[] =>
  bars.map((each) => ({
    ...each,
    open: each.open * factor,
    high: each.high * factor,
    low: each.low * factor,
    close: each.close * factor,
  }));

const times =
  (factor: number) =>
  (value: Measured): Measured =>
    typeof value === 'number' ? value * factor : value;

/** Where a measure says one thing and should say another, beyond rounding. */
const differing = ({ name }: Measure, actual: readonly Measured[], expected: readonly Measured[]): readonly string[] =>
  expected.flatMap((wanted, i) => {
    const value = actual[i] ?? 'no-data';
    return agrees(value, typeof wanted === 'number' ? wanted : null, comparisonOf(name)) ? [] : [`${name} ${i}: ${value}, expected ${wanted}`];
  });

const DIMENSIONLESS = measures.filter(({ unit }) => !unit.startsWith('quote'));
const PRICES = measures.filter(({ unit }) => unit === 'quote');

describe('the catalogue', () => {
  it('holds a measure of every file of the folder', async () => {
    const folder = new URL('../../../src/operators/measures/', import.meta.url);
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== 'index.ts' && file !== 'measure.ts');
    const index = (await import('../../../src/operators/measures/index.js')) as Readonly<Record<string, unknown>>;
    for (const file of files) {
      const module = (await import(new URL(file, folder).href)) as Readonly<Record<string, unknown>>;
      const exported = Object.keys(module).filter((name) => index[name] === module[name]);
      expect({ file, exported }).toEqual({ file, exported: [expect.any(String)] });
    }
    expect(files.length).toBeGreaterThan(20);
  });

  it('has one name for each', () => {
    expect(new Set(measures.map(({ name }) => name)).size).toBe(measures.length);
  });

  it.each(measures)('$name has a value at its warm-up at the latest', (measure) => {
    const bars = fc.sample(arbitraryBars(measure.warmupBars('15m')), { numRuns: 1, seed: 1 })[0] ?? [];
    expect(readAll(measure, bars).at(-1)).toEqual(expect.any(Number));
  });
});

describe('whatever the bars', () => {
  it('dimensionless measures do not know the unit of the price, and prices scale with it', () => {
    fc.assert(
      fc.property(arbitraryBars(130), fc.constantFrom(0.001, 0.5, 4, 1_000), (bars, factor) => {
        const other = scaled(bars, factor);
        for (const measure of DIMENSIONLESS) expect(differing(measure, readAll(measure, other), readAll(measure, bars))).toEqual([]);
        for (const measure of PRICES) expect(differing(measure, readAll(measure, other), readAll(measure, bars).map(times(factor)))).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });

  it('a start from history as long as the warm-up gives what an uninterrupted run gives', () => {
    fc.assert(
      fc.property(arbitraryBars(640), fc.integer({ min: 0, max: 60 }), (bars, skipped) => {
        for (const measure of measures) {
          const first = measure.warmupBars('15m') - 1;
          const [whole, restarted] = [readAll(measure, bars), readAll(measure, bars.slice(skipped))];
          expect(differing(measure, restarted.slice(first), whole.slice(skipped + first))).toEqual([]);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('a series that begins anew remembers nothing', () => {
    fc.assert(
      fc.property(arbitraryBars(130), arbitraryBars(130), (before, after) => {
        for (const measure of measures) {
          const reader = measure.start('15m');
          const continued = { ...measure, start: () => reader };
          readAll(continued, before);
          expect([measure.name, readAll(continued, after)]).toEqual([measure.name, readAll(measure, after)]);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('no value is NaN or infinite', () => {
    fc.assert(
      fc.property(arbitraryBars(120), (bars) => {
        const odd = measures.filter((measure) => readAll(measure, bars).some((value) => typeof value === 'number' && !Number.isFinite(value)));
        expect(odd.map(({ name }) => name)).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });
});

describe('a polluted window', () => {
  it('leaves nothing behind once the huge value has left', () => {
    const deviation = (...values: readonly number[]): number => sampleDeviation(Float64Array.from(values), meanOf(Float64Array.from(values)));
    expect(deviation(1_200, 1.3e17)).toBeCloseTo(9.192388155425034e16, -3);
    expect(deviation(1_995, 1_990)).toBeCloseTo(3.5355339059327378, 12);
  });

  it('a score after it equals a score that never saw it', () => {
    const calm = Array.from({ length: 30 }, (_, i) => ({ volume: 1 + (i % 7) / 1_000 }));
    const polluted = readAll(volumeZ(), barsOf([{ volume: 3e14 }, { volume: 1e12 }, ...calm]));
    expect(polluted.slice(22)).toEqual(readAll(volumeZ(), barsOf(calm)).slice(20));
  });
});
