import fc from 'fast-check';
import type { Observable } from 'rxjs';
import { EMPTY, map, NEVER, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Bar, PlacedBar } from '../../../src/model/bar.js';
import type { InOrderOptions } from '../../../src/operators/bars/in-order.js';
import { inOrder, inOrderThen } from '../../../src/operators/bars/in-order.js';
import type { SeriesEvent } from '../../../src/ports/source.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { START_MS, barAt } from '../../support/bars.js';
import { fakeHistory, faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { arrives, hasClosed } from '../../support/parts.js';

const LETTERS = 'abcdefgh';
const BAR_MS = 900_000;
const at = (index: number): number => START_MS + index * BAR_MS;
const bars = Array.from(LETTERS, (_, i) => barAt(i));
/** `a` … `h`: the bars arrive. `A` … `H`: their close is announced. */
const events = Object.fromEntries([
  ...Array.from(LETTERS, (letter, i) => [letter, arrives(barAt(i))] as const),
  ...Array.from(LETTERS, (letter, i) => [letter.toUpperCase(), hasClosed(barAt(i))] as const),
]);
const indexOf = ({ openTimeMs }: Pick<Bar, 'openTimeMs'>): number => (openTimeMs - START_MS) / BAR_MS;
const letter = (bar: Bar): string => LETTERS.charAt(indexOf(bar));
const timing = ({ timing: [initial = ''] }: PlacedBar): string => initial;

/** Bars before the first one do not exist, and the first one is due, unless a test says otherwise. */
const order = (given: Partial<InOrderOptions> = {}) => {
  const log = faultLog();
  const options = { history: fakeHistory(bars), judgedUpToMs: () => at(-1), warmupBars: () => 1, report: log.report, ...given };
  return { ...log, stage: inOrder(options), letters: (event$: Observable<SeriesEvent>) => event$.pipe(inOrder(options), map(letter)) };
};

/** The placed bars after these events, one after another. */
const outcome = (told: string, given: Partial<InOrderOptions> = {}) => {
  const { stage, faults, kinds } = order(given);
  const out: PlacedBar[] = [];
  of(...Array.from(told, (each) => events[each] as SeriesEvent)).pipe(stage).subscribe((bar) => out.push(bar));
  return { letters: out.map(letter).join(''), timings: out.map(timing).join(''), follows: out.map(({ follows }) => follows), faults, kinds: kinds() };
};

describe('inOrder', () => {
  it('drops repeats and refills a hole before anything later passes', marbles((m) => {
    const event$ =   m.hot('-a-b-b-d------e-|', events);
    const c$ =       m.cold(      '---(c|)', { c: [barAt(2)] });
    const expected =       '-a-b------(cd)e-|';
    const { letters, faults } = order({ history: { bars: (_, fromMs) => (fromMs < at(0) ? EMPTY : c$) } });
    m.expect(letters(event$)).toBeObservable(expected);
    m.expect(c$).toHaveSubscriptions('-------^--!');
    m.flush();
    expect(faults).toMatchObject([{ kind: 'bars-refilled', count: 1 }]);
  }));

  it('lets live bars wait for the refill they arrive in', marbles((m) => {
    const event$ =   m.hot('a-cde--|      ', events);
    const b$ =       m.cold( '-----(b|)   ', { b: [barAt(1)] });
    const expected =       'a------(bcde|)';
    m.expect(order({ history: { bars: (_, fromMs) => (fromMs < at(0) ? EMPTY : b$) } }).letters(event$)).toBeObservable(expected);
  }));

  it('hands on a refill page by page', marbles((m) => {
    const event$ =   m.hot('a-e-----------|', events);
    const pages$ =   m.cold( '--x-y----|   ', { x: [barAt(1)], y: [barAt(2), barAt(3)] });
    const expected =       'a---b-(cd)-e--|';
    m.expect(order({ history: { bars: (_, fromMs) => (fromMs < at(0) ? EMPTY : pages$) } }).letters(event$)).toBeObservable(expected);
  }));

  it('is silent when nothing comes', marbles((m) => {
    m.expect(order().letters(m.hot('-'))).toBeObservable('-');
    m.expect(order().letters(m.hot('-|'))).toBeObservable('-|');
  }));

  it('passes an error on', marbles((m) => {
    const event$ =   m.hot('-a-#', events);
    const expected =       '-a-#';
    m.expect(order().letters(event$)).toBeObservable(expected);
  }));

  it('leaves the source and the history when it is left', marbles((m) => {
    const event$ =     m.hot('-a-d----------', events);
    const refill$ =    m.cold(  '------------');
    const left =             '------!       ';
    const expected =         '-a----        ';
    m.expect(order({ history: { bars: (_, fromMs) => (fromMs < at(0) ? EMPTY : refill$) } }).letters(event$), left).toBeObservable(expected);
    m.expect(event$).toHaveSubscriptions('^-----!');
    m.expect(refill$).toHaveSubscriptions('---^--!');
  }));
});

describe('inOrder at the start', () => {
  const older = Array.from({ length: 1_600 }, (_, i) => barAt(i - 1_600));
  const whole = { history: fakeHistory([...older, ...bars]), warmupBars: () => 3 };

  it.each([
    ['announced, never started before: all that was closed is history', 'Cd',   null,  'abcd',  'hhhd'],
    ['announced, judged before: what came since is due',                'Cd',   at(0), 'abcd',  'hhhddd'],
    ['judged further than announced',                                   'Cde',  at(3), 'abcde', 'hhhhd'],
    ['a bar without an announcement is due itself',                     'de',   null,  'abcde', 'hhhdd'],
    ['a bar first, judged before',                                      'de',   at(1), 'abcde', 'hhhddd'],
    ['an announcement of what is known changes nothing',                'dDCe', null,  'abcde', 'hhhdd'],
  ])('%s', (_, told, position, letters, timings) => {
    expect(outcome(told, { ...whole, judgedUpToMs: () => position })).toMatchObject({ letters, timings, kinds: [] });
  });

  it('begins with a bar that follows nothing', () => {
    expect(outcome('Cd', whole).follows).toStrictEqual(['start', ...Array.from({ length: 6 }, () => 'neighbour')]);
  });

  it('judges the bar that was not there yet at the announcement and comes by the next one', () => {
    const seen = outcome('ABc', { history: fakeHistory([barAt(1)]), judgedUpToMs: () => null });
    expect(seen).toMatchObject({ letters: 'bc', timings: 'dd', kinds: [] });
  });

  it('counts the announced bar as history even when it comes later by itself', () => {
    const seen = outcome('Aab', { history: fakeHistory([]), judgedUpToMs: () => null });
    expect(seen).toMatchObject({ letters: 'ab', timings: 'hd', follows: ['start', 'neighbour'], kinds: [] });
  });

  it.each([
    ['15m', 96],
    ['1m', 1_000],
  ] as const)('judges no further back than 1000 bars or a day: at %s it is %i bars', (interval, reach) => {
    const truth = Array.from({ length: 1_600 }, (_, i) => barAt(i, { interval }));
    const timings: string[] = [];
    const { stage, faults } = order({ history: fakeHistory(truth), judgedUpToMs: () => truth[10]!.openTimeMs, warmupBars: () => 20 });
    of(hasClosed(truth.at(-1)!)).pipe(stage, map(timing)).subscribe((each) => timings.push(each));
    expect(timings.join('')).toBe('h'.repeat(20) + 'd'.repeat(reach));
    expect(faults).toMatchObject([{ kind: 'bars-lost', count: 1_600 - 11 - reach }]);
  });

  it.each([
    [196, []],
    [197, ['bars-lost']],
  ])('judged up to bar 100, it is silent or not when bar %i is announced', (announced, expected) => {
    const truth = Array.from({ length: 200 }, (_, i) => barAt(i));
    const { stage, kinds } = order({ history: fakeHistory(truth), judgedUpToMs: () => at(100) });
    of(hasClosed(barAt(announced))).pipe(stage).subscribe();
    expect(kinds()).toStrictEqual(expected);
  });
});

describe('inOrder at a hole that nobody can fill', () => {
  it('says so with the bar behind it and reports it', () => {
    const seen = outcome('ad', { history: fakeHistory([]) });
    expect(seen.follows).toStrictEqual(['start', 'gap']);
    expect(seen.faults).toMatchObject([{ kind: 'bars-missing', count: 2, series: { symbol: 'BTCUSDT' } }]);
  });

  it.each([
    [95, 'gap', 'bars-missing'],
    [96, 'restart', 'series-restarted'],
  ])('with %i bars missing at 15m it is a %s', (missing, follows, kind) => {
    const { stage, faults } = order({ history: fakeHistory([]) });
    const seen: string[] = [];
    of(arrives(barAt(0)), arrives(barAt(missing + 1))).pipe(stage).subscribe((bar) => seen.push(bar.follows));
    expect(seen).toStrictEqual(['start', follows]);
    expect(faults.at(-1)).toMatchObject({ kind, count: missing });
  });

  it('gets a silent bar over the history when its close is announced', () => {
    expect(outcome('aBc')).toMatchObject({ letters: 'abc', timings: 'ddd', kinds: ['bars-refilled'] });
  });

  it('goes on when the announced bar is nowhere, and takes it if it still comes', () => {
    expect(outcome('aBbc', { history: fakeHistory([]) })).toMatchObject({ letters: 'abc', timings: 'ddd', kinds: [] });
  });

  it('takes of an answer only what was asked for, in order and once', () => {
    const odd = { bars: () => of([barAt(5), barAt(1), barAt(0)], [barAt(1), barAt(2)]) };
    expect(outcome('ad', { history: odd }).letters).toBe('abcd');
  });
});

describe('inOrder for any feed', () => {
  const scene = fc.record({
    count: fc.integer({ min: 1, max: 60 }),
    shifts: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 120, maxLength: 120 }),
    fates: fc.array(fc.constantFrom('once', 'once', 'twice', 'lost', 'announced', 'both'), { minLength: 60, maxLength: 60 }),
    delaysMs: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 10 }),
  });

  it('gives exactly the true series, once and in order, when the history has every bar', () => {
    fc.assert(
      fc.property(scene, ({ count, shifts, fates, delaysMs }) => {
        const truth = Array.from({ length: count }, (_, i) => barAt(i));
        const feed = truth
          .flatMap((bar, i) => {
            const fate = fates[i];
            const [now, later] = [i + shifts[i]!, i + shifts[60 + i]!];
            if (fate === 'lost') return [];
            if (fate === 'announced') return [{ when: now, event: hasClosed(bar) }];
            return [
              { when: now, event: arrives(bar) },
              ...(fate === 'twice' ? [{ when: later, event: arrives(bar) }] : []),
              ...(fate === 'both' ? [{ when: later, event: hasClosed(bar) }] : []),
            ];
          })
          .sort((a, b) => a.when - b.when);
        const clock = createVirtualClock();
        let asked = 0;
        const history = {
          bars: (...of: Parameters<ReturnType<typeof fakeHistory>['bars']>) =>
            fakeHistory(truth, { delayMs: delaysMs[asked++ % delaysMs.length]!, scheduler: clock, pageBars: 7 }).bars(...of),
        };
        const event$ = new Subject<SeriesEvent>();
        const out: PlacedBar[] = [];
        event$.pipe(order({ history }).stage).subscribe((bar) => out.push(bar));
        for (const { when, event } of feed) {
          clock.advanceTo(when);
          event$.next(event);
        }
        event$.next(hasClosed(truth.at(-1)!));
        clock.advanceTo(10_000);
        expect(out.map(indexOf)).toStrictEqual(truth.map(indexOf));
        expect(out.every((bar) => bar.timing === 'due')).toBe(true);
        expect(out.slice(1).every(({ follows }) => follows === 'neighbour')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('asks nothing of the history while bars follow one another', () => {
    const truth = Array.from({ length: 500 }, (_, i) => barAt(i));
    const history = { bars: (_: unknown, fromMs: number) => (fromMs < at(0) ? EMPTY : NEVER) };
    let count = 0;
    of(...truth.map(arrives)).pipe(order({ history }).stage).subscribe(() => count++);
    expect(count).toBe(500);
  });
});

describe('inOrderThen', () => {
  it('asks about each bar in its order, and waits for the answer', marbles((m) => {
    const event$ =         m.hot('-a-b-d----e-|', events);
    const c$ =             m.cold(    '-(c|)', { c: [barAt(2)] });
    const answer$ =        m.cold(     '-C|');
    const expected =             '-A-B---CD-E-|';
    const history = { bars: (_: unknown, fromMs: number) => (fromMs < at(0) ? EMPTY : c$) };
    const options = { history, judgedUpToMs: () => at(-1), warmupBars: () => 1, report: () => undefined };
    const answerTo = (bar: PlacedBar) => (letter(bar) === 'c' ? answer$ : letter(bar).toUpperCase());
    m.expect(event$.pipe(inOrderThen(options, () => answerTo))).toBeObservable(expected);
  }));
});
