import { from, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Bar, PlacedBar } from '../../../src/model/bar.js';
import type { Verdict } from '../../../src/model/verdict.js';
import type { ClassicSettings } from '../../../src/operators/judges/classic.js';
import { classicRule } from '../../../src/operators/judges/classic.js';
import { measure, windowBarsOf } from '../../../src/operators/measures/measure.js';
import { slidingWindow } from '../../../src/operators/windows/sliding-window.js';
import { barsOf } from '../../support/bars.js';
import { placed } from '../../support/parts.js';

const SETTINGS: ClassicSettings = {
  lookbackBars: 8,
  volumeThreshold: 150,
  priceThreshold: 5,
  liquidityLevel: 10_000,
  lowLiquidityVolumeThreshold: 250,
  unknownLiquidity: 'low',
};
const LIQUID = { quoteVolume: 10_000_000 };

/** What the rule says of the last of these bars. */
const verdict = (facts: readonly Partial<Bar>[], settings: Partial<ClassicSettings> = {}): Verdict => {
  const rule = classicRule({ ...SETTINGS, ...settings });
  let last: Verdict | undefined;
  from(barsOf(facts).map((bar) => placed(bar)))
    .pipe(slidingWindow<PlacedBar>({ bars: windowBarsOf(rule.measures) }), measure(rule.measures), map((reading) => rule.judge(reading)))
    .subscribe(([said]) => (last = said));
  return last as Verdict;
};

/** Bars of one volume and price, then one that is told. */
const after = (last: Partial<Bar>, { count = 8, volume = 2 }: { readonly count?: number; readonly volume?: number | null } = {}): readonly Partial<Bar>[] => [
  ...Array.from({ length: count }, () => ({ open: 1, close: 1, volume, ...LIQUID })),
  { ...LIQUID, ...last },
];

describe('the classic rule', () => {
  it.each([
    ['volume and change exactly at their thresholds', { open: 100, close: 105, volume: 5 },        true],
    ['change just below',                             { open: 100, close: 104.999, volume: 5 },    false],
    ['volume just below',                             { open: 100, close: 105, volume: 4.999 },    false],
    ['a fall of any size',                            { open: 100, close: 50, volume: 500 },       false],
    ['0.20 to 0.21, which binary rounding calls less', { open: 0.2, close: 0.21, volume: 50 },     true],
    ['a hair below 5 %',                              { open: 0.2, close: 0.2099999999, volume: 50 }, false],
    ['1.1 to 1.155',                                  { open: 1.1, close: 1.155, volume: 50 },     true],
    ['an open of nothing',                            { open: 0, close: 1, volume: 50 },           false],
    ['no volume known',                               { open: 100, close: 105, volume: null },     false],
  ])('%s', (_, last, expected) => {
    expect(verdict(after(last)).fired).toBe(expected);
  });

  it.each([
    [0.1, 0.25, true],
    [0.3, 0.75, true],
    [0.07, 0.175, true],
    [0.07, 0.17499999999, false],
  ])('after bars of volume %d, one of %d is 150 %% more or not, by their decimals', (volume, spike, expected) => {
    expect(verdict(after({ open: 1, close: 2, volume: spike }, { volume })).fired).toBe(expected);
  });

  it.each([
    [7, false],
    [8, true],
  ])('with %i bars before it', (count, expected) => {
    expect(verdict(after({ open: 100, close: 105, volume: 5 }, { count })).fired).toBe(expected);
  });

  it('never fires when there was no volume before, or one of the bars is unknown', () => {
    expect(verdict(after({ open: 1, close: 2, volume: 5 }, { volume: 0 }))).toMatchObject({
      fired: false,
      conditions: [{ measure: 'spikePct', value: null, margin: null, reason: 'zero-volume' }, { passed: true }],
    });
    expect(verdict(after({ open: 1, close: 2, volume: 5 }, { volume: null })).fired).toBe(false);
  });

  /** 24 hours at 240 000 are exactly 10 000 an hour. */
  it.each([
    ['above the level',            240_024, 'low',  150],
    ['at the level, which is low', 240_000, 'low',  250],
    ['at the level, whatever unknown means', 240_000, 'high', 250],
    ['unknown, which is low',      null,    'low',  250],
    ['unknown, which is high',     null,    'high', 150],
  ] as const)('liquidity %s', (_, quoteVolume, unknownLiquidity, threshold) => {
    const bars = after({ open: 100, close: 105, volume: 6, quoteVolume }).map((each, i) => (i < 8 ? { ...each, quoteVolume: quoteVolume === null ? null : 0 } : each));
    expect(verdict(bars, { unknownLiquidity })).toMatchObject({
      fired: threshold === 150,
      conditions: [{ measure: 'spikePct', value: 200, threshold, margin: 200 - threshold }, { measure: 'changePct' }],
      shown: { spikePct: 200, volumeThresholdPct: threshold },
    });
  });

  it('has one direction, and says which rule it is', () => {
    expect(verdict(after({ open: 1, close: 1, volume: 1 }))).toMatchObject({ rule: 'classic', ruleVersion: 1, direction: 'up', shortHistory: false });
  });
});
