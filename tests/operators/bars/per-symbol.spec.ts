import type { Observable, OperatorFunction } from 'rxjs';
import { map, scan } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import type { Fault } from '../../../src/model/fault.js';
import { perSymbol } from '../../../src/operators/bars/per-symbol.js';
import { createQuarantine } from '../../../src/operators/bars/quarantine.js';
import { barAt } from '../../support/bars.js';
import { marbles } from '../../support/marbles.js';
import { arrives, hasClosed } from '../../support/parts.js';

const count = <T>(): OperatorFunction<T, string> => scan((n) => String(Number(n) + 1), '0');

const [a, b, c] = [barAt(0), barAt(1), barAt(2)];
const [x, y] = [barAt(0, { symbol: 'ETHUSDT' }), barAt(1, { symbol: 'ETHUSDT' })];
const bars = { a, b, c, x, y };

describe('perSymbol', () => {
  it('gives every symbol its own state, with one subscription to the source', marbles((m) => {
    const bar$ =     m.hot('-a-x-b-c-y-|', bars);
    const expected =       '-1-1-2-3-2-|';
    m.expect(bar$.pipe(perSymbol(() => count<Bar>()))).toBeObservable(expected);
    m.expect(bar$).toHaveSubscriptions('^----------!');
  }));

  it('tells intervals and markets of one symbol apart', marbles((m) => {
    const bar$ =     m.hot('-a-h-s-a-h-s-|', { a, h: barAt(0, { interval: '1h' }), s: barAt(0, { market: 'spot' }) });
    const expected =       '-1-1-1-2-2-2-|';
    m.expect(bar$.pipe(perSymbol(() => count<Bar>()))).toBeObservable(expected);
  }));

  it('finds the series in events that hold a bar or name one', marbles((m) => {
    const event$ =   m.hot('-a-A-x-X-|', { a: arrives(a), A: hasClosed(a), x: arrives(x), X: hasClosed(x) });
    const expected =       '-1-2-1-2-|';
    m.expect(event$.pipe(perSymbol(() => count()))).toBeObservable(expected);
  }));

  it('is silent when nothing comes', marbles((m) => {
    m.expect(m.hot<Bar>('-').pipe(perSymbol(() => count<Bar>()))).toBeObservable('-');
    m.expect(m.hot<Bar>('-|').pipe(perSymbol(() => count<Bar>()))).toBeObservable('-|');
  }));

  it('passes an error on', marbles((m) => {
    const bar$ =     m.hot('-a-#', bars);
    const expected =       '-1-#';
    m.expect(bar$.pipe(perSymbol(() => count<Bar>()))).toBeObservable(expected);
  }));

  const poison = barAt(1, { open: NaN });
  /** A stage that cannot cope with some bar. */
  const touchy = () => (bar$: Observable<Bar>) =>
    bar$.pipe(
      map((bar) => {
        if (Number.isNaN(bar.open)) throw new RangeError('no such open');
        return bar;
      }),
      count<Bar>(),
    );

  it('F76: sets a series aside whose copy fails, says so, and hears of it no more', marbles((m) => {
    const faults: Fault[] = [];
    const quarantine = createQuarantine((fault) => faults.push(fault));
    const bar$ =     m.hot('-a-x-b-c-y-|', { ...bars, b: poison });
    const expected =       '-1-1-----2-|';
    m.expect(bar$.pipe(perSymbol(touchy, quarantine))).toBeObservable(expected);
    m.flush();
    expect(faults).toEqual([
      {
        kind: 'series-quarantined',
        series: { market: a.market, symbol: a.symbol, interval: a.interval },
        detail: expect.stringContaining('RangeError: no such open'),
      },
    ]);
  }));

  it('F76: ends with the error of the third series that fails', marbles((m) => {
    const faults: Fault[] = [];
    const quarantine = createQuarantine((fault) => faults.push(fault));
    const [p, q, r] = ['P', 'Q', 'R'].map((symbol) => ({ ...poison, symbol }));
    const bar$ =     m.hot('-a-p-x-q-y-r-', { ...bars, p: p!, q: q!, r: r! });
    const expected =       '-1---1---2-#';
    m.expect(bar$.pipe(perSymbol(touchy, quarantine))).toBeObservable(expected, undefined, new RangeError('no such open'));
    m.flush();
    expect(faults.map(({ series }) => series?.symbol)).toEqual(['P', 'Q']);
  }));

  it('leaves the source when it is left', marbles((m) => {
    const bar$ =     m.hot('-a-x-b-c-y-|', bars);
    const left =           '----!       ';
    const expected =       '-1-1-       ';
    m.expect(bar$.pipe(perSymbol(() => count<Bar>())), left).toBeObservable(expected);
    m.expect(bar$).toHaveSubscriptions('^---!');
  }));
});
