import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import { averageTrueRange } from '../../../src/operators/measures/average-true-range.js';
import { barChange } from '../../../src/operators/measures/bar-change.js';
import { breakout } from '../../../src/operators/measures/breakout.js';
import { choppiness } from '../../../src/operators/measures/choppiness.js';
import { directionalMove } from '../../../src/operators/measures/directional-index.js';
import { efficiencyRatio } from '../../../src/operators/measures/efficiency-ratio.js';
import { emaWarmupBars } from '../../../src/operators/measures/exponential-moving-average.js';
import { liquidityPerHour } from '../../../src/operators/measures/liquidity-per-hour.js';
import { logReturn } from '../../../src/operators/measures/log-return.js';
import { normalisedMove, normalisedMoveOf } from '../../../src/operators/measures/normalised-move.js';
import { rateOfChange, rateOfChangePercent } from '../../../src/operators/measures/rate-of-change.js';
import { realisedVolatility } from '../../../src/operators/measures/realised-volatility.js';
import { returnZ } from '../../../src/operators/measures/return-z.js';
import { takerImbalance, takerImbalanceOf } from '../../../src/operators/measures/taker-imbalance.js';
import { trendStateOf } from '../../../src/operators/measures/trend-state.js';
import { trueRange, trueRangeOf } from '../../../src/operators/measures/true-range.js';
import { volumeLogZ } from '../../../src/operators/measures/volume-log-z.js';
import { volumeSpike, volumeSpikePercent } from '../../../src/operators/measures/volume-spike.js';
import { volumeThin } from '../../../src/operators/measures/volume-thin.js';
import { START_MS, barsOf, barsOfCloses, readAll } from '../../support/bars.js';

const DAY_MS = 86_400_000;
const MINUTES_15 = 900_000;
const last = <T>(values: readonly T[]): T | undefined => values.at(-1);
const volumes = (...each: readonly (number | null)[]): readonly Bar[] => barsOf(each.map((volume) => ({ volume })));

describe('formulas', () => {
  it.each([
    ['rate of change', rateOfChangePercent(103, 100), 3],
    ['rate of change, down', rateOfChangePercent(50, 100), -50],
    ['true range within the bar', trueRangeOf(10, 8, 9), 2],
    ['true range from a lower close', trueRangeOf(15, 14, 9.5), 5.5],
    ['true range from a higher close', trueRangeOf(9, 8, 14.5), 6.5],
    ['normalised move', normalisedMoveOf(6, 2, 1), 3],
    ['normalised move over four bars', normalisedMoveOf(6, 2, 4), 1.5],
    ['taker imbalance', takerImbalanceOf(2.5, 10), -0.5],
    ['taker imbalance beyond 1 by rounding', takerImbalanceOf(10.0000001, 10), 1],
    ['volume spike', volumeSpikePercent(5, 2), 150],
    ['directional move, up wins', directionalMove(3, 1, 100), 3],
    ['directional move, down wins', directionalMove(1, 3, 100), -3],
    ['directional move inside the last bar', directionalMove(-1, -2, 100), 0],
    ['directional move, tied but for rounding', directionalMove(0.3, 0.1 + 0.2, 100), 0],
    ['trend up', trendStateOf(2, 1, 0.03), 1],
    ['trend down', trendStateOf(1, 2, -0.03), -1],
    ['trend up but flat', trendStateOf(2, 1, 0.02), 0],
    ['averages up, slope down', trendStateOf(2, 1, -0.03), 0],
    ['warm-up of the 20-bar average', emaWarmupBars(20), 228],
    ['warm-up of the 50-bar average', emaWarmupBars(50), 569],
  ])('%s', (_, value, expected) => {
    expect(value).toBeCloseTo(expected, 12);
  });
});

describe('returns are anchored in time', () => {
  it.each([
    ['rate of change over a hole', rateOfChange(1), '10 11 - 12 13.2', ['warmup', 10, 'gap', 10]],
    ['the bar so long ago is there, a hole between does not matter', rateOfChange(3), '10 11 - 12', ['warmup', 'warmup', 20]],
    ['a close of 0 before', rateOfChange(1), '0 5 5.5', ['warmup', 'no-data', 10]],
    ['log return of a close of 0', logReturn(1), '5 0 5', ['warmup', 'no-data', 'no-data']],
    ['volatility across a hole', realisedVolatility(2), '1 1 1 - 1 1 1', ['warmup', 'warmup', 0, 'gap', 'gap', 0]],
    ['a return on a constant price', returnZ(2), '1 1 1 2', ['warmup', 'warmup', 'warmup', 'zero-variance']],
  ])('%s', (_, measure, closes, expected) => {
    const values = readAll(measure, barsOfCloses(closes));
    expect(values.map((value) => (typeof value === 'number' ? Number(value.toFixed(9)) : value))).toEqual(expected);
  });

  it('a normalised move over a hole has no value, and the next one has', () => {
    const closes = Array.from({ length: 20 }, (_, i) => 100 + (i % 3));
    const values = readAll(normalisedMove(1), barsOfCloses(`${closes.join(' ')} - 105 106`));
    expect(values.slice(-2)).toEqual(['gap', expect.any(Number)]);
  });

  it('a normalised move looks its yardstick up at the bar it starts from, across a hole', () => {
    const closes = Array.from({ length: 20 }, (_, i) => 100 + (i % 3)).join(' ');
    const atr = readAll(averageTrueRange(), barsOfCloses(closes));
    const values = readAll(normalisedMove(4), barsOfCloses(`${closes} 105 - - 106`));
    expect(last(values)).toBeCloseTo((106 - 101) / (Number(last(atr)) * 2), 12);
  });
});

describe('ranges go on over the bars there are', () => {
  it('the first true range after a hole starts from the last known close', () => {
    expect(readAll(trueRange(), barsOfCloses('10 11 - 15'))).toEqual(['warmup', 1, 4]);
  });

  it.each([
    ['choppiness of one price', choppiness(), 'zero-variance'],
    ['a move where nothing has moved before', normalisedMove(), 'zero-variance'],
    ['a breakout where nothing has moved before', breakout(), 'zero-variance'],
    ['the efficiency of a flat price', efficiencyRatio(), 0],
  ])('%s', (_, measure, expected) => {
    expect(last(readAll(measure, barsOfCloses(Array.from({ length: 30 }, () => '7').join(' '))))).toBe(expected);
  });
});

describe('volumes', () => {
  const flat = Array.from({ length: 20 }, () => 1);

  it('an unknown volume is forgotten once it has left the window', () => {
    expect(readAll(volumeSpike(2), volumes(1, null, 1, 1, 2))).toEqual(['warmup', 'warmup', 'no-data', 'no-data', 100]);
  });

  it('a bar is measured against the bars before it and not against itself', () => {
    expect(last(readAll(volumeSpike(2), volumes(2, 4, 9)))).toBe(200);
  });

  it.each([
    ['too few bars', volumeSpike(2), volumes(2, 4), 'warmup'],
    ['no volume before', volumeSpike(2), volumes(0, 0, 5), 'zero-volume'],
    ['an unknown volume before', volumeSpike(2), volumes(1, null, 5), 'no-data'],
    ['an unknown volume', volumeLogZ(), volumes(...flat, null), 'no-data'],
    ['a constant volume, kept', volumeLogZ(), volumes(...flat, 1), 0],
    ['a constant volume, left', volumeLogZ(), volumes(...flat, 2), 'zero-variance'],
    ['no thin bar', volumeThin(), volumes(...flat, 0), 0],
    ['thin bars, the floor itself included', volumeThin(), volumes(0, 1e-8, 2e-8, ...flat.slice(3), 1), 2],
    ['no taker volume known', takerImbalance(), volumes(1), 'no-data'],
    ['no trade to take', takerImbalance(), barsOf([{ volume: 0, takerVolume: 0 }]), 'zero-volume'],
    ['an open of 0', barChange(), barsOf([{ open: 0, close: 1 }]), 'no-data'],
    ['from open to close', barChange(), barsOf([{ open: 2, close: 2.5 }]), 25],
  ])('%s', (_, measure, bars, expected) => {
    expect(last(readAll(measure, bars))).toBe(expected);
  });
});

describe('liquidity per hour', () => {
  const quotes = (count: number, quoteVolume: number | null = 24): readonly Bar[] => barsOf(Array.from({ length: count }, () => ({ quoteVolume })));
  const later = (bars: readonly Bar[], byMs: number): readonly Bar[] => bars.map((each) => ({ ...each, openTimeMs: each.openTimeMs + byMs }));

  it('sums what there is of the last 24 hours, this bar included, and divides by 24', () => {
    const values = readAll(liquidityPerHour(), quotes(100));
    expect([values[0], values[1], values[95], values[96], values[99]]).toEqual([1, 2, 96, 96, 96]);
  });

  it('forgets the bar of exactly 24 hours before', () => {
    const [first] = barsOf([{ quoteVolume: 2400 }]);
    const rest = later(quotes(96), MINUTES_15);
    expect(readAll(liquidityPerHour(), [first as Bar, ...rest]).slice(-2)).toEqual([195, 96]);
  });

  it('a missing bar adds nothing, and what it would have replaced is forgotten', () => {
    const bars = [...quotes(96), ...later(quotes(1), DAY_MS + 3 * MINUTES_15)];
    expect(last(readAll(liquidityPerHour(), bars))).toBe(93);
  });

  it('has no value while a bar of the last 24 hours lacks its quote volume', () => {
    const values = readAll(liquidityPerHour(), [...quotes(1, null), ...later(quotes(97), MINUTES_15)]);
    expect([values[0], values[95], values[96]]).toEqual(['no-data', 'no-data', 96]);
  });

  it('holds a day of minutes', () => {
    const bars = barsOf(Array.from({ length: 1_500 }, () => ({ interval: '1m' as const, quoteVolume: 24 })), START_MS);
    expect(last(readAll(liquidityPerHour(), bars))).toBe(1_440);
  });
});
