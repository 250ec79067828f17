import type { Observable } from 'rxjs';
import { of } from 'rxjs';
import { describe, it } from 'vitest';
import { inTurn } from '../../../src/operators/bars/in-turn.js';
import { marbles } from '../../support/marbles.js';

/** Answers at once with the value itself, but for those whose answer is given. */
const answering = (answers: Readonly<Record<string, Observable<string> | null>>) => (value: string) => {
  const answer = answers[value];
  return answer === undefined ? value : answer;
};

describe('inTurn', () => {
  it('passes what is answered at once, and lets what comes wait while it waits', marbles((m) => {
    const source$ =  m.hot('-a-b-cd-----|');
    const answer$ =  m.cold(    '--(xy|)');
    const expected =       '-a-b---(xyd)|';
    m.expect(source$.pipe(inTurn(answering({ c: answer$ })))).toBeObservable(expected);
    m.expect(answer$).toHaveSubscriptions('-----^-!');
  }));

  it('waits for one answer at a time, in order', marbles((m) => {
    const source$ =  m.hot('(cc|)');
    const answer$ =  m.cold('-x|');
    const expected =       '-x-x|';
    m.expect(source$.pipe(inTurn(answering({ c: answer$ })))).toBeObservable(expected);
    m.expect(answer$).toHaveSubscriptions(['^-!', '--^-!']);
  }));

  it('drops what has no answer', marbles((m) => {
    m.expect(m.hot('-a-n-b-|').pipe(inTurn(answering({ n: null })))).toBeObservable('-a---b-|');
  }));

  it('ends only after the last answer', marbles((m) => {
    const source$ =  m.hot('-cd|');
    const answer$ =  m.cold('-----x|');
    m.expect(source$.pipe(inTurn(answering({ c: answer$ })))).toBeObservable('------x(d|)');
  }));

  it('takes an answer that comes at once', marbles((m) => {
    m.expect(m.hot('-c----a-|').pipe(inTurn(answering({ c: of('x', 'y') })))).toBeObservable('-(xy)-a-|');
  }));

  it('is silent when nothing comes', marbles((m) => {
    m.expect(m.hot('-').pipe(inTurn(answering({})))).toBeObservable('-');
    m.expect(m.hot('-|').pipe(inTurn(answering({})))).toBeObservable('-|');
  }));

  it('passes on errors of the source at once, and of an answer, and its own', marbles((m) => {
    const bug = new TypeError('a bug');
    const broken = (): string => { throw bug; };
    m.expect(m.hot('-a-#').pipe(inTurn(answering({})))).toBeObservable('-a-#');
    m.expect(m.hot('-c-#').pipe(inTurn(answering({ c: m.cold('---x|') })))).toBeObservable('---#');
    m.expect(m.hot('-c--').pipe(inTurn(answering({ c: m.cold('-#') })))).toBeObservable('--#');
    m.expect(m.hot('-a--').pipe(inTurn(broken))).toBeObservable('-#', {}, bug);
  }));

  it('leaves source and answer when it is left', marbles((m) => {
    const source$ =  m.hot('-a-c-d--');
    const answer$ =  m.cold(  '-------|');
    m.expect(source$.pipe(inTurn(answering({ c: answer$ }))), '-----!').toBeObservable('-a---');
    m.expect(source$).toHaveSubscriptions('^----!');
    m.expect(answer$).toHaveSubscriptions('---^-!');
  }));
});
