import fc from 'fast-check';
import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { PlacedBar } from '../../../src/model/bar.js';
import type { Reading } from '../../../src/model/reading.js';
import type { MeasureBarsOptions } from '../../../src/operators/market/measure-bars.js';
import { measureBars } from '../../../src/operators/market/measure-bars.js';
import { averageTrueRange } from '../../../src/operators/measures/average-true-range.js';
import { exponentialMovingAverage } from '../../../src/operators/measures/exponential-moving-average.js';
import { measure, windowBarsOf } from '../../../src/operators/measures/measure.js';
import { normalisedMove } from '../../../src/operators/measures/normalised-move.js';
import { rateOfChange } from '../../../src/operators/measures/rate-of-change.js';
import { trendState } from '../../../src/operators/measures/trend-state.js';
import { slidingWindow } from '../../../src/operators/windows/sliding-window.js';
import { barAt } from '../../support/bars.js';
import { placed } from '../../support/parts.js';

const [a, b, c] = [100, 101, 99.99].map((close, i) => placed(barAt(i, { close }))) as [PlacedBar, PlacedBar, PlacedBar];
const readingsOf = (series: readonly PlacedBar[], options: MeasureBarsOptions): readonly Reading[] => series.map(measureBars(options)());

describe('measureBars', () => {
  it('reads the measures of every bar of a series', () => {
    const start = measureBars({ measures: [rateOfChange(1)], kept: [] });
    const rates = [a, b, c].map(start()).map(({ values }) => values['roc_1']);
    expect(rates).toEqual(['warmup', expect.closeTo(1, 9), expect.closeTo(-1, 9)]);
    // Each series begins for itself.
    expect(start()(b).values).toEqual({ roc_1: 'warmup' });
  });

  it('lets who wants to see every bar that has been measured, and holds none', () => {
    const seen: PlacedBar[] = [];
    const readings = readingsOf([a, b], { measures: [], kept: [rateOfChange(1)], see: () => (bar) => void seen.push(bar) });
    const windows = readings.map(({ window }) => window);
    expect(seen).toStrictEqual([a, b]);
    expect(windows.at(-1)?.close(1)).toBe(100);
    expect(() => windows.at(-1)?.latest).toThrow('only while it is measured');
  });

  it('says what a window and measures say that share nothing, over whatever bars', () => {
    const measures = [averageTrueRange(14), exponentialMovingAverage(20), normalisedMove(1), normalisedMove(4), trendState()];
    const valuesOf = (series: readonly PlacedBar[]) => readingsOf(series, { measures, kept: [] }).map(({ values }) => values);
    const apart = (series: readonly PlacedBar[]) =>
      series.map((_, last) =>
        Object.fromEntries(
          measures.map((each) => {
            let value: unknown;
            from(series.slice(0, last + 1)).pipe(slidingWindow({ bars: windowBarsOf([each]) }), measure([each])).subscribe(({ values }) => (value = values[each.name]));
            return [each.name, value];
          }),
        ),
      );
    const follows = fc.constantFrom<PlacedBar['follows']>('neighbour', 'neighbour', 'neighbour', 'neighbour', 'restart');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 1_000 }), follows), { minLength: 1, maxLength: 70 }), (facts) => {
        const series = facts.map(([close, how], i) => placed(barAt(i, { close }), { follows: i === 0 ? 'start' : how }));
        expect(valuesOf(series)).toStrictEqual(apart(series));
      }),
      { numRuns: 30 },
    );
  });
});
