import { filter, ignoreElements, map, merge, NEVER, take, throwError } from 'rxjs';
import { describe, it } from 'vitest';
import { fanOut } from '../../../src/operators/market/fan-out.js';
import { marbles } from '../../support/marbles.js';

const isEven = (letter: string): boolean => letter === 'b';
const upper = (letter: string): string => letter.toUpperCase();

describe('fanOut', () => {
  it('tells every value to all who listen, in the order in which they came', marbles((m) => {
    const source$ = m.hot('-a-b----c-|');
    const expected =      '-a-(Bb)-c-|';
    m.expect(source$.pipe(fanOut((all$) => merge(all$.pipe(filter(isEven), map(upper)), all$)))).toBeObservable(expected);
    m.expect(source$).toHaveSubscriptions('^---------!');
  }));

  it('subscribes to the source once, when all who listen from the beginning do', marbles((m) => {
    const source$ = m.cold('(ab|)');
    const expected =       '(aabb|)';
    m.expect(source$.pipe(fanOut((all$) => merge(all$, all$)))).toBeObservable(expected);
    m.expect(source$).toHaveSubscriptions('(^!)');
  }));

  it('goes on for the others when one has heard enough', marbles((m) => {
    const source$ = m.hot('-a-b-c-|');
    const expected =      '-a-b-c-|';
    m.expect(source$.pipe(fanOut((all$) => merge(all$.pipe(take(1), ignoreElements()), all$)))).toBeObservable(expected);
  }));

  it('is silent when nothing comes, completes with all that was made of the source, and passes errors on', marbles((m) => {
    m.expect(m.hot('-').pipe(fanOut((all$) => all$))).toBeObservable('-');
    m.expect(m.hot('-|').pipe(fanOut((all$) => all$))).toBeObservable('-|');
    m.expect(m.hot('-|').pipe(fanOut((all$) => merge(all$, NEVER)))).toBeObservable('--');
    m.expect(m.hot('-a-#').pipe(fanOut((all$) => all$))).toBeObservable('-a-#');
    m.expect(m.hot('-a-b').pipe(fanOut((all$) => merge(all$, throwError(() => 'error'))))).toBeObservable('#');
  }));

  it('leaves the source when it is left', marbles((m) => {
    const source$ = m.hot('-a-b-c-|');
    const left =          '----!';
    const expected =      '-a-b-';
    m.expect(source$.pipe(fanOut((all$) => all$)), left).toBeObservable(expected);
    m.expect(source$).toHaveSubscriptions('^---!');
  }));
});
