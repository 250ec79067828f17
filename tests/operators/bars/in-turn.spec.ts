import type { Observable } from 'rxjs';
import { EMPTY, of, throwError } from 'rxjs';
import { describe, it } from 'vitest';
import type { Aside } from '../../../src/operators/bars/in-turn.js';
import { inTurn } from '../../../src/operators/bars/in-turn.js';
import { marbles } from '../../support/marbles.js';

describe('inTurn', () => {
  it('passes what is answered at once, and lets the rest wait for the one that is not', marbles((m) => {
    const answer = m.cold(     '--(xy|)');
    const source$ =  m.hot('-a-b-cd-----|');
    const subs =           '^-----------!';
    const expected =       '-a-b---(xyd)|';
    m.expect(source$.pipe(inTurn((value: string) => (value === 'c' ? answer : value)))).toBeObservable(expected);
    m.expect(source$).toHaveSubscriptions(subs);
  }));

  it('waits for nothing that is put aside, and ends when it has come', marbles((m) => {
    const aside$ =   m.cold(   '---(xy|)');
    const source$ =  m.hot('-a-b-c----d-|');
    const expected =       '-a---c(xy)d-|';
    const answerTo = (value: string, aside: Aside<string>) => (value === 'b' ? (aside(aside$), null) : value);
    m.expect(source$.pipe(inTurn(answerTo))).toBeObservable(expected);
    const last$ =    m.hot('-a-b|    ');
    m.expect(last$.pipe(inTurn(answerTo))).toBeObservable('-a----(xy|)');
  }));

  it('hands the answer on before what was put aside, though that is there at once', marbles((m) => {
    const answerTo = (value: string, aside: Aside<string>) => (aside(of('x')), value);
    m.expect(m.hot('-a---|').pipe(inTurn(answerTo))).toBeObservable('-(ax)|');
  }));

  it('passes an error of what was put aside on, and drops it when it is left', marbles((m) => {
    const answerTo = (value$: Observable<string>) => (_: string, aside: Aside<string>) => (aside(value$), null);
    m.expect(m.hot('-a---|').pipe(inTurn(answerTo(m.cold('-#'))))).toBeObservable('--#');
    const aside$ =   m.cold( '-------x|');
    m.expect(m.hot('-a------').pipe(inTurn(answerTo(aside$))), '---!').toBeObservable('----');
    m.expect(aside$).toHaveSubscriptions('-^-!');
  }));

  it('leaves out what has no answer', marbles((m) => {
    const source$ =  m.hot('-a-b-c-|');
    const expected =       '-a---c-|';
    m.expect(source$.pipe(inTurn((value: string) => (value === 'b' ? null : value)))).toBeObservable(expected);
  }));

  it('goes on at once after an answer that was empty', marbles((m) => {
    const source$ =  m.hot('-a-b-|');
    const expected =       '---b-|';
    m.expect(source$.pipe(inTurn((value: string) => (value === 'a' ? EMPTY : value)))).toBeObservable(expected);
  }));

  it('ends after the answer it waits for, when the source has ended before', marbles((m) => {
    const answer = m.cold(  '----x|');
    const source$ =  m.hot('-a-|');
    const expected =       '-----x|';
    m.expect(source$.pipe(inTurn(() => answer))).toBeObservable(expected);
  }));

  it('passes errors on: of the source, of an answer, and of the answering', marbles((m) => {
    const source$ =  m.hot('-a-#');
    const expected =       '-a-#';
    m.expect(source$.pipe(inTurn((value: string) => value))).toBeObservable(expected);
    m.expect(m.hot(        '-a-|').pipe(inTurn(() => throwError(() => 'error')))).toBeObservable('-#');
    m.expect(m.hot(        '-a-|').pipe(inTurn(() => { throw new Error('broken'); }))).toBeObservable('-#', undefined, new Error('broken'));
  }));

  it('drops the answer it waits for when it is left', marbles((m) => {
    const answer = m.cold(  '------x|');
    const answerSubs =     '-^--!';
    const source$ =  m.hot('-a-------');
    const unsub =          '----!';
    const expected =       '-----';
    m.expect(source$.pipe(inTurn(() => answer)), unsub).toBeObservable(expected);
    m.expect(answer).toHaveSubscriptions(answerSubs);
  }));

  it('lets values join those that wait as it is told, so that the queue has an end', marbles((m) => {
    const answer = m.cold(  '------x|');
    const source$ =  m.hot('-a-b-c-|');
    const expected =       '-------x(c|)';
    const latestOnly = (queue: string[], value: string): void => void queue.splice(0, queue.length, value);
    m.expect(source$.pipe(inTurn((value: string) => (value === 'a' ? answer : value), latestOnly))).toBeObservable(expected);
  }));
});
