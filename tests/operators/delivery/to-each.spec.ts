import type { OperatorFunction } from 'rxjs';
import { concatMap, delay, map, of } from 'rxjs';
import { describe, it } from 'vitest';
import { toEach } from '../../../src/operators/delivery/to-each.js';
import { marbles } from '../../support/marbles.js';

const upper = (text: string): string => text.toUpperCase();
const quick: OperatorFunction<string, string> = map(upper);
const slow: OperatorFunction<string, string> = concatMap((text) => of(upper(text)).pipe(delay(3)));

describe('toEach', () => {
  it('gives every value to every target, and a slow one holds back no other', marbles((m) => {
    const source$ =    m.hot('-a-b-------|');
    const quickStage =       '-A-B-------|';
    const slowStage =        '----A--B---|';
    const expected =         '-A-BA--B---|';
    m.expect(source$.pipe(quick)).toBeObservable(quickStage);
    m.expect(source$.pipe(slow)).toBeObservable(slowStage);
    m.expect(source$.pipe(toEach([quick, slow], (target) => target))).toBeObservable(expected);
  }));

  it('subscribes to the source once, however many targets there are', marbles((m) => {
    const source$ =   m.cold('-a------|');
    const expected =         '-(AA)---|';
    m.expect(source$.pipe(toEach([quick, quick], (target) => target))).toBeObservable(expected);
    m.expect(source$).toHaveSubscriptions('^-------!');
  }));

  it('ends when the last target has, and at once when there is none', marbles((m) => {
    m.expect(m.hot('-a-|').pipe(toEach([slow], (target) => target))).toBeObservable('----(A|)');
    m.expect(m.hot<string>('-a-|').pipe(toEach<string, never, string>([], () => quick))).toBeObservable('|');
  }));

  it('is silent when nothing comes, and passes an error on', marbles((m) => {
    m.expect(m.hot<string>('-').pipe(toEach([quick], (target) => target))).toBeObservable('-');
    m.expect(m.hot<string>('-|').pipe(toEach([quick], (target) => target))).toBeObservable('-|');
    m.expect(m.hot<string>('-a-#').pipe(toEach([quick, slow], (target) => target))).toBeObservable('-A-#');
  }));

  it('leaves the source when it is left', marbles((m) => {
    const source$ =    m.hot('-a-b-------|');
    const left =             '--!         ';
    m.expect(source$.pipe(toEach([quick, slow], (target) => target)), left).toBeObservable('-A-');
    m.expect(source$).toHaveSubscriptions('^-!');
  }));
});
