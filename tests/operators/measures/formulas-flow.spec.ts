import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import type { Measured } from '../../../src/model/reading.js';
import { acceleration } from '../../../src/operators/measures/acceleration.js';
import { averageTrueRangeBefore } from '../../../src/operators/measures/average-true-range-before.js';
import { averageTrueRange } from '../../../src/operators/measures/average-true-range.js';
import { breakoutDown } from '../../../src/operators/measures/breakout-down.js';
import { breakout } from '../../../src/operators/measures/breakout.js';
import { efficiencyRatio } from '../../../src/operators/measures/efficiency-ratio.js';
import { normalisedMove } from '../../../src/operators/measures/normalised-move.js';
import { regime, regimeOf } from '../../../src/operators/measures/regime.js';
import { relativeVolume } from '../../../src/operators/measures/relative-volume.js';
import { takerImbalance } from '../../../src/operators/measures/taker-imbalance.js';
import { tradesLogZ } from '../../../src/operators/measures/trades-log-z.js';
import { volumeLogZ } from '../../../src/operators/measures/volume-log-z.js';
import { START_MS, arbitraryBars, bar, barsOf, barsOfCloses, readAll } from '../../support/bars.js';

const DAY_BARS = 96;
const last = <T>(values: readonly T[]): T | undefined => values.at(-1);
const number = (value: Measured | undefined): number => (typeof value === 'number' ? value : NaN);
/** Fifteen bars that go up and down by 2, so that the average true range is 2. */
const CALM = '100 102 100 102 100 102 100 102 100 102 100 102 100 102 100';

describe('acceleration', () => {
  it.each([
    ['of a move that follows none', `${CALM} 100 104`, 2],
    ['of a move that follows its like', `${CALM} 104 108`, 0],
    ['of a move that slows down', `${CALM} 104 106`, -1],
    ['of a move that turns', `${CALM} 104 100`, -4],
    ['across a hole', `${CALM} 104 - 108`, 'gap'],
    ['of a series that has just begun', '100 101', 'warmup'],
    ['where nothing had moved', '100+0x17', 'zero-variance'],
  ])('%s', (_, closes, expected) => expect(last(readAll(acceleration(1), barsOfCloses(closes)))).toBe(expected));

  it('has one yardstick for both halves, the range before the first of them', () => {
    fc.assert(fc.property(arbitraryBars(60), fc.constantFrom(1, 4), (bars, k) => {
      const [values, ranges] = [readAll(acceleration(k), bars), readAll(averageTrueRange(), bars)];
      bars.forEach(({ close }, t) => {
        const range = number(ranges[t - 2 * k]);
        if (Number.isNaN(range)) return expect(values[t]).toBe('warmup');
        const [half, first] = [bars[t - k]?.close ?? NaN, bars[t - 2 * k]?.close ?? NaN];
        expect(number(values[t])).toBeCloseTo((close - 2 * half + first) / (range * Math.sqrt(k)), 9);
      });
    }), { numRuns: 10 });
  });
});

describe('the average true range before', () => {
  it('is that of the bar before, in percent of its close', () => {
    fc.assert(fc.property(arbitraryBars(40), (bars) => {
      const [values, ranges] = [readAll(averageTrueRangeBefore(), bars), readAll(averageTrueRange(), bars)];
      bars.forEach((_, t) => {
        const before = ranges[t - 1] ?? 'warmup';
        if (typeof before !== 'number') expect(values[t]).toBe('warmup');
        else expect(number(values[t])).toBeCloseTo((100 * before) / (bars[t - 1]?.close ?? NaN), 12);
      });
    }), { numRuns: 10 });
  });
  it('has no value across a hole, nor after a close of 0', () => {
    expect(last(readAll(averageTrueRangeBefore(), barsOfCloses(`${CALM} - 102`)))).toBe('gap');
    expect(last(readAll(averageTrueRangeBefore(), barsOfCloses(`${CALM} 0 1`)))).toBe('no-data');
  });
});

describe('breakouts', () => {
  it('are seen in a mirror, and their extremes are those of the window', () => {
    fc.assert(fc.property(arbitraryBars(120), (bars) => {
      const [up, down, ranges] = [readAll(breakout(), bars), readAll(breakoutDown(), bars), readAll(averageTrueRange(), bars)];
      bars.forEach(({ close }, t) => {
        if (t < 20) return expect([up[t], down[t]]).toEqual(['warmup', 'warmup']);
        const [window, range] = [bars.slice(t - 20, t), number(ranges[t - 1])];
        expect(number(up[t])).toBeCloseTo((close - Math.max(...window.map(({ high }) => high))) / range, 12);
        expect(number(down[t])).toBeCloseTo((Math.min(...window.map(({ low }) => low)) - close) / range, 12);
      });
    }), { numRuns: 20 });
  });
});

describe('the regime', () => {
  it.each([
    [0, 0.5, 1], [0, 0.49, 0], [1, 0.4, 1], [1, 0.39, 0], [1, 0.25, -1], [0, 0.25, -1], [0, 0.26, 0], [-1, 0.35, -1], [-1, 0.36, 0], [-1, 0.5, 1],
    // On the threshold up to rounding (signals.md §9.5).
    [0, 0.5 - 1e-12, 1], [0, 0.25 + 1e-12, -1],
  ] as const)('after %i with an efficiency of %d is %i', (before, efficiency, expected) => expect(regimeOf(before, efficiency)).toBe(expected));

  it('is left later than it is entered', () => {
    const bars = barsOfCloses('100+1x12 110 111 110 111 110 111 110');
    const [ratios, states] = [readAll(efficiencyRatio(), bars), readAll(regime(), bars)];
    expect(states.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'warmup'));
    expect(states.slice(-3)).toEqual([1, 1, -1]);
    expect(ratios.slice(-3)).toEqual([0.4, 0.4, 0.2]);
  });
});

describe('volume by the time of day', () => {
  const days = (count: number, volumeOf: (day: number, slot: number) => number | null): readonly Bar[] =>
    barsOf(Array.from({ length: count * DAY_BARS }, (_, i) => ({ volume: volumeOf(Math.floor(i / DAY_BARS), i % DAY_BARS) })));

  it('is compared with the median at the same time on the 14 days before', () => {
    const values = readAll(relativeVolume(), days(17, (day, slot) => (day + 1) * (slot + 1)));
    expect(values[7 * DAY_BARS - 1]).toBe('warmup');
    expect(values[7 * DAY_BARS]).toBe(8 / 4);
    expect(values[8 * DAY_BARS]).toBe(9 / 4.5);
    expect(values[14 * DAY_BARS + 5]).toBe(15 / 7.5);
    expect(values[16 * DAY_BARS + 95]).toBe(17 / 9.5);
  });

  it('does without a few days, and not without most of them', () => {
    const all = days(15, () => 2);
    const without = (count: number): Measured | undefined =>
      last(readAll(relativeVolume(), all.filter((_, i) => i % DAY_BARS !== 95 || i >= 14 * DAY_BARS || Math.floor(i / DAY_BARS) >= count)));
    expect([without(0), without(7), without(8)]).toEqual([1, 1, 'gap']);
  });

  it('forgets what a hole has jumped over', () => {
    const before = days(10, () => 5);
    const after = days(1, () => 7).map((each) => ({ ...each, openTimeMs: each.openTimeMs + 20 * DAY_BARS * 900_000 }));
    expect(last(readAll(relativeVolume(), [...before, ...after]))).toBe('gap');
  });

  it('has no value without volumes', () => {
    expect(last(readAll(relativeVolume(), days(15, (day) => (day === 14 ? 3 : 0))))).toBe('zero-volume');
    expect(last(readAll(relativeVolume(), [...days(14, () => 1), bar({ openTimeMs: START_MS + 14 * DAY_BARS * 900_000, volume: null })]))).toBe('no-data');
  });
});

describe('trades', () => {
  it('are scored as volumes are, with a floor of one', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 30, maxLength: 30 }), (counts) => {
      const trades = readAll(tradesLogZ(), barsOf(counts.map((tradeCount) => ({ tradeCount }))));
      expect(trades).toEqual(readAll(volumeLogZ(), barsOf(counts.map((volume) => ({ volume })))));
    }));
    const withNone = readAll(tradesLogZ(), barsOf([0, ...Array.from({ length: 20 }, (_, i) => i % 5)].map((tradeCount) => ({ tradeCount }))));
    const withOne = readAll(tradesLogZ(), barsOf([1, ...Array.from({ length: 20 }, (_, i) => Math.max(1, i % 5))].map((tradeCount) => ({ tradeCount }))));
    expect(withNone).toEqual(withOne);
  });
  it('are not scored while a count is not known', () => {
    const counts = [null, ...Array.from({ length: 21 }, (_, i) => 1 + (i % 7))];
    expect(readAll(tradesLogZ(), barsOf(counts.map((tradeCount) => ({ tradeCount })))).slice(-2)).toEqual(['no-data', expect.any(Number)]);
  });
});

describe('the imbalance of several bars', () => {
  const taken = (...pairs: readonly (readonly [volume: number, takerVolume: number | null])[]): readonly Bar[] => barsOf(pairs.map(([volume, takerVolume]) => ({ volume, takerVolume })));
  it('sums both volumes first', () => {
    expect(readAll(takerImbalance(2), taken([1, 1], [9, 0], [1, 1]))).toEqual(['warmup', -0.8, -0.8]);
    expect(takerImbalance(2).name).toBe('tbi_2');
  });
  it('has no value across a hole, without volume, or where one is not known', () => {
    const [first, , third] = taken([1, 1], [1, 1], [1, 1]) as [Bar, Bar, Bar];
    expect(last(readAll(takerImbalance(2), [first, third]))).toBe('gap');
    expect(last(readAll(takerImbalance(2), taken([0, 0], [0, 0])))).toBe('zero-volume');
    expect(last(readAll(takerImbalance(2), taken([1, null], [1, 1])))).toBe('no-data');
  });
});

describe('prices times a factor', () => {
  it('leave the new dimensionless measures as they are', () => {
    const scaled = (bars: readonly Bar[], factor: number): readonly Bar[] =>
      bars.map((each) => ({ ...each, open: each.open * factor, high: each.high * factor, low: each.low * factor, close: each.close * factor }));
    fc.assert(fc.property(arbitraryBars(60), fc.constantFrom(0.001, 1_000), (bars, factor) => {
      for (const measure of [acceleration(1), averageTrueRangeBefore(), breakoutDown(), regime(), normalisedMove(1)]) {
        const [one, other] = [readAll(measure, bars), readAll(measure, scaled(bars, factor))];
        one.forEach((value, i) => (typeof value === 'number' ? expect(number(other[i])).toBeCloseTo(value, 9) : expect(other[i]).toBe(value)));
      }
    }), { numRuns: 10 });
  });
});
