import fc from 'fast-check';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import type { Values } from '../../../src/model/reading.js';
import { contextMeasures } from '../../../src/operators/market/context.js';
import { createSurroundings } from '../../../src/operators/market/surroundings.js';
import { measure, windowBarsOf } from '../../../src/operators/measures/measure.js';
import { slidingWindow } from '../../../src/operators/windows/sliding-window.js';
import { arbitraryBars } from '../../support/bars.js';

/** The context at every bar, read at once as a judge does. */
const lazily = (bars: readonly Bar[]): readonly Values[] => {
  const seen: Values[] = [];
  of(...bars)
    .pipe(slidingWindow({ bars: windowBarsOf(contextMeasures) }), measure([], createSurroundings))
    .subscribe(({ around }) => void seen.push(around?.() ?? {}));
  return seen;
};

const eagerly = (bars: readonly Bar[]): readonly Values[] => {
  const seen: Values[] = [];
  of(...bars)
    .pipe(slidingWindow({ bars: windowBarsOf(contextMeasures) }), measure(contextMeasures))
    .subscribe(({ values }) => void seen.push(values));
  return seen;
};

describe('createSurroundings', () => {
  it('says what the measures say at every bar, in the same bits', () => {
    fc.assert(
      fc.property(arbitraryBars(120), (bars) => {
        expect(lazily(bars)).toStrictEqual(eagerly(bars));
      }),
      { numRuns: 60 },
    );
  });

  it('knows missing bars, missing volumes, thin volumes and prices that stand still', () => {
    const odd = fc.tuple(arbitraryBars(90), fc.array(fc.nat(89), { maxLength: 5 }), fc.array(fc.nat(89), { maxLength: 4 }), fc.boolean());
    fc.assert(
      fc.property(odd, ([bars, missing, unknown, still]) => {
        const changed = bars
          .map((bar, index): Bar => {
            const volume = unknown.includes(index) ? { volume: null, takerVolume: null } : index % 7 === 0 ? { volume: 0, takerVolume: 0 } : {};
            return { ...bar, ...volume, ...(still ? { open: 5, high: 5, low: 5, close: 5 } : {}) };
          })
          .filter((_, index) => !missing.includes(index));
        expect(lazily(changed)).toStrictEqual(eagerly(changed));
      }),
      { numRuns: 60 },
    );
  });
});
