import { from, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { classic } from '../../pipelines/classic.js';
import { momentum } from '../../pipelines/momentum.js';
import type { Bar, PlacedBar } from '../../src/model/bar.js';
import type { Measured } from '../../src/model/reading.js';
import type { Verdict } from '../../src/model/verdict.js';
import { classicRule } from '../../src/operators/judges/classic.js';
import type { ClassicSettings } from '../../src/operators/judges/classic.js';
import { momentumRule } from '../../src/operators/judges/momentum.js';
import { liquidityPerHour, rateOfChange, volumeLogZ, volumeZ } from '../../src/operators/measures/index.js';
import { measure, windowBarsOf } from '../../src/operators/measures/measure.js';
import { slidingWindow } from '../../src/operators/windows/sliding-window.js';
import type { Rule } from '../../src/ports/rule.js';
import { readFrame } from '../../src/sources/binance/kline.js';
import { barAt, barsOf, readAll } from '../support/bars.js';
import { fakeStore } from '../support/fakes.js';
import { liveOn, placed } from '../support/parts.js';

/*
 * The defects of the original scanner that concern judging (signals.md §1.3), each with a test that fails on the defect. Those of
 * its surroundings are in defects-surroundings.spec.ts.
 */

const CLASSIC: ClassicSettings = {
  lookbackBars: 8,
  volumeThreshold: 150,
  priceThreshold: 5,
  liquidityLevel: 10_000,
  lowLiquidityVolumeThreshold: 250,
  unknownLiquidity: 'low',
};
const classicOf = (given: Partial<ClassicSettings> = {}): Rule => classicRule({ ...CLASSIC, ...given });
const MOMENTUM = momentum.settings.parse({ shortHistory: 'judge', unknownLiquidity: 'high' });

/** What a rule says of each of these bars. */
const verdictsOf = (rule: Rule, bars: readonly Bar[]): readonly (readonly Verdict[])[] => {
  const said: (readonly Verdict[])[] = [];
  from(bars.map((bar) => placed(bar)))
    .pipe(slidingWindow<PlacedBar>({ bars: windowBarsOf(rule.measures) }), measure(rule.measures), map((reading) => rule.judge(reading)))
    .subscribe((verdicts) => said.push(verdicts));
  return said;
};
const lastOf = (rule: Rule, bars: readonly Bar[]): readonly Verdict[] => verdictsOf(rule, bars).at(-1) ?? [];
const fires = (rule: Rule, bars: readonly Bar[]): boolean => lastOf(rule, bars).some(({ fired }) => fired);
const last = (values: readonly Measured[]): Measured => values.at(-1) ?? 'no-data';

const times = (count: number, fact: (i: number) => Partial<Bar>): readonly Partial<Bar>[] => Array.from({ length: count }, (_, i) => fact(i));
/** Quiet bars of one volume in a liquid market. */
const quiet = (count: number, volume = 2): readonly Partial<Bar>[] => times(count, () => ({ open: 1, close: 1, volume, quoteVolume: 1e7 }));
/** The bar that fires after them. */
const loud: Partial<Bar> = { open: 1, close: 1.06, volume: 6, quoteVolume: 1e7 };

const frameOf = (closed: boolean): Buffer =>
  Buffer.from(
    `{"stream":"btcusdt@kline_15m","data":{"e":"kline","E":1,"s":"BTCUSDT","k":{"t":0,"T":899999,"s":"BTCUSDT","i":"15m","f":1,"L":7,"o":"1","c":"2","h":"2","l":"1","v":"9","n":7,"x":${closed},"q":"9","V":"1","Q":"1","B":"0"}}}`,
  );

/** Bars of a symbol that swing by one with usual volume; at `jumpAt` it jumps on a hundred times the volume. */
const swinging = (symbol: string, jumpAt = -1, count = 320): readonly Bar[] => {
  let close = 100;
  return Array.from({ length: count }, (_, i) => {
    const open = close;
    close = i === jumpAt ? open + 15 : open + (i % 2 === 0 ? 1 : -1);
    return barAt(i, { symbol, open, close, volume: i === jumpAt ? 10_000 : 100 + 10 * (i % 2), quoteVolume: 1e6 });
  });
};

describe('judging', () => {
  it('D1: a forming bar is never a bar: the wire tells it apart, and nothing of it reaches a window', () => {
    expect(readFrame(frameOf(true))).toMatchObject({ kind: 'kline', closed: true });
    expect(readFrame(frameOf(false))).toMatchObject({ kind: 'kline', closed: false });
    // At the close it is judged by what it was then, and by no moment before.
    const forming = { ...loud, close: 1.2 };
    const closed = { ...loud, close: 1.01 };
    expect(fires(classicOf(), barsOf([...quiet(8), forming]))).toBe(true);
    expect(fires(classicOf(), barsOf([...quiet(8), closed]))).toBe(false);
  });

  it('D2: when bars are judged is their close, not the phase of a poll: whoever starts when says the same', () => {
    const truth = swinging('A', 310);
    const lives = [3_000, 400_000, 899_000].map((agoMs) => {
      const life = liveOn({
        compose: (parts) => momentum.compose(parts, momentum.settings.parse({})),
        store: fakeStore(),
        sinks: [],
        truth,
        after: 305,
        agoMs,
      });
      [306, 307, 308, 309, 310, 311].forEach(life.arrive);
      return life.told.filter((line) => line.startsWith('close 3') && !line.startsWith('close 305'));
    });
    expect(lives[0]).toContain('close 310: A up');
    expect(lives[1]).toStrictEqual(lives[0]);
    expect(lives[2]).toStrictEqual(lives[0]);
  });

  it('D3: no symbol waits for another: three hundred bars of one instant are one close at that instant', () => {
    const symbols = Array.from({ length: 300 }, (_, i) => `S${i}`);
    const truth = symbols.flatMap((symbol) => swinging(symbol, -1, 302).slice(297));
    const life = liveOn({ compose: (parts) => momentum.compose(parts, MOMENTUM), store: fakeStore(), sinks: [], truth, after: 299 });
    // Virtual time stands still while they arrive: not one wait is made between them.
    life.arrive(300);
    expect(life.told.at(-1)).toBe('close 300: nothing');
  });

  it('D7: liquidity is money: a coin of high unit price is not called illiquid for its few units, nor one of low price liquid', () => {
    const dear = barsOf(times(96, () => ({ close: 10_000, volume: 2, quoteVolume: 20_000 })));
    const cheap = barsOf(times(96, () => ({ close: 0.00001, volume: 2_000_000, quoteVolume: 20 })));
    expect(last(readAll(liquidityPerHour(), dear))).toBe(80_000);
    expect(last(readAll(liquidityPerHour(), cheap))).toBe(80);
    // An average over an hour needs no scaling of its level: the level is 10 000 an hour, at any bar length.
    const hourly = barsOf(times(24, () => ({ interval: '1h', close: 10_000, volume: 8, quoteVolume: 80_000 })));
    expect(last(readAll(liquidityPerHour(), hourly))).toBe(80_000);
  });

  it('D8: liquidity is of whole closed bars: the last 24 hours, the judged bar the youngest', () => {
    const bars = barsOf([...times(10, () => ({ quoteVolume: 1e9 })), ...times(96, () => ({ quoteVolume: 2_500 }))]);
    expect(last(readAll(liquidityPerHour(), bars))).toBe(10_000);
  });

  it.each(['1m', '5m', '15m', '1h'] as const)('D9: at %s a window has as many bars as were asked for, and a day is a day', (interval) => {
    const baseline = quiet(20).map((fact, i) => ({ ...fact, interval, volume: i < 12 ? 1_000 : 2 }));
    // Only the last eight count: with any of the earlier ones the mean would be far too high.
    expect(fires(classicOf({ unknownLiquidity: 'high', liquidityLevel: 0 }), barsOf([...baseline, { ...loud, interval }]))).toBe(true);
    const perDay = { '1m': 1_440, '5m': 288, '15m': 96, '1h': 24 }[interval];
    const day = barsOf(times(perDay + 1, (i) => ({ interval, quoteVolume: i === 0 ? 1e12 : 24 })));
    expect(last(readAll(liquidityPerHour(), day))).toBe(perDay);
  });

  it('D10: the number of bars to look back is the one that was set', () => {
    // Two quiet bars behind six loud ones: a spike against two, none against eight.
    const bars = barsOf([...quiet(6, 6), ...quiet(2, 2), loud]);
    expect(fires(classicOf({ lookbackBars: 2 }), bars)).toBe(true);
    expect(fires(classicOf({ lookbackBars: 8 }), bars)).toBe(false);
    const parsed = classic.settings.parse({ lookbackBars: 3 });
    expect(classic.measures(parsed).map((each) => each.windowBars('15m'))).toContain(4);
  });

  it('D11: a new listing is judged as soon as its baseline is there, and before that says why not', () => {
    const verdicts = verdictsOf(classicOf(), barsOf([...quiet(8), loud]));
    expect(verdicts.at(-1)?.[0]?.fired).toBe(true);
    expect(verdicts[7]?.[0]).toMatchObject({ fired: false, conditions: [{ measure: 'spikePct', value: null, reason: 'warmup' }, {}] });
  });

  it('D12: a baseline of no volume is no value, and no exception', () => {
    const [verdict] = lastOf(classicOf(), barsOf([...quiet(8, 0), loud]));
    expect(verdict).toMatchObject({ fired: false, conditions: [{ value: null, reason: 'zero-volume' }, {}] });
  });

  it('D17: a crash is reported like a rise', () => {
    const falling = [...swinging('A').slice(0, 310), barAt(310, { open: 101, close: 85, volume: 10_000, quoteVolume: 1e6 })];
    expect(lastOf(momentumRule(MOMENTUM), falling).map(({ direction, fired }) => [direction, fired])).toStrictEqual([
      ['up', false],
      ['down', true],
    ]);
  });

  it('D18: the level of liquidity is a setting that can be reached, on both sides of it', () => {
    const bars = barsOf([...quiet(100), { ...loud, volume: 6 }]);
    // Forty million an hour, and two hundred per cent more than the mean.
    expect(fires(classicOf({ liquidityLevel: 10_000 }), bars)).toBe(true);
    expect(fires(classicOf({ liquidityLevel: 50_000_000 }), bars)).toBe(false);
    expect(fires(momentumRule({ ...MOMENTUM, liquidityLevel: 50_000_000 }), swinging('A', 319))).toBe(false);
    expect(fires(momentumRule({ ...MOMENTUM, liquidityLevel: 10_000 }), swinging('A', 319))).toBe(true);
  });

  it('D19: where little is traded the rule is never more lenient', () => {
    // Three hundred per cent more than the mean, four hundred asked for.
    const illiquid = barsOf([...quiet(8), { ...loud, volume: 8 }].map((fact) => ({ ...fact, quoteVolume: 1 })));
    expect(fires(classicOf({ volumeThreshold: 400 }), illiquid)).toBe(false);
    expect(fires(classicOf({ volumeThreshold: 150 }), illiquid)).toBe(true);
    expect(fires(classicOf({ volumeThreshold: 150 }), barsOf([...quiet(8), loud].map((fact) => ({ ...fact, quoteVolume: 1 }))))).toBe(false);
  });

  it('D20: one earlier spike does not mask the next: the judging statistic is on a log scale', () => {
    const volumes = times(20, (i) => ({ volume: i === 10 ? 3_000 : 90 + (i % 3) * 20 }));
    const bars = barsOf([...volumes, { volume: 2_000 }]);
    expect(last(readAll(volumeLogZ(), bars))).toBeGreaterThan(3);
    expect(last(readAll(volumeZ(), bars))).toBeLessThan(3);
    expect(momentumRule(MOMENTUM).measures.map(({ name }) => name)).toContain('volume_logz20');
  });

  it('D21: what is unusual is measured by the symbol’s own range: a calm market and a wild one fire alike', () => {
    const wild = swinging('A', 319);
    const calm = wild.map((bar) => {
      const shrink = (price: number): number => 100 + (price - 100) / 50;
      return { ...bar, open: shrink(bar.open), high: shrink(bar.high), low: shrink(bar.low), close: shrink(bar.close) };
    });
    // The one moves by 15 %, the other by 0.3 %; both by more than seven of their usual ranges.
    const moved = [wild, calm].map((bars) => last(readAll(rateOfChange(1), bars)) as number);
    expect(moved[0]).toBeGreaterThan(10);
    expect(moved[1]).toBeLessThan(0.5);
    const moves = [wild, calm].map((bars) => lastOf(momentumRule(MOMENTUM), bars)[0]);
    expect(moves.map((verdict) => verdict?.fired)).toStrictEqual([true, true]);
    expect(moves[1]?.conditions[0]?.value).toBeCloseTo(moves[0]?.conditions[0]?.value ?? NaN, 6);
  });

  it.each([
    [0.2, 0.21, 5],
    [1.1, 1.155, 5],
    [0.07, 0.0756, 8],
    [100, 101, 1],
    [0.3, 0.309, 3],
  ])('D24: from %d to %d is %d per cent, whatever binary division makes of it', (open, close, percent) => {
    expect(fires(classicOf({ priceThreshold: percent }), barsOf([...quiet(8), { ...loud, open, close }]))).toBe(true);
    expect(fires(classicOf({ priceThreshold: percent }), barsOf([...quiet(8), { ...loud, open, close: close - 1e-9 }]))).toBe(false);
  });

  it('D27: a hole is filled before anything later passes; what nobody can fill is said, and no change is formed across it', () => {
    const holed = barsOf(times(12, (i) => ({ close: 100 + i }))).filter((_, i) => i !== 6);
    expect(readAll(rateOfChange(4), holed).slice(5, 11)).toStrictEqual([expect.any(Number), expect.any(Number), expect.any(Number), expect.any(Number), 'gap', expect.any(Number)]);

    const truth = swinging('A', 310).filter((bar) => bar.openTimeMs !== barAt(308).openTimeMs);
    const life = liveOn({ compose: (parts) => momentum.compose(parts, MOMENTUM), store: fakeStore(), sinks: [], truth, after: 305 });
    [306, 307, 309, 310].forEach(life.arrive);
    expect(life.kinds()).toContain('bars-missing');
    expect(life.told).toContain('close 310: A up');
  });
});
