import type { Observable } from 'rxjs';
import { tap } from 'rxjs';
import { describe, it } from 'vitest';
import { handover } from '../../../src/operators/connection/handover.js';
import type { Line } from '../../../src/operators/connection/handover.js';
import { marbles } from '../../support/marbles.js';

/** Opens these lines in turn; `d` on one of them says that it is due, `r` that it is ready. */
const lines = (...each: readonly Observable<string>[]): ((line: Line) => Observable<string>) => {
  let number = 0;
  return (line) =>
    (each[number++] as Observable<string>).pipe(
      tap((letter) => {
        if (letter === 'd') line.due();
        if (letter === 'r') line.ready();
      }),
    );
};

describe('handover', () => {
  it('opens the next line beside one that is due, and leaves the old one when the new one is ready', marbles((m) => {
    const first$ =  m.cold('-a-d-b-c-x--');
    const second$ = m.cold(   '---r-c--e');
    const expected =       '-a-d-brcc--e';
    m.expect(handover(lines(first$, second$), { lingerMs: 2 })).toBeObservable(expected);
    m.expect(first$).toHaveSubscriptions('^-------!');
    m.expect(second$).toHaveSubscriptions('---^');
  }));

  it('keeps the old line for as long as the new one is not ready', marbles((m) => {
    const first$ =  m.cold('-d 59m a 59m b');
    const second$ = m.cold( '-c');
    const expected =       '-dc 3539999ms a 59m b';
    m.expect(handover(lines(first$, second$), { lingerMs: 2 })).toBeObservable(expected);
    m.expect(first$).toHaveSubscriptions('^');
  }));

  it('goes on with the new line alone when the old one is over first', marbles((m) => {
    const first$ =  m.cold('-d-|');
    const second$ = m.cold( '-----r-e');
    const expected =       '-d----r-e';
    m.expect(handover(lines(first$, second$), { lingerMs: 2 })).toBeObservable(expected);
  }));

  it('hands over again and again, and tells a line whether it has been replaced', marbles((m) => {
    const first$ =  m.cold('-d-----');
    const second$ = m.cold( '-rd----');
    const third$ =  m.cold(   '-rx-d-');
    const fourth$ = m.cold(       '-y');
    const expected =       '-drdrx-dy';
    m.expect(handover(lines(first$, second$, third$, fourth$), { lingerMs: 1 })).toBeObservable(expected);
    m.expect(first$).toHaveSubscriptions( '^--!');
    m.expect(second$).toHaveSubscriptions('-^---!');
    m.expect(third$).toHaveSubscriptions( '---^');
  }));

  it('opens one successor however often a line says that it is due', marbles((m) => {
    const first$ =  m.cold('-d-d-d-');
    const second$ = m.cold( '---e--');
    const expected =       '-d-ded-';
    m.expect(handover(lines(first$, second$), { lingerMs: 1 })).toBeObservable(expected);
  }));

  it('completes with the newest line and passes every error on', marbles((m) => {
    m.expect(handover(lines(m.cold('-a-|')), { lingerMs: 1 })).toBeObservable('-a-|');
    m.expect(handover(lines(m.cold('-d--#'), m.cold('----r')), { lingerMs: 1 })).toBeObservable('-d--#');
    m.expect(handover(lines(m.cold('-d--a'), m.cold('-#')), { lingerMs: 1 })).toBeObservable('-d#');
  }));

  it('leaves all lines when it is left', marbles((m) => {
    const first$ =  m.cold('-d-----');
    const second$ = m.cold( '------');
    const unsub =          '----!';
    m.expect(handover(lines(first$, second$), { lingerMs: 1 }), unsub).toBeObservable('-d---');
    m.expect(first$).toHaveSubscriptions( '^---!');
    m.expect(second$).toHaveSubscriptions('-^--!');
  }));
});
