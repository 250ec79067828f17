import fc from 'fast-check';
import { from, map, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { PlacedBar } from '../../../src/model/bar.js';
import type { Reading } from '../../../src/model/reading.js';
import { measured } from '../../../src/operators/market/measured.js';
import { averageTrueRange } from '../../../src/operators/measures/average-true-range.js';
import { exponentialMovingAverage } from '../../../src/operators/measures/exponential-moving-average.js';
import { measure, windowBarsOf } from '../../../src/operators/measures/measure.js';
import { normalisedMove } from '../../../src/operators/measures/normalised-move.js';
import { rateOfChange } from '../../../src/operators/measures/rate-of-change.js';
import { trendState } from '../../../src/operators/measures/trend-state.js';
import { slidingWindow } from '../../../src/operators/windows/sliding-window.js';
import { barAt } from '../../support/bars.js';
import { marbles } from '../../support/marbles.js';
import { placed } from '../../support/parts.js';

const [a, b, c] = [100, 101, 99.99].map((close, i) => placed(barAt(i, { close }))) as [PlacedBar, PlacedBar, PlacedBar];
const bars = { a, b, c };
const stage = () => measured({ measures: [rateOfChange(1)], kept: [] });
const rate = ({ values: { roc_1: value } }: Reading): unknown => (typeof value === 'number' ? Math.round(value * 1e9) / 1e9 : value);

describe('measured', () => {
  it('reads the measures of every bar', marbles((m) => {
    const bar$ =     m.hot('-a-b-c-|', bars);
    const expected =       '-U-V-W-|';
    m.expect(bar$.pipe(stage(), map(rate))).toBeObservable(expected, { U: 'warmup', V: 1, W: -1 });
  }));

  it('is silent when nothing comes, and passes an error on', marbles((m) => {
    m.expect(m.hot<PlacedBar>('-').pipe(stage())).toBeObservable('-');
    m.expect(m.hot<PlacedBar>('-|').pipe(stage())).toBeObservable('-|');
    m.expect(m.hot('-a-#', bars).pipe(stage(), map(rate))).toBeObservable('-U-#', { U: 'warmup' });
  }));

  it('leaves the source when it is left', marbles((m) => {
    const bar$ =     m.hot('-a-b-c-|', bars);
    const left =           '----!';
    const expected =       '-U-V-';
    m.expect(bar$.pipe(stage(), map(rate)), left).toBeObservable(expected, { U: 'warmup', V: 1 });
    m.expect(bar$).toHaveSubscriptions('^---!');
  }));

  it('lets who wants to see every bar that has been measured, and holds none', () => {
    const seen: PlacedBar[] = [];
    const windows: Reading['window'][] = [];
    from([a, b])
      .pipe(measured({ measures: [], kept: [rateOfChange(1)], see: () => (bar) => void seen.push(bar) }))
      .subscribe(({ window }) => windows.push(window));
    expect(seen).toStrictEqual([a, b]);
    expect(windows.at(-1)?.close(1)).toBe(100);
    expect(() => windows.at(-1)?.latest).toThrow('only while it is measured');
  });

  it('says what a window and measures say that share nothing, over whatever bars', () => {
    const measures = [averageTrueRange(14), exponentialMovingAverage(20), normalisedMove(1), normalisedMove(4), trendState()];
    const valuesOf = (series: readonly PlacedBar[]) => {
      const read: unknown[] = [];
      from(series).pipe(measured({ measures, kept: [] }), map(({ values }) => values), toArray()).subscribe((all) => read.push(...all));
      return read;
    };
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
