import { from, map, of, startWith } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { PlacedBar } from '../../../src/model/bar.js';
import type { Close } from '../../../src/model/close.js';
import { judge } from '../../../src/operators/judges/judge.js';
import type { ClosesParts } from '../../../src/operators/market/closes.js';
import { barrier } from '../../../src/operators/market/barrier.js';
import { closes } from '../../../src/operators/market/closes.js';
import { readings } from '../../../src/operators/market/readings.js';
import { rateOfChange } from '../../../src/operators/measures/rate-of-change.js';
import { simpleMovingAverage } from '../../../src/operators/measures/simple-moving-average.js';
import { volumeZ } from '../../../src/operators/measures/volume-z.js';
import type { Rule } from '../../../src/ports/rule.js';
import type { FeedEvent } from '../../../src/ports/source.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { START_MS, barAt } from '../../support/bars.js';
import { fakeHistory, fakeSink, faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { arrives, FRESH, hasClosed, plainJudged, rosterOf, verdictOf } from '../../support/parts.js';

type Marbles = Parameters<Parameters<typeof marbles>[0]>[0];

const at = (index: number): number => START_MS + index * 900_000;

const [a, b] = [barAt(0, { close: 100 }), barAt(1, { close: 101 })];
const [x, y] = [barAt(0, { symbol: 'ETHUSDT', close: 200 }), barAt(1, { symbol: 'ETHUSDT', close: 190 })];
const bars = { a, b, x, y };
const names = new Map(Object.entries(bars).map(([name, { symbol, openTimeMs }]) => [`${symbol}${openTimeMs}`, name]));
const nameOf = ({ symbol, openTimeMs }: PlacedBar): string => names.get(`${symbol}${openTimeMs}`) ?? '?';
const events = { a: arrives(a), b: arrives(b), x: arrives(x), y: arrives(y), A: hasClosed(a), X: hasClosed(x) };
const roster = rosterOf(['BTCUSDT', 'ETHUSDT']);

/** Fires on any rise. */
const rise: Rule = {
  id: 'rise',
  version: 1,
  measures: [rateOfChange(1)],
  judge: ({ values }) => [verdictOf({ rule: 'rise', fired: Number(values['roc_1']) > 0, shown: values })],
};

const partsFor = (m: Marbles, given: Partial<ClosesParts> = {}): ClosesParts => ({
  history: fakeHistory([]),
  remembered: FRESH,
  marketTime: m.scheduler,
  barrierMs: 1_500,
  report: () => undefined,
  ...given,
});

/** The same in virtual time. */
const virtualParts = (): ClosesParts => ({ history: fakeHistory([]), remembered: FRESH, marketTime: createVirtualClock(), barrierMs: 1_500, report: () => undefined });

const said = ({ openTimeMs, judged, alerts }: Close): string =>
  `${(openTimeMs - START_MS) / 900_000}: ${judged.map(({ bar }) => bar.symbol).join(' ')}; ${alerts.map(({ symbol }) => symbol).join(' ') || 'nothing'}`;

describe('closes', () => {
  it('is its stages, one after another', marbles((m) => {
    const event$ =        m.hot('-a-x-b-y-|', events);
    const read =                '-r-s-t-q-|';
    const judged =              '-j-k-l-m-|';
    const waited =              '---B---E-|';
    const expected =            '---C---D-|';
    const reading = readings({ ...partsFor(m), judgedUpToMs: () => null, measures: [rateOfChange(1)] });
    m.expect(event$.pipe(reading, map(({ bar, values }) => `${nameOf(bar)} ${Math.round(Number(values['roc_1']))}`))).toBeObservable(read, {
      r: 'a NaN', s: 'x NaN', t: 'b 1', q: 'y -5',
    });
    m.expect(event$.pipe(reading, judge([rise]), map(({ verdicts }) => verdicts[0]?.fired))).toBeObservable(judged, {
      j: false, k: false, l: true, m: false,
    });
    const waiting = barrier({ roster$: of(roster), barrierMs: 1_500, judgedUpToMs: () => null, scheduler: m.scheduler });
    m.expect(event$.pipe(reading, judge([rise]), waiting, map(said))).toBeObservable(waited, {
      B: '0: BTCUSDT ETHUSDT; nothing',
      E: '1: BTCUSDT ETHUSDT; BTCUSDT',
    });
    m.expect(event$.pipe(startWith(roster), closes(partsFor(m), [rise]), map(said))).toBeObservable(expected, {
      C: '0: BTCUSDT ETHUSDT; nothing',
      D: '1: BTCUSDT ETHUSDT; BTCUSDT',
    });
  }));

  it('is silent when nothing comes, and passes an error on', marbles((m) => {
    m.expect(m.hot<FeedEvent>('-').pipe(closes(partsFor(m), [rise]))).toBeObservable('-');
    m.expect(m.hot<FeedEvent>('-|').pipe(closes(partsFor(m), [rise]))).toBeObservable('-|');
    m.expect(m.hot<FeedEvent>('-a-#', events).pipe(closes(partsFor(m), [rise]))).toBeObservable('---#');
  }));

  it('connects to its source once, and leaves it when it is left', marbles((m) => {
    const event$ =   m.hot('-a-x-b-y-|', events);
    m.expect(event$.pipe(closes(partsFor(m), [rise])), '----!').toBeObservable('-----');
    m.expect(event$).toHaveSubscriptions('^---!');
  }));

  it('judges after a restart what closed since, and nothing that was judged', marbles((m) => {
    const event$ =   m.hot('-AX-------', { A: hasClosed(barAt(3)), X: hasClosed(barAt(3, { symbol: 'ETHUSDT' })) });
    const expected =       '--(CD)----';
    const truth = ['BTCUSDT', 'ETHUSDT'].flatMap((symbol) => Array.from({ length: 4 }, (_, i) => barAt(i, { symbol })));
    const remembered = { ...FRESH, positions: [{ market: 'usdm', interval: '15m', openTimeMs: at(1), lagging: {} } as const] };
    const close$ = event$.pipe(startWith(rosterOf(['BTCUSDT', 'ETHUSDT'], at(3))), closes(partsFor(m, { remembered, history: fakeHistory(truth) }), [rise]));
    m.expect(close$.pipe(map(said))).toBeObservable(expected, {
      C: '2: BTCUSDT ETHUSDT; BTCUSDT ETHUSDT',
      D: '3: BTCUSDT ETHUSDT; BTCUSDT ETHUSDT',
    });
  }));

  it('judges a laggard from its own position on', marbles((m) => {
    const event$ =   m.hot('-X------', { X: hasClosed(barAt(2, { symbol: 'ETHUSDT' })) });
    const expected =       '-(CD)---';
    const truth = Array.from({ length: 3 }, (_, i) => barAt(i, { symbol: 'ETHUSDT' }));
    const remembered = { ...FRESH, positions: [{ market: 'usdm', interval: '15m', openTimeMs: at(2), lagging: { ETHUSDT: at(0) } } as const] };
    const close$ = event$.pipe(startWith(rosterOf(['ETHUSDT'])), closes(partsFor(m, { remembered, history: fakeHistory(truth) }), [rise]));
    m.expect(close$.pipe(map(said))).toBeObservable(expected, { C: '1: ETHUSDT; ETHUSDT', D: '2: ETHUSDT; ETHUSDT' });
  }));

  it('computes a measure that several rules read once, with the warm-up of the most demanding', () => {
    const log = faultLog();
    const asked: number[] = [];
    const thorough: Rule = { ...rise, id: 'thorough', measures: [rateOfChange(1), volumeZ(20)] };
    const history = { bars: (_: unknown, fromMs: number, toMs: number) => (asked.push((toMs - fromMs) / 900_000 + 1), of([])) };
    let judged: readonly string[] = [];
    of<FeedEvent[]>(roster, arrives(a), arrives(x))
      .pipe(closes({ history, remembered: FRESH, marketTime: createVirtualClock(), barrierMs: 1_500, report: log.report }, [rise, thorough], of([rise, thorough]), { context: false }))
      .subscribe((close) => (judged = close.judged.map(({ values, verdicts }) => `${Object.keys(values).join()} ${verdicts.length}`)));
    expect(asked).toStrictEqual([21, 21]);
    expect(judged).toStrictEqual(['roc_1,volume_z20 2', 'roc_1,volume_z20 2']);
  });

  it('measures what stands around an alert, whatever the rules read', () => {
    const names = ['BTCUSDT', ...Array.from({ length: 19 }, (_, i) => `A${i}USDT`)];
    const closesOf = (symbol: string, index: number): number => 100 + (symbol === 'BTCUSDT' ? 2 : 1) * ((index * 7) % 5);
    const event$ = Array.from({ length: 120 }, (_, index) => names.map((symbol) => arrives(barAt(index, { symbol, close: closesOf(symbol, index) })))).flat();
    const seen: Close[] = [];
    from<FeedEvent[]>([rosterOf(names), ...event$])
      .pipe(closes({ ...virtualParts(), higherIntervals: ['1h'] }, [rise]))
      .subscribe((close) => seen.push(close));
    const last = seen.findLast(({ alerts }) => alerts.length > 0);
    expect(last?.section).toMatchObject({ count: 20 });
    const bitcoin = last?.alerts.find(({ symbol }) => symbol === 'BTCUSDT');
    expect(bitcoin?.measures['pct']).toBe(19.5 / 20);
    expect(bitcoin?.measures['beta_raw']).toBeGreaterThan(1.5);
    expect(bitcoin?.measures).toHaveProperty('trend_state@1h');
    expect(bitcoin?.strength?.coverage).toBeGreaterThan(0.6);
    expect(seen[0]).toMatchObject({ section: null, alerts: [] });
  });

  describe('where a sink wants scenes', () => {
    const told = (given: Partial<ClosesParts>, bars: number): readonly Close[] => {
      const seen: Close[] = [];
      const event$ = Array.from({ length: bars }, (_, i) => arrives(barAt(i, { close: 100 + (i % 3 === 2 ? 1 : 0) + i / 1e6 })));
      from<FeedEvent[]>([rosterOf(['BTCUSDT']), ...event$]).pipe(closes({ ...virtualParts(), ...given }, [rise])).subscribe((close) => seen.push(close));
      return seen;
    };
    const pictured = [fakeSink(), { ...fakeSink(), wantsScene: true }];

    it('carries the recent bars of each alert, up to 96, by its id', () => {
      const seen = told({ sinks: pictured }, 121);
      expect(seen.filter(({ scenes }) => scenes !== undefined)).toStrictEqual(seen.filter(({ alerts }) => alerts.length > 0));
      for (const [length, close] of [[6, seen[5]], [96, seen[119]]] as const) {
        const [alert] = close?.alerts ?? [];
        const scene = close?.scenes?.get(alert?.id ?? '');
        expect(scene?.openTimesMs).toHaveLength(length);
        expect([scene?.openTimesMs.at(-1), scene?.close.at(-1)]).toStrictEqual([alert?.openTimeMs, alert?.bar.close]);
      }
    });

    it('says otherwise just what it says where nobody wants them', () => {
      const without = ({ scenes: _scenes, judged, ...close }: Close) => ({ ...close, section: null, judged: judged.map((each) => ({ ...plainJudged(each), scene: null })) });
      expect(told({ sinks: pictured }, 121).map(without)).toStrictEqual(told({ sinks: [fakeSink()] }, 121).map(without));
      expect(told({ sinks: [fakeSink()] }, 121).every((close) => !('scenes' in close) && close.judged.every((judged) => !('scene' in judged)))).toBe(true);
    });
  });

  it('measures longer bars that a rule asks for', () => {
    const longing: Rule = { ...rise, measures: [], longer: [{ measure: simpleMovingAverage(1), interval: '1h' }], judge: ({ values }) => [verdictOf({ shown: values })] };
    const seen: unknown[] = [];
    from<FeedEvent[]>([rosterOf(['BTCUSDT']), ...Array.from({ length: 5 }, (_, i) => arrives(barAt(i)))])
      .pipe(closes(virtualParts(), [longing], of([longing]), { context: false }))
      .subscribe(({ alerts }) => seen.push(alerts[0]?.measures['sma1@1h']));
    expect(seen).toEqual([null, null, null, 103, 103]);
  });

  it('goes on with other rules and the same windows', marbles((m) => {
    const event$ =   m.hot('-a-b-c-|', { ...events, c: arrives(barAt(2)) });
    const rules$ =   m.hot('x---y---', { x: [rise], y: [{ ...rise, id: 'other' }] });
    const expected =       '-A-B-C-|';
    const close$ = event$.pipe(startWith(rosterOf(['BTCUSDT'])), closes(partsFor(m), [rise], rules$, { context: false }));
    m.expect(close$.pipe(map(({ judged }) => `${judged[0]?.verdicts[0]?.fired} ${Math.round(Number(judged[0]?.values['roc_1']))}`))).toBeObservable(expected, {
      A: 'false NaN', B: 'true 1', C: 'true 1',
    });
  }));
});
