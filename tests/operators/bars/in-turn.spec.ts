import type { Observable, OperatorFunction } from 'rxjs';
import fc from 'fast-check';
import { EMPTY, VirtualTimeScheduler, concat, delay, map, of, pipe, take, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { AnswerTo, Aside } from '../../../src/operators/bars/in-turn.js';
import { inTurn, inTurns } from '../../../src/operators/bars/in-turn.js';
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

describe('inTurns', () => {
  it('answers the answers, one after another', marbles((m) => {
    const answer = m.cold(                       '-x|');
    const then$ =  m.cold(                        '--y|');
    const answerTo = (value: string) => (value === 'b' ? answer : value);
    const then = (value: string) => (value === 'x' ? then$ : value);
    const source$ =                     m.hot('-a-bc------|');
    const expected =                          '-a----yc---|';
    m.expect(source$.pipe(inTurns(answerTo, then))).toBeObservable(expected);
  }));

  it('is one inTurn after another, whatever is waited for, put aside or left out', () => {
    const delays = fc.option(fc.nat({ max: 5 }), { freq: 2 });
    const step = fc.record({ after: fc.nat({ max: 3 }), first: delays, second: delays, aside: delays, leaves: fc.constantFrom('first', 'second', 'none', 'none') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const told = (stages: (answerTo: AnswerTo<number, string>, then: AnswerTo<string, string>) => OperatorFunction<number, string>) => {
          const clock = new VirtualTimeScheduler();
          const said: string[] = [];
          const later = (value: string, delayMs: number | null) => (delayMs === null ? value : of(value, `${value}'`).pipe(delay(delayMs, clock)));
          const answerTo: AnswerTo<number, string> = (i, aside) => {
            const { first, aside: besides, leaves } = steps[i]!;
            if (besides !== null) aside(of(`${i} aside`).pipe(delay(besides, clock)));
            return leaves === 'first' ? null : later(String(i), first);
          };
          const then: AnswerTo<string, string> = (value) => {
            const { second, leaves } = steps[Number.parseInt(value)]!;
            return leaves === 'second' ? null : later(`${value}!`, second);
          };
          concat(...steps.map(({ after }, i) => timer(after, clock).pipe(map(() => i))))
            .pipe(stages(answerTo, then))
            .subscribe({ next: (value) => said.push(`${clock.now()} ${value}`), complete: () => said.push(`${clock.now()} |`) });
          clock.flush();
          return said;
        };
        expect(told((answerTo, then) => inTurns(answerTo, then))).toStrictEqual(told((answerTo, then) => pipe(inTurn(answerTo), inTurn(then))));
      }),
    );
  });

  it('asks nothing more of answers that are all there when it is left, or has failed', () => {
    const asked: number[] = [];
    const then = (value: number): number => (asked.push(value), value);
    of('a').pipe(inTurns(() => of(1, 2, 3), then), take(1)).subscribe();
    expect(asked.splice(0)).toEqual([1]);
    const fails = (value: number): number => {
      asked.push(value);
      throw new Error('a bug');
    };
    of('a').pipe(inTurns(() => of(1, 2, 3), fails)).subscribe({ error: () => undefined });
    expect(asked).toEqual([1]);
  });

  it('ends after what either has put aside', marbles((m) => {
    const aside$ =          m.cold<string>('---x|');
    const first = (value: string, aside: Aside<string>) => (aside(aside$), value);
    m.expect(m.hot('-a|').pipe(inTurns(first, (value) => of(value)))).toBeObservable('-a--x|');
    const second = (_: string, aside: Aside<string>): Observable<string> => (aside(aside$), EMPTY);
    m.expect(m.hot('-a|').pipe(inTurns((value: string) => value, second))).toBeObservable('----x|');
  }));

  it('leaves both answers when it is left', marbles((m) => {
    const answer$ =         m.cold<string>('-x---|');
    const then$ =           m.cold<string>( '-----|');
    m.expect(m.hot('-a-----').pipe(inTurns(() => answer$, () => then$)), '---!').toBeObservable('----');
    m.expect(answer$).toHaveSubscriptions('-^-!');
    m.expect(then$).toHaveSubscriptions('--^!');
  }));

  it('passes errors on, of either answering', marbles((m) => {
    const error = new Error('a bug');
    const throws = (): never => {
      throw error;
    };
    const same = (value: string): string => value;
    const fails = (): Observable<string> => m.cold('-#', {}, error);
    m.expect(m.hot('-a-|').pipe(inTurns(throws, same))).toBeObservable('-#', {}, error);
    m.expect(m.hot('-a-|').pipe(inTurns(same, throws))).toBeObservable('-#', {}, error);
    m.expect(m.hot('-a-|').pipe(inTurns(fails, same))).toBeObservable('--#', {}, error);
    m.expect(m.hot('-a-|').pipe(inTurns(same, fails))).toBeObservable('--#', {}, error);
  }));
});
