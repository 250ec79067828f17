import { describe, expect, it } from 'vitest';
import type { Values } from '../../../src/model/reading.js';
import { byInterval, createLonger, isMadeOf, longerName, visibleOpenTimeMs } from '../../../src/operators/market/longer.js';
import { exponentialMovingAverage } from '../../../src/operators/measures/exponential-moving-average.js';
import { trendState } from '../../../src/operators/measures/trend-state.js';
import type { Measure } from '../../../src/ports/measure.js';
import { START_MS, bar, windowOf } from '../../support/bars.js';

const HOUR_MS = 3_600_000;
const [first] = createLonger('1h', [trendState()]).measures;

/** What a 15-minute bar sees that ends so many minutes after the start. */
const seen = (measure: Measure | undefined, minutes: number): unknown =>
  measure?.start('15m')(windowOf([bar({ openTimeMs: START_MS + (minutes - 15) * 60_000 })], 1));
const hour = (index: number, values: Values) => ({ bar: bar({ interval: '1h', openTimeMs: START_MS + index * HOUR_MS }), values });

describe('the longer bar that is seen', () => {
  it.each([[0, -1], [15, -1], [59, -1], [60, 0], [75, 0], [119, 0], [120, 1]])('%i minutes after the start is hour %i', (minutes, index) => {
    expect(visibleOpenTimeMs('1h', START_MS + minutes * 60_000)).toBe(START_MS + index * HOUR_MS);
  });

  it('has a value when it is remembered, and a reason when it is not', () => {
    const longer = createLonger('1h', [trendState(), exponentialMovingAverage(20)]);
    const [state, average] = longer.measures;
    expect([state?.name, average?.name, average?.unit]).toEqual(['trend_state@1h', 'ema20@1h', 'quote']);
    expect(seen(state, 60)).toBe('warmup');
    longer.remember(hour(0, { trend_state: 1, ema20: 'warmup' }));
    longer.remember(hour(2, { trend_state: -1, ema20: 7 }));
    expect([45, 60, 105, 120, 165, 180].map((minutes) => seen(state, minutes))).toEqual(['warmup', 1, 1, 'gap', 'gap', -1]);
    expect([60, 180, 240].map((minutes) => seen(average, minutes))).toEqual(['warmup', 7, 'gap']);
  });

  it('is remembered for a day', () => {
    const longer = createLonger('1h', [trendState()]);
    for (let i = 0; i < 48; i++) longer.remember(hour(i, { trend_state: i % 2 }));
    expect([48, 25, 24, 23].map((index) => seen(longer.measures[0], index * 60))).toEqual([1, 0, 1, 'gap']);
  });

  it('is worth waiting for while it is expected and has not come', () => {
    const longer = createLonger('1h', [trendState()]);
    const isReady = (minutes: number): boolean => longer.isReady(START_MS + minutes * 60_000);
    expect(isReady(60)).toBe(true);
    longer.expect(START_MS);
    expect([isReady(45), isReady(60), isReady(120)]).toEqual([false, false, true]);
    longer.remember(hour(0, {}));
    expect([isReady(60), isReady(119), isReady(120)]).toEqual([true, true, true]);
  });

  it('does not exist for bars that do not make it', () => {
    expect(first?.start('1h')(windowOf([bar({ interval: '1h' })], 1))).toBe('no-data');
    expect([isMadeOf('1h', '15m'), isMadeOf('1h', '1h'), isMadeOf('1h', '4h'), isMadeOf('12h', '8h')]).toEqual([true, false, false, false]);
  });
});

describe('what is wanted of longer bars', () => {
  it('is each measure once, by interval, the shorter first', () => {
    const wanted = byInterval([
      { measure: trendState(), interval: '4h' },
      { measure: trendState(), interval: '1h' },
      { measure: exponentialMovingAverage(20), interval: '1h' },
      { measure: trendState(), interval: '1h' },
    ]);
    expect([...wanted].map(([interval, each]) => [interval, ...each.map(({ name }) => longerName(name, interval))])).toEqual([
      ['1h', 'trend_state@1h', 'ema20@1h'],
      ['4h', 'trend_state@4h'],
    ]);
  });
});
