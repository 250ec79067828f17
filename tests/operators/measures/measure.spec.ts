import { describe, expect, it } from 'vitest';
import { map } from 'rxjs';
import type { Bar } from '../../../src/model/bar.js';
import { averageTrueRange } from '../../../src/operators/measures/average-true-range.js';
import { measure, warmupBarsOf, windowBarsOf } from '../../../src/operators/measures/measure.js';
import { liquidityPerHour } from '../../../src/operators/measures/liquidity-per-hour.js';
import { rateOfChange } from '../../../src/operators/measures/rate-of-change.js';
import { volumeZ } from '../../../src/operators/measures/volume-z.js';
import { slidingWindow } from '../../../src/operators/windows/sliding-window.js';
import type { Measure } from '../../../src/ports/measure.js';
import { barAt } from '../../support/bars.js';
import { marbles } from '../../support/marbles.js';
import { placed } from '../../support/parts.js';

const [a, b, c] = [barAt(0, { close: 100 }), barAt(1, { close: 101 }), barAt(2, { close: 99.99 })];
const bars = { a, b, c };

/** Counts the bars it has read: what a measure that remembers does. */
const read: Measure = {
  name: 'read',
  unit: '1',
  windowBars: () => 1,
  warmupBars: () => 1,
  start: () => {
    let count = 0;
    return (window) => (count = window.barCount === 1 ? 1 : count + 1);
  },
};

const rate = (value: unknown): unknown => (typeof value === 'number' ? Math.round(value * 1e9) / 1e9 : value);

describe('measure', () => {
  it('reads the measures off the window at every bar', marbles((m) => {
    const bar$ =     m.hot('-a-b-c-|', bars);
    const windows =        '-u-v-w-|';
    const expected =       '-U-V-W-|';
    const window$ = bar$.pipe(slidingWindow<Bar>({ bars: 2 }));
    m.expect(window$.pipe(map(({ length }) => length))).toBeObservable(windows, { u: 1, v: 2, w: 2 });
    const value$ = window$.pipe(measure([rateOfChange(1)]), map(({ values }) => rate(values['roc_1'])));
    m.expect(value$).toBeObservable(expected, { U: 'warmup', V: 1, W: -1 });
  }));

  it('is silent when nothing comes, and passes an error on', marbles((m) => {
    const stage = (marbles: string) => m.hot<Bar>(marbles, bars).pipe(slidingWindow<Bar>({ bars: 2 }), measure([read]), map(({ values }) => values['read']));
    m.expect(stage('-')).toBeObservable('-');
    m.expect(stage('-|')).toBeObservable('-|');
    m.expect(stage('-a-#')).toBeObservable('-1-#', { 1: 1 });
  }));

  it('leaves the source when it is left', marbles((m) => {
    const bar$ =     m.hot('-a-b-c-|', bars);
    const left =           '----!   ';
    const expected =       '-1-2-   ';
    const count$ = bar$.pipe(slidingWindow<Bar>({ bars: 2 }), measure([read]), map(({ values }) => values['read']));
    m.expect(count$, left).toBeObservable(expected, { 1: 1, 2: 2 });
    m.expect(bar$).toHaveSubscriptions('^---!');
  }));

  it('tells each measure of a series that began anew', marbles((m) => {
    const bar$ =     m.hot('-a-b-c-|', { ...bars, c: placed(c, { follows: 'restart' }) });
    const expected =       '-1-2-1-|';
    m.expect(bar$.pipe(slidingWindow<Bar>({ bars: 2 }), measure([read]), map(({ values }) => values['read']))).toBeObservable(expected, { 1: 1, 2: 2 });
  }));

  it('keeps what measures remember apart for every subscriber', marbles((m) => {
    const count$ = m.cold('a-b-|', bars).pipe(slidingWindow<Bar>({ bars: 2 }), measure([read]), map(({ values }) => values['read']));
    m.expect(count$).toBeObservable(       '1-2-|', { 1: 1, 2: 2 });
    m.expect(count$, '^').toBeObservable(  '1-2-|', { 1: 1, 2: 2 });
  }));

  it('keeps the bar, its number in the series and the window with the values', marbles((m) => {
    const reading$ = m.hot('-a-b-|', bars).pipe(slidingWindow<Bar>({ bars: 2 }), measure([read, rateOfChange(1)]));
    const seen: unknown[] = [];
    reading$.subscribe(({ bar, barCount, values, window }) => seen.push([bar.close, barCount, Object.keys(values), window.latest === bar]));
    m.flush();
    expect(seen).toStrictEqual([[100, 1, ['read', 'roc_1'], true], [101, 2, ['read', 'roc_1'], true]]);
  }));
});

describe('what all of the measures want', () => {
  it.each([
    ['none', [], 1, 1],
    ['one', [rateOfChange(4)], 5, 5],
    ['the most demanding of several', [rateOfChange(4), volumeZ(20), averageTrueRange(14)], 5, 294],
    ['a day of bars', [liquidityPerHour()], 1, 96],
  ] as const)('%s', (_, measures, windowBars, warmupBars) => {
    expect(windowBarsOf(measures)('15m')).toBe(windowBars);
    expect(warmupBarsOf(measures)('15m')).toBe(warmupBars);
  });
});
