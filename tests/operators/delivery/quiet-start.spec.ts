import { describe, it } from 'vitest';
import { quietStart } from '../../../src/operators/delivery/quiet-start.js';
import { marbles } from '../../support/marbles.js';

describe('quietStart', () => {
  it('holds everything back at first, then lets it pass at once and in order', marbles((m) => {
    const source$ =  m.hot('-ab-------c-|');
    const expected =       '------(ab)c-|';
    m.expect(source$.pipe(quietStart(6, m.scheduler))).toBeObservable(expected);
  }));

  it('holds back nothing that comes after the pause', marbles((m) => {
    const source$ =  m.hot('------a-b-|');
    const expected =       '------a-b-|';
    m.expect(source$.pipe(quietStart(6, m.scheduler))).toBeObservable(expected);
  }));

  it('holds back nothing at all without a pause', marbles((m) => {
    const source$ =  m.hot('a-b-|');
    m.expect(source$.pipe(quietStart(0, m.scheduler))).toBeObservable('a-b-|');
  }));

  it('is silent when nothing comes, ends late enough, and passes an error on', marbles((m) => {
    m.expect(m.hot('-').pipe(quietStart(6, m.scheduler))).toBeObservable('-');
    m.expect(m.hot('-|').pipe(quietStart(6, m.scheduler))).toBeObservable('-|');
    m.expect(m.hot('-a-|').pipe(quietStart(6, m.scheduler))).toBeObservable('------(a|)');
    m.expect(m.hot('-a-#').pipe(quietStart(6, m.scheduler))).toBeObservable('---#');
  }));

  it('leaves the source when it is left', marbles((m) => {
    const source$ =  m.hot('-ab-------c-|');
    m.expect(source$.pipe(quietStart(6, m.scheduler)), '---!').toBeObservable('---');
    m.expect(source$).toHaveSubscriptions('^--!');
  }));
});
