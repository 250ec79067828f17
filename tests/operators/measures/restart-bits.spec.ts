import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measures } from '../../../src/operators/measures/index.js';
import { arbitraryBars, readAll } from '../../support/bars.js';

/** Measures that remember so many bars and nothing before, by the bars that they need: `rvol14` would need two weeks of them. */
const FINITE = /^(roc_|logret_|tr$|atr14_sma|sma|volume_|er|sigma|zr_|chop|tbi|spikePct|changePct|trades_)/;
const finite = measures.filter(({ name }) => FINITE.test(name));

describe('a measure that remembers a number of bars', () => {
  it('says the same to the bit wherever the series began, with holes and without', () => {
    expect(finite.length).toBeGreaterThan(15);
    const holes = fc.uniqueArray(fc.nat(420), { maxLength: 3 });
    fc.assert(
      fc.property(arbitraryBars(420), fc.integer({ min: 1, max: 150 }), holes, (all, skipped, missing) => {
        const bars = all.filter((_, i) => !missing.includes(i));
        for (const measure of finite) {
          const first = measure.warmupBars('15m') - 1;
          const [whole, restarted] = [readAll(measure, bars), readAll(measure, bars.slice(skipped))];
          expect([measure.name, restarted.slice(first)]).toEqual([measure.name, whole.slice(skipped + first)]);
        }
      }),
      { numRuns: 20 },
    );
  });
});
