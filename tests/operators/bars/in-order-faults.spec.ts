import fc from 'fast-check';
import type { Observable } from 'rxjs';
import { concat, EMPTY, map, NEVER, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Bar, PlacedBar } from '../../../src/model/bar.js';
import type { Sighting } from '../../../src/model/sighting.js';
import { SIGHTINGS } from '../../../src/model/sighting.js';
import type { InOrderOptions } from '../../../src/operators/bars/in-order.js';
import { inOrder } from '../../../src/operators/bars/in-order.js';
import { measure } from '../../../src/operators/measures/measure.js';
import { averageTrueRange } from '../../../src/operators/measures/average-true-range.js';
import { slidingWindow } from '../../../src/operators/windows/sliding-window.js';
import type { SeriesEvent } from '../../../src/ports/source.js';
import { HistoryError } from '../../../src/ports/source.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { START_MS, barAt } from '../../support/bars.js';
import { fakeHistory, faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { arrives, hasClosed } from '../../support/parts.js';

const BAR_MS = 900_000;
const at = (index: number): number => START_MS + index * BAR_MS;
const indexOf = ({ openTimeMs }: Pick<Bar, 'openTimeMs'>): number => (openTimeMs - START_MS) / BAR_MS;
const LETTERS = 'abcdefgh';
const truth = Array.from({ length: 60 }, (_, i) => barAt(i, { provenance: 'stream' }));
const bar = (index: number, given: Partial<Bar> = {}): Bar => ({ ...(truth[index] as Bar), ...given });
const unreachable = (): Observable<never> => throwError(() => new HistoryError('unreachable', 'banned until noon'));

/** A series under way whose first bar was due: it is fed, and what comes out is kept. */
const series = (given: Partial<InOrderOptions> = {}) => {
  const log = faultLog();
  const seen: Record<Sighting, number> = Object.fromEntries(SIGHTINGS.map((each) => [each, 0])) as Record<Sighting, number>;
  const clock = createVirtualClock();
  const event$ = new Subject<SeriesEvent>();
  const out: PlacedBar[] = [];
  const stage = inOrder({
    history: fakeHistory(truth),
    judgedUpToMs: () => at(-1),
    warmupBars: () => 1,
    report: log.report,
    notice: (sighting, _, count) => (seen[sighting] += count),
    scheduler: clock,
    ...given,
  });
  event$.pipe(stage).subscribe((each) => out.push(each));
  return {
    ...log,
    seen,
    clock,
    stage,
    tell: (...bars: readonly (Bar | number)[]) => {
      for (const each of bars) event$.next(arrives(typeof each === 'number' ? bar(each) : each));
    },
    announce: (index: number) => event$.next(hasClosed(bar(index))),
    order: () => out.map(indexOf),
    last: () => out.at(-1),
    out,
  };
};

describe('what comes again', () => {
  it('F16: of a bar that closes twice with the same values, one is handed on, and the other is counted and no fault', () => {
    const { tell, order, seen, faults } = series();
    tell(0, 1, 1, bar(1, { provenance: 'rest' }), 0, 2);
    expect(order()).toStrictEqual([0, 1, 2]);
    expect(seen).toMatchObject({ repeated: 3, revised: 0, late: 0 });
    expect(faults).toStrictEqual([]);
  });

  const versions: readonly (readonly [keyof Bar, number | null])[] = [
    ['open', 1], ['high', 999], ['low', 1], ['close', 1], ['volume', 2], ['quoteVolume', 3], ['tradeCount', 4], ['takerVolume', 5], ['takerQuoteVolume', 6], ['volume', null],
  ];
  it.each(versions)('F17: a bar that comes again with another %s (%s) is a revision, with both versions in the fault', (column, value) => {
    const { tell, out, seen, faults } = series({ warmupBars: () => 3 });
    tell(0, 1, 2, 3, bar(2, { [column]: value }));
    expect(faults).toMatchObject([{ kind: 'bars-revised', series: { symbol: 'BTCUSDT' } }]);
    expect(faults[0]?.detail).toMatch(/first open 102, .*; now open/);
    expect(seen).toMatchObject({ revised: 1, repeated: 0 });
    expect(out.slice(4).map((each) => [indexOf(each), each.timing, each.follows])).toStrictEqual([
      [0, 'history', 'restart'], [1, 'history', 'neighbour'], [2, 'revision', 'neighbour'], [3, 'history', 'neighbour'],
    ]);
    expect(out[6]).toMatchObject({ [column]: value });
  });

  it('F17: no second due bar ever comes of it, and the next one follows it', () => {
    const { tell, out } = series({ warmupBars: () => 3 });
    tell(0, 1, 2, bar(2, { close: 7 }), bar(2, { close: 7 }), 3);
    expect(out.filter(({ timing }) => timing === 'due').map(indexOf)).toStrictEqual([0, 1, 2, 3]);
    expect(out.at(-1)).toMatchObject({ timing: 'due', follows: 'neighbour' });
  });

  it('F17: what is corrected before its time of judging stays history', () => {
    const { tell, out } = series({ judgedUpToMs: () => at(2) });
    tell(3);
    tell(bar(2, { close: 7 }), 4);
    expect(out.filter(({ timing }) => timing === 'revision')).toStrictEqual([]);
  });

  it('F17: the series goes on exactly as one that had known the corrected bar from the start', () => {
    const corrected = bar(20, { high: 500, volume: 9 });
    const asCorrected = truth.map((each) => (each === truth[20] ? corrected : each));
    const measured = (events: readonly Bar[]): unknown[] => {
      const event$ = new Subject<SeriesEvent>();
      const values: unknown[] = [];
      const stage = inOrder({ history: fakeHistory(truth), judgedUpToMs: () => at(-1), warmupBars: () => 60, report: () => undefined });
      event$.pipe(stage, slidingWindow<PlacedBar>({ bars: 2 }), measure([averageTrueRange(14)])).subscribe(({ bar: of, values: read }) => values.push([indexOf(of), read['atr14']]));
      for (const each of events) event$.next(arrives(each));
      return values;
    };
    const straight = measured(asCorrected);
    const late = measured([...truth.slice(0, 25), corrected, ...truth.slice(25)]);
    expect(late.slice(-35)).toStrictEqual(straight.slice(-35));
    expect(late.slice(0, 25)).not.toStrictEqual(straight.slice(0, 25));
  });

  it('F17: no live bar waits for a correction', marbles((m) => {
    const named = Object.fromEntries(Array.from(LETTERS, (letter, i) => [letter, arrives(bar(i))]));
    const event$ =   m.hot('-a-b-c-B-d-------e-|', { ...named, B: arrives(bar(1, { close: 7 })) });
    const answer$ =  m.cold(      '----(x|)', { x: [bar(0), bar(1), bar(2)] });
    const expected =       '-a-b-c---d-(abcd)e-|';
    const { stage } = series({ history: { bars: (_, fromMs) => (fromMs < at(0) ? EMPTY : answer$) }, warmupBars: () => 2 });
    m.expect(event$.pipe(stage, map((each) => LETTERS.charAt(indexOf(each))))).toBeObservable(expected);
    m.expect(answer$).toHaveSubscriptions('-------^---!');
  }));

  it.each([
    ['does not answer', unreachable, 'banned until noon'],
    ['has nothing', () => EMPTY, 'does not reach back far enough'],
  ])('F17: when the history %s the series goes on with the first version, and it is said', (_, answer, why) => {
    const { tell, order, faults } = series({ history: { bars: (__, fromMs) => (fromMs < at(0) ? EMPTY : answer()) } });
    tell(0, 1, bar(1, { close: 7 }), 2);
    expect(order()).toStrictEqual([0, 1, 2]);
    expect(faults.map(({ kind }) => kind)).toStrictEqual(['bars-revised', 'bars-revised']);
    expect(faults[1]?.detail).toContain(why);
  });

  it('F17: revisions that come while one is made are made with it', () => {
    const answers: Subject<readonly Bar[]>[] = [];
    const history = { bars: (_: unknown, fromMs: number) => (fromMs < at(0) ? EMPTY : (answers[answers.length] = new Subject())) };
    const { tell, out } = series({ history, warmupBars: () => 2 });
    tell(0, 1, 2, 3, bar(2, { close: 7 }), bar(3, { close: 8 }), 4);
    expect(answers).toHaveLength(1);
    answers[0]?.next([bar(0), bar(1), bar(2), bar(3)]);
    answers[0]?.complete();
    expect(out.slice(5).map((each) => [indexOf(each), each.timing, each.close])).toStrictEqual([
      [0, 'history', 100], [1, 'history', 101], [2, 'revision', 7], [3, 'revision', 8], [4, 'history', 104],
    ]);
  });

  it('F17: when more bars have passed than are kept, the history is asked once more, and no hole is made', () => {
    const answers: Subject<readonly Bar[]>[] = [];
    const history = { bars: (_: unknown, fromMs: number) => (fromMs < at(0) ? EMPTY : (answers[answers.length] = new Subject())) };
    const { tell, out } = series({ history, warmupBars: () => 2, revisableBars: 4 });
    tell(0, 1, bar(1, { close: 7 }), 2, 3, 4, 5, 6, 7);
    answers[0]?.next([bar(0), bar(1)]);
    answers[0]?.complete();
    expect([answers.length, out.length]).toStrictEqual([2, 8]);
    answers[1]?.next(truth.slice(0, 8));
    answers[1]?.complete();
    expect(out.slice(8).map((each) => [indexOf(each), each.follows])).toStrictEqual([
      [0, 'restart'], ...[1, 2, 3, 4, 5, 6, 7].map((index) => [index, 'neighbour']),
    ]);
    expect(out[9]).toMatchObject({ timing: 'revision', close: 7 });
  });

  it('F17: a bar too old to be compared is late, and counted', () => {
    const { tell, order, seen } = series({ revisableBars: 4 });
    tell(0, 1, 2, 3, 4, 5, 6, bar(1, { close: 7 }));
    expect(order()).toStrictEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(seen).toMatchObject({ late: 1, revised: 0 });
  });

  it('F43: a bar that the history gives otherwise than the stream is a revision too', () => {
    const asked = truth.map((each, i) => (i === 1 ? bar(1, { volume: 44, provenance: 'rest' }) : each));
    const { tell, out, faults } = series({ history: fakeHistory(asked), warmupBars: () => 3 });
    tell(0, 1, 2, bar(2, { close: 7 }));
    expect(faults.map(({ kind }) => kind)).toStrictEqual(['bars-revised', 'bars-revised']);
    expect(out.slice(3).map(({ timing, volume }) => [timing, volume])).toStrictEqual([['history', 1], ['revision', 44], ['revision', 1]]);
  });

  it('F43: a rebuilt bar that differs from the told one by the rounding of its sums is the same', () => {
    const { tell, seen, faults } = series();
    const rebuilt = bar(1, { provenance: 'rebuilt', volume: 1 + 5e-10 });
    tell(0, 1, rebuilt, 2, bar(3, { provenance: 'rebuilt', volume: 1 + 5e-10 }), 3);
    expect([seen.repeated, faults]).toStrictEqual([2, []]);
    tell(bar(3, { volume: 1 + 5e-9 }), bar(2, { volume: 1 + 5e-10 }));
    expect(faults.map(({ kind }) => kind)).toStrictEqual(['bars-disagree', 'bars-revised']);
  });

  it('F43: a rebuilt bar is believed, whatever the history has of it', () => {
    const { tell, out } = series({ warmupBars: () => 3 });
    tell(0, bar(1, { provenance: 'rebuilt', close: 55 }), 2, bar(2, { close: 7 }));
    expect(out.slice(3).map(({ timing, close }) => [timing, close])).toStrictEqual([['history', 100], ['history', 55], ['revision', 7]]);
  });
});

describe('what comes out of turn, or not at all', () => {
  it('F18: bars that only change places are put in order, without a word to the history', () => {
    let asked = 0;
    const { tell, order, seen, clock, faults } = series({ holdMs: 500, history: { bars: (_, fromMs) => (fromMs < at(0) ? EMPTY : (asked++, NEVER)) } });
    tell(0, 2);
    clock.advanceTo(499);
    tell(1, 3);
    expect(order()).toStrictEqual([0, 1, 2, 3]);
    expect([asked, seen.reordered, faults]).toStrictEqual([0, 1, []]);
  });

  it('F18: after the time to hold the history decides, and what comes then is a repeat', () => {
    const { tell, order, seen, clock, kinds } = series({ holdMs: 500 });
    tell(0, 2);
    expect(order()).toStrictEqual([0]);
    clock.advanceTo(500);
    expect(order()).toStrictEqual([0, 1, 2]);
    tell(1);
    expect(kinds()).toStrictEqual(['bars-refilled']);
    expect(seen).toMatchObject({ repeated: 1, reordered: 0 });
  });

  it.each([['one bar', [0, 2]], ['many', [0, 40]]])('F19: %s that did not come is had from the history, in order', (_, told) => {
    const { tell, order, faults } = series();
    tell(...told);
    expect(order()).toStrictEqual(Array.from({ length: (told[1] ?? 0) + 1 }, (__, i) => i));
    expect(faults).toMatchObject([{ kind: 'bars-refilled', count: (told[1] ?? 0) - 1 }]);
  });

  it('F19: what the exchange does not have is missing there, and what it cannot be asked for is lost to us', () => {
    const missing = series({ history: fakeHistory([]) });
    missing.tell(0, 3);
    expect(missing.faults).toMatchObject([{ kind: 'bars-missing', count: 2 }]);
    expect(missing.seen).toMatchObject({ missing: 2, lost: 0 });
    const lost = series({ history: { bars: (_, fromMs) => (fromMs < at(0) ? EMPTY : concat(of([bar(1)]), unreachable())) } });
    lost.tell(0, 4);
    expect(lost.order()).toStrictEqual([0, 1, 4]);
    expect(lost.faults.map(({ kind, count }) => [kind, count])).toStrictEqual([['bars-refilled', 1], ['bars-lost', 2]]);
    expect(lost.faults[1]?.detail).toContain('banned until noon');
    expect(lost.seen).toMatchObject({ missing: 0, lost: 2 });
    expect(lost.last()).toMatchObject({ follows: 'gap', timing: 'due' });
  });

  it('F19: a hole that was not answered is asked for again by the next announcement, and then nothing is lost', () => {
    let asked = 0;
    const { announce, tell, order, seen } = series({ history: { bars: (...of) => (++asked === 2 ? unreachable() : fakeHistory(truth).bars(...of)) } });
    tell(0);
    announce(1);
    announce(2);
    tell(3);
    expect(order()).toStrictEqual([0, 1, 2, 3]);
    expect(seen.lost).toBe(0);
  });

  it('F19: what was not answered first and does not exist after all is missing, and not lost', () => {
    let asked = 0;
    const { announce, tell, seen } = series({ history: { bars: () => (++asked === 2 ? unreachable() : EMPTY) } });
    tell(0);
    announce(1);
    tell(2);
    expect(seen).toMatchObject({ missing: 1, lost: 0 });
  });

  it('F19: bars beyond the horizon are told as lost once, and those within it for themselves', () => {
    const minute = (index: number): Bar => barAt(index, { interval: '1m', close: 100 });
    const { tell, seen, faults } = series({ judgedUpToMs: () => minute(-1).openTimeMs, history: fakeHistory([]), warmupBars: () => 1_500 });
    tell(minute(0), minute(1_300));
    expect(seen).toMatchObject({ lost: 300, missing: 999 });
    expect(faults.map(({ kind, count }) => [kind, count])).toStrictEqual([['bars-lost', 300], ['bars-missing', 999]]);
  });

  it('F19: a warm-up that was not answered is asked for again, and no bar is judged without its past', () => {
    let asked = 0;
    const { tell, out } = series({ judgedUpToMs: () => at(9), warmupBars: () => 5, history: { bars: (...of) => (++asked === 1 ? unreachable() : fakeHistory(truth).bars(...of)) } });
    tell(10);
    expect(out).toStrictEqual([]);
    tell(11);
    expect(out.map((each) => [indexOf(each), each.timing])).toStrictEqual([[5, 'history'], [6, 'history'], [7, 'history'], [8, 'history'], [9, 'history'], [10, 'due'], [11, 'due']]);
  });

  it('F20: a bar whose end is never told is had from the history when its close is announced', () => {
    const quiet = bar(1, { volume: 0, tradeCount: 0, close: 100, high: 100, low: 100, open: 100 });
    const { tell, announce, out } = series({ history: fakeHistory([bar(0), quiet]) });
    tell(0);
    announce(1);
    expect(out.at(-1)).toMatchObject({ openTimeMs: at(1), volume: 0, timing: 'due', follows: 'neighbour' });
  });

  it('F14: a jump of ten times from one bar to the next is handed on as it is, and told', () => {
    const { tell, order, faults } = series();
    tell(0, bar(1, { open: 1_000, high: 1_000, low: 1_000, close: 1_000 }), bar(2, { open: 999.9, close: 999.9 }), bar(3, { open: 99, close: 99 }));
    expect(order()).toStrictEqual([0, 1, 2, 3]);
    expect(faults.map(({ kind }) => kind)).toStrictEqual(['bar-outlier', 'bar-outlier']);
  });
});

describe('F16–F19: any feed of a truth that the history has', () => {
  const fates = fc.array(fc.record({ fate: fc.constantFrom('once', 'once', 'once', 'twice', 'lost', 'announced'), shift: fc.integer({ min: 0, max: 3 }), again: fc.integer({ min: 0, max: 6 }) }), { minLength: 1, maxLength: 50 });

  it.each([0, 2])('gives each bar once and in order, holding for %i ms', (holdMs) => {
    fc.assert(
      fc.property(fates, fc.integer({ min: 0, max: 5 }), (facts, delayMs) => {
        const feed = facts
          .flatMap(({ fate, shift, again }, i) => {
            const one = { when: i + shift, event: fate === 'announced' ? hasClosed(bar(i)) : arrives(bar(i)) };
            if (fate === 'lost') return [];
            return fate === 'twice' ? [one, { when: i + shift + again, event: arrives(bar(i)) }] : [one];
          })
          .sort((a, b) => a.when - b.when);
        const clock = createVirtualClock();
        const log = faultLog();
        const out: PlacedBar[] = [];
        const event$ = new Subject<SeriesEvent>();
        const stage = inOrder({ history: fakeHistory(truth, { delayMs, scheduler: clock, pageBars: 3 }), judgedUpToMs: () => at(-1), warmupBars: () => 1, report: log.report, holdMs, scheduler: clock });
        event$.pipe(stage).subscribe((each) => out.push(each));
        for (const { when, event } of feed) {
          clock.advanceTo(when);
          event$.next(event);
        }
        event$.next(hasClosed(bar(facts.length - 1)));
        clock.advanceTo(10_000);
        expect(out.map(indexOf)).toStrictEqual(facts.map((_, i) => i));
        expect(out.every(({ timing }) => timing === 'due')).toBe(true);
        expect(log.kinds().every((kind) => kind === 'bars-refilled')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
