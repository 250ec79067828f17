import type { OperatorFunction } from 'rxjs';
import { scan } from 'rxjs';
import { describe, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import { perSymbol } from '../../../src/operators/bars/per-symbol.js';
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

  it('leaves the source when it is left', marbles((m) => {
    const bar$ =     m.hot('-a-x-b-c-y-|', bars);
    const left =           '----!       ';
    const expected =       '-1-1-       ';
    m.expect(bar$.pipe(perSymbol(() => count<Bar>())), left).toBeObservable(expected);
    m.expect(bar$).toHaveSubscriptions('^---!');
  }));
});
