import { NEVER, of, throwError } from 'rxjs';
import { describe, it } from 'vitest';
import { beside } from '../../../src/operators/connection/beside.js';
import { marbles } from '../../support/marbles.js';

describe('beside', () => {
  it('passes the source on and lets the other run as long', marbles((m) => {
    const source$ =  m.hot('-a-b---c-|');
    const other$ =   m.hot('--x--y-----z-');
    const expected =       '-a-b---c-|';
    m.expect(source$.pipe(beside(other$))).toBeObservable(expected);
    m.expect(other$).toHaveSubscriptions('^--------!');
  }));

  it('goes on when the other is over', marbles((m) => {
    const source$ =  m.hot('-a-b---c-|');
    const other$ =   m.hot('--x-|');
    const expected =       '-a-b---c-|';
    m.expect(source$.pipe(beside(other$, of(1, 2)))).toBeObservable(expected);
  }));

  it('ends with the error of whichever fails first, and leaves the rest', marbles((m) => {
    const source$ =  m.hot('-a-b---c-#');
    const other$ =   m.hot('--x--#');
    const third$ =   m.hot('-------');
    const expected =       '-a-b-#';
    m.expect(source$.pipe(beside(other$, third$))).toBeObservable(expected);
    m.expect(source$).toHaveSubscriptions('^----!');
    m.expect(third$).toHaveSubscriptions('^----!');
    m.expect(m.hot('-a-#').pipe(beside(NEVER))).toBeObservable('-a-#');
  }));

  it('is silent when nothing comes, and completes with the source alone', marbles((m) => {
    m.expect(m.hot('-').pipe(beside(NEVER))).toBeObservable('-');
    m.expect(m.hot('-|').pipe(beside(NEVER))).toBeObservable('-|');
    m.expect(m.hot('-|').pipe(beside())).toBeObservable('-|');
  }));

  it('does not begin with the source when the other fails at once', marbles((m) => {
    const source$ = m.cold('a|');
    m.expect(source$.pipe(beside(throwError(() => 'error')))).toBeObservable('#');
    m.expect(source$).toHaveSubscriptions([]);
  }));

  it('leaves all when it is left', marbles((m) => {
    const source$ = m.hot('-a-b-c-|');
    const other$ =  m.hot('-x-x-x-|');
    const left =          '----!';
    m.expect(source$.pipe(beside(other$)), left).toBeObservable('-a-b-');
    m.expect(source$).toHaveSubscriptions('^---!');
    m.expect(other$).toHaveSubscriptions('^---!');
  }));
});
