import { describe, expect, it } from 'vitest';
import type { Measured } from '../../../src/model/reading.js';
import type { Longer } from '../../../src/operators/market/longer.js';
import { byInterval, createLonger, isMadeOf, longerName, visibleOpenTimeMs } from '../../../src/operators/market/longer.js';
import { exponentialMovingAverage } from '../../../src/operators/measures/exponential-moving-average.js';
import { trendState } from '../../../src/operators/measures/trend-state.js';
import { START_MS, bar, windowOf } from '../../support/bars.js';

const HOUR_MS = 3_600_000;

/** What a 15-minute bar sees that ends so many minutes after the start. */
const seen = (longer: Longer, minutes: number): readonly Measured[] =>
  longer.seen.start('15m')(windowOf([bar({ openTimeMs: START_MS + (minutes - 15) * 60_000 })], 1));
const hourMs = (index: number): number => START_MS + index * HOUR_MS;

describe('the longer bar that is seen', () => {
  it.each([[0, -1], [15, -1], [59, -1], [60, 0], [75, 0], [119, 0], [120, 1]])('%i minutes after the start is hour %i', (minutes, index) => {
    expect(visibleOpenTimeMs('1h', START_MS + minutes * 60_000)).toBe(START_MS + index * HOUR_MS);
  });

  it('has a value when it is remembered, and a reason when it is not', () => {
    const longer = createLonger('1h', [trendState(), exponentialMovingAverage(20)]);
    expect(longer.seen.names).toEqual(['trend_state@1h', 'ema20@1h']);
    expect(seen(longer, 60)).toEqual(['warmup', 'warmup']);
    longer.remember(hourMs(0), [1, 'warmup']);
    longer.remember(hourMs(2), [-1, 7]);
    expect([45, 60, 105, 120, 165, 180].map((minutes) => seen(longer, minutes)[0])).toEqual(['warmup', 1, 1, 'gap', 'gap', -1]);
    expect([60, 180, 240].map((minutes) => seen(longer, minutes)[1])).toEqual(['warmup', 7, 'gap']);
  });

  it('is looked at again when it has been measured again', () => {
    const longer = createLonger('1h', [trendState()]);
    const read = longer.seen.start('15m');
    const look = () => read(windowOf([bar({ openTimeMs: START_MS + 45 * 60_000 })], 1));
    expect(look()).toEqual(['warmup']);
    longer.remember(hourMs(0), [1]);
    expect(look()).toEqual([1]);
    longer.remember(hourMs(0), ['zero-variance']);
    expect([look(), look()]).toEqual([['zero-variance'], ['zero-variance']]);
  });

  it('is remembered for a day', () => {
    const longer = createLonger('1h', [trendState()]);
    for (let i = 0; i < 48; i++) longer.remember(hourMs(i), [i % 2]);
    expect([48, 25, 24, 23].map((index) => seen(longer, index * 60)[0])).toEqual([1, 0, 1, 'gap']);
  });

  it('is worth waiting for while it is expected and has not come', () => {
    const longer = createLonger('1h', [trendState()]);
    const isReady = (minutes: number): boolean => longer.isReady(START_MS + minutes * 60_000);
    expect(isReady(60)).toBe(true);
    longer.expect(START_MS);
    expect([isReady(45), isReady(60), isReady(120)]).toEqual([false, false, true]);
    longer.remember(hourMs(0), ['warmup']);
    expect([isReady(60), isReady(119), isReady(120)]).toEqual([true, true, true]);
  });

  it('does not exist for bars that do not make it', () => {
    const read = createLonger('1h', [trendState()]).seen.start('1h');
    expect(read(windowOf([bar({ interval: '1h' })], 1))).toEqual(['no-data']);
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
