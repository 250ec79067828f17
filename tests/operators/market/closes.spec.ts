import { filter, map, of, pipe, startWith } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { PlacedBar } from '../../../src/model/bar.js';
import type { Close } from '../../../src/model/close.js';
import { isSeriesEvent } from '../../../src/operators/bars/is-series-event.js';
import { inOrder } from '../../../src/operators/bars/in-order.js';
import { perSymbol } from '../../../src/operators/bars/per-symbol.js';
import { judge } from '../../../src/operators/judges/judge.js';
import type { ClosesParts } from '../../../src/operators/market/closes.js';
import { closes } from '../../../src/operators/market/closes.js';
import { measure } from '../../../src/operators/measures/measure.js';
import { rateOfChange } from '../../../src/operators/measures/rate-of-change.js';
import { volumeZ } from '../../../src/operators/measures/volume-z.js';
import { slidingWindow } from '../../../src/operators/windows/sliding-window.js';
import type { Rule } from '../../../src/ports/rule.js';
import type { FeedEvent } from '../../../src/ports/source.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { START_MS, barAt } from '../../support/bars.js';
import { fakeHistory, faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { arrives, FRESH, hasClosed, rosterOf, verdictOf } from '../../support/parts.js';

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

const said = ({ openTimeMs, judged, alerts }: Close): string =>
  `${(openTimeMs - START_MS) / 900_000}: ${judged.map(({ bar }) => bar.symbol).join(' ')}; ${alerts.map(({ symbol }) => symbol).join(' ') || 'nothing'}`;

describe('closes', () => {
  it('is its stages, one after another', marbles((m) => {
    const event$ =        m.hot('-a-x-b-y-|', events);
    const ordered =             '-a-x-b-y-|';
    const windows =             '-u-v-w-z-|';
    const readings =            '-r-s-t-q-|';
    const judged =              '-j-k-l-m-|';
    const expected =            '---C---D-|';
    const order = inOrder({ ...partsFor(m), judgedUpToMs: () => null, warmupBars: () => 2 });
    const window = pipe(order, slidingWindow<PlacedBar>({ bars: 2 }));
    const reading = pipe(window, measure<PlacedBar>([rateOfChange(1)]));
    const series$ = event$.pipe(filter(isSeriesEvent));
    m.expect(series$.pipe(perSymbol(() => order), map(nameOf))).toBeObservable(ordered);
    m.expect(series$.pipe(perSymbol(() => window), map(({ length, latest }) => `${latest.symbol} ${length}`))).toBeObservable(windows, {
      u: 'BTCUSDT 1', v: 'ETHUSDT 1', w: 'BTCUSDT 2', z: 'ETHUSDT 2',
    });
    m.expect(series$.pipe(perSymbol(() => reading), map(({ values }) => Math.round(Number(values['roc_1']))))).toBeObservable(readings, {
      r: NaN, s: NaN, t: 1, q: -5,
    });
    m.expect(series$.pipe(perSymbol(() => pipe(reading, judge([rise]))), map(({ verdicts }) => verdicts[0]?.fired))).toBeObservable(judged, {
      j: false, k: false, l: true, m: false,
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
      .pipe(closes({ history, remembered: FRESH, marketTime: createVirtualClock(), barrierMs: 1_500, report: log.report }, [rise, thorough]))
      .subscribe((close) => (judged = close.judged.map(({ values, verdicts }) => `${Object.keys(values).join()} ${verdicts.length}`)));
    expect(asked).toStrictEqual([21, 21]);
    expect(judged).toStrictEqual(['roc_1,volume_z20 2', 'roc_1,volume_z20 2']);
  });
});
