import fc from 'fast-check';
import { from, map, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import { INTERVALS } from '../../../src/model/interval.js';
import type { Window } from '../../../src/model/window.js';
import { momentumRule } from '../../../src/operators/judges/momentum.js';
import { windowBarsOf } from '../../../src/operators/measures/measure.js';
import { slidingWindow } from '../../../src/operators/windows/sliding-window.js';
import { bar, barAt, barsOfCloses, windowOf } from '../../support/bars.js';
import { marbles } from '../../support/marbles.js';
import { placed } from '../../support/parts.js';

const [a, b, c, d] = [barAt(0), barAt(1), barAt(2), barAt(3)];
const bars = { a, b, c, d };

/** The closes a window shows, oldest first: what a test may keep of it. */
const closes = (window: Window<Bar>): readonly number[] =>
  Array.from({ length: window.length }, (_, i) => window.close(window.length - 1 - i));

/** The live window after all of these bars. */
const windowAfter = (all: readonly Bar[], size: number): Window<Bar> => {
  let last: Window<Bar> | undefined;
  from(all).pipe(slidingWindow({ bars: size })).subscribe((window) => (last = window));
  return last as Window<Bar>;
};

describe('slidingWindow', () => {
  it('speaks from the first bar on and slides by one when it is full', marbles((m) => {
    const bar$ =     m.hot('-a-b-c-d-|', bars);
    const expected =       '-w-x-y-z-|';
    const shown$ = bar$.pipe(slidingWindow<Bar>({ bars: 3 }), map(closes));
    m.expect(shown$).toBeObservable(expected, { w: [100], x: [100, 101], y: [100, 101, 102], z: [101, 102, 103] });
  }));

  it('is silent when nothing comes', marbles((m) => {
    m.expect(m.hot<Bar>('-').pipe(slidingWindow({ bars: 3 }))).toBeObservable('-');
    m.expect(m.hot<Bar>('-|').pipe(slidingWindow({ bars: 3 }))).toBeObservable('-|');
  }));

  it('passes an error on', marbles((m) => {
    const bar$ =     m.hot('-a-#', bars);
    const expected =       '-w-#';
    m.expect(bar$.pipe(slidingWindow<Bar>({ bars: 3 }), map(closes))).toBeObservable(expected, { w: [100] });
  }));

  it('leaves the source when it is left', marbles((m) => {
    const bar$ =     m.hot('-a-b-c-d-|', bars);
    const left =           '----!     ';
    const expected =       '-w-x-     ';
    m.expect(bar$.pipe(slidingWindow<Bar>({ bars: 3 }), map(closes)), left).toBeObservable(expected, { w: [100], x: [100, 101] });
    m.expect(bar$).toHaveSubscriptions('^---!');
  }));

  it('begins anew for every subscriber', () => {
    const window$ = from([a, b]).pipe(slidingWindow<Bar>({ bars: 2 }), map(({ barCount }) => barCount), toArray());
    const told: number[][] = [];
    window$.subscribe((counts) => told.push(counts));
    window$.subscribe((counts) => told.push(counts));
    expect(told).toStrictEqual([[1, 2], [1, 2]]);
  });

  it('holds as many bars as are asked for at the interval', () => {
    const sizes: number[] = [];
    const sized = slidingWindow<Bar>({ bars: (interval) => (interval === '1h' ? 1 : 2) });
    of(barAt(0, { interval: '1h' }), barAt(1, { interval: '1h' })).pipe(sized).subscribe(({ length }) => sizes.push(length));
    expect(sizes).toStrictEqual([1, 1]);
  });

  it('begins a new window with a bar that follows a hole of a day', () => {
    const window = windowAfter([a, b, placed(c, { follows: 'restart' }), d], 3);
    expect(closes(window)).toStrictEqual([102, 103]);
    expect(window.barCount).toBe(2);
    expect(window.backOf(2)).toBe(-1);
  });

  it('goes on over a hole shorter than a day', () => {
    const window = windowAfter([a, b, placed(d, { follows: 'gap' })], 3);
    expect(closes(window)).toStrictEqual([100, 101, 103]);
    expect(window.barCount).toBe(3);
  });
});

describe('the window', () => {
  it('is the same object at every bar and shows the newest state', () => {
    const seen: Window<Bar>[] = [];
    of(a, b).pipe(slidingWindow<Bar>({ bars: 3 })).subscribe((window) => seen.push(window));
    expect(seen[0]).toBe(seen[1]);
    expect(seen[0]?.latest).toBe(b);
  });

  it('shows every column, and null where the bar has none', () => {
    const full = bar({ open: 1, high: 4, low: 0.5, close: 2, volume: 5, quoteVolume: 6, tradeCount: 7, takerVolume: 8 });
    const bare = barAt(1, { volume: null, quoteVolume: null, tradeCount: null, takerVolume: null });
    const window = windowAfter([full, bare], 2);
    const columns = (back: number) => [window.volume(back), window.quoteVolume(back), window.tradeCount(back), window.takerVolume(back)];
    expect([window.openTimeMs(1), window.open(1), window.high(1), window.low(1), window.close(1)]).toStrictEqual([full.openTimeMs, 1, 4, 0.5, 2]);
    expect(columns(1)).toStrictEqual([5, 6, 7, 8]);
    expect(columns(0)).toStrictEqual([null, null, null, null]);
  });

  it.each([
    ['100+1x5', 0, 0],
    ['100+1x5', 3, 3],
    ['100+1x5', 4, -1], // the window holds four
    ['100 101', 2, -1],
    ['100 - 102', 1, -1],
    ['100 - 102', 2, 1],
    ['100 - - 103 104', 4, 2],
    ['100 - - 103 104', 3, -1],
    ['100 101', -1, -1],
  ])('after %s the bar %i intervals back lies %i back', (told, intervals, back) => {
    expect(windowAfter(barsOfCloses(told), 4).backOf(intervals)).toBe(back);
  });

  it.each([-1, 3, 4, 5])('throws when asked for bar %i of three held', (back) => {
    const window = windowAfter(barsOfCloses('100+1x9'), 3);
    expect(() => window.close(back)).toThrow(RangeError);
  });

  it('says what the plainest window says, at any size and with any holes', () => {
    const closesAndHoles = fc.array(fc.record({ close: fc.integer({ min: 1, max: 999 }), hole: fc.integer({ min: 0, max: 3 }) }), { minLength: 1, maxLength: 70 });
    fc.assert(
      fc.property(closesAndHoles, fc.integer({ min: 1, max: 40 }), (facts, size) => {
        let index = 0;
        const all = facts.map(({ close, hole }) => barAt((index += 1 + hole), { close }));
        const window = windowAfter(all, size);
        const plain = windowOf(all, size);
        expect([window.length, window.barCount, window.latest]).toStrictEqual([plain.length, plain.barCount, plain.latest]);
        expect(closes(window)).toStrictEqual(closes(plain));
        for (let back = 0; back < 50; back++) expect(window.backOf(back)).toBe(plain.backOf(back));
      }),
    );
  });

  it('takes with its series less than 16 KB for the momentum pipeline, what its measures remember included, and 7 KB more for scenes', () => {
    const settings = { moveThreshold: 3, volumeLogZThreshold: 3, liquidityLevel: 10_000, unknownLiquidity: 'low', shortHistory: 'judge' } as const;
    const { measures } = momentumRule(settings);
    for (const interval of INTERVALS) {
      const bars = windowBarsOf(measures)(interval);
      const liquidityDay = 86_400_000 / windowAfter([barAt(0, { interval })], 1).intervalMs;
      expect(8 * (9 * bars + liquidityDay + 8 * 20)).toBeLessThanOrEqual(16 * 1_024);
      expect(8 * 9 * (Math.max(bars, 96) - bars)).toBeLessThanOrEqual(7 * 1_024);
    }
  });

  describe('with scenes', () => {
    const withScenes = (all: readonly Bar[], bars: number, sceneBars: number): Window<Bar> => {
      let last: Window<Bar> | undefined;
      from(all).pipe(slidingWindow({ bars, sceneBars })).subscribe((window) => (last = window));
      return last as Window<Bar>;
    };

    it('gives a copy of the recent bars, more than it holds for measuring', () => {
      const all = barsOfCloses('100+1x20').map((each, i) => ({ ...each, volume: i === 18 ? null : i }));
      const window = withScenes(all, 3, 5);
      expect([window.length, closes(window)]).toStrictEqual([3, [117, 118, 119]]);
      expect(window.scene?.()).toStrictEqual({
        intervalMs: 900_000,
        openTimesMs: all.slice(15).map(({ openTimeMs }) => openTimeMs),
        open: [115, 116, 117, 118, 119],
        high: [115, 116, 117, 118, 119],
        low: [115, 116, 117, 118, 119],
        close: [115, 116, 117, 118, 119],
        volume: [15, 16, 17, null, 19],
      });
    });

    it('shows the bars there are, and none from before a restart', () => {
      expect(withScenes(barsOfCloses('100 101'), 3, 5).scene?.().close).toStrictEqual([100, 101]);
      const anew = [...barsOfCloses('100+1x9'), placed(barAt(200), { follows: 'restart' }), barAt(201)];
      expect(withScenes(anew, 3, 5).scene?.().close).toStrictEqual([300, 301]);
    });

    it('has none unless it is asked for, and measures see no difference', () => {
      const all = barsOfCloses('100+1x9 - 200 201');
      expect(windowAfter(all, 3).scene).toBeUndefined();
      const window = withScenes(all, 3, 96);
      expect([window.length, closes(window)]).toStrictEqual([3, [108, 200, 201]]);
      expect(() => window.close(3)).toThrow(RangeError);
      for (let back = 0; back < 20; back++) expect(window.backOf(back)).toBe(windowAfter(all, 3).backOf(back));
    });
  });
});
