import { describe, expect, it } from 'vitest';
import { defer } from 'rxjs';
import type { ReconnectOptions } from '../../../src/operators/connection/reconnect.js';
import { EndedError, reconnect } from '../../../src/operators/connection/reconnect.js';
import { marbles } from '../../support/marbles.js';

/** Each attempt gets the next of these. */
const attempts = <T>(...each: readonly T[]): (() => T) => {
  let number = 0;
  return () => each[Math.min(number++, each.length - 1)] as T;
};

const options = (more: Partial<ReconnectOptions> = {}): ReconnectOptions => ({
  pauseMsInitial: 2,
  pauseMsMax: 6,
  steadyMs: 30,
  random: () => 1,
  ...more,
});

describe('reconnect', () => {
  it('comes back after each loss, with growing pauses', marbles((m) => {
    const first$ =  m.cold('-a#');
    const second$ = m.cold(    '-#');
    const third$ =  m.cold(         '-b');
    const expected =       '-a--------b';
    const next = attempts(first$, second$, third$);
    m.expect(defer(() => next()).pipe(reconnect(options()))).toBeObservable(expected);
    m.expect(first$).toHaveSubscriptions( '^-!');
    m.expect(second$).toHaveSubscriptions('----^!');
  }));

  it('takes completion for a loss', marbles((m) => {
    const first$ =  m.cold('-a|');
    const second$ = m.cold(    '-b');
    const expected =       '-a---b';
    const next = attempts(first$, second$);
    const lost: unknown[] = [];
    m.expect(defer(() => next()).pipe(reconnect(options({ lost: (loss) => lost.push(loss) })))).toBeObservable(expected);
    m.flush();
    expect(lost).toEqual([{ error: new EndedError(), attempt: 1, pauseMs: 2 }]);
  }));

  it('never pauses longer than its maximum', marbles((m) => {
    const pauses: number[] = [];
    const source$ = m.cold('#');
    const unsub = '40ms !';
    m.expect(source$.pipe(reconnect(options({ lost: ({ pauseMs }) => pauses.push(pauseMs) }))), unsub).toBeObservable('');
    m.flush();
    expect(pauses.slice(0, 5)).toEqual([2, 4, 6, 6, 6]);
  }));

  it('pauses for a random part of the longest pause', marbles((m) => {
    const pauses: number[] = [];
    const random = attempts(0, 0.5, 0.25);
    const unsub = '8ms !';
    m.expect(m.cold('#').pipe(reconnect(options({ random, lost: ({ pauseMs }) => pauses.push(pauseMs) }))), unsub).toBeObservable('');
    m.flush();
    expect(pauses.slice(0, 3)).toEqual([0, 2, 1.5]);
  }));

  it('never pauses shorter than the error asks for, nor longer than an hour', marbles((m) => {
    const first$ =  m.cold('#', undefined, 5_000);
    const second$ = m.cold('#', undefined, Number.MAX_SAFE_INTEGER);
    const third$ =  m.cold('a');
    const next = attempts(first$, second$, third$);
    const expected = '5s 3600s a';
    m.expect(defer(() => next()).pipe(reconnect(options({ pauseMsMin: (error) => error as number })))).toBeObservable(expected);
  }));

  it('begins small again after items have come for the steady time, and only then', marbles((m) => {
    const pauses: number[] = [];
    const brief$ =  m.cold('a 28ms a#');
    const steady$ = m.cold('a 29ms a#');
    const next = attempts(m.cold('#'), brief$, steady$, m.cold('-'));
    const expected = '2ms a 28ms a 4ms a 29ms a-';
    m.expect(defer(() => next()).pipe(reconnect(options({ lost: ({ pauseMs }) => pauses.push(pauseMs) })))).toBeObservable(expected);
    m.flush();
    expect(pauses).toEqual([2, 4, 2]);
  }));

  it('asks the source for how long data had flowed, where that is given', marbles((m) => {
    const pauses: number[] = [];
    const flowedMs = attempts(29, 29, 30, 0);
    const source$ = m.cold('a#');
    const unsub =          '15ms !';
    const expected =       'a-- a---- a-- a';
    const told = options({ flowedMs, lost: ({ pauseMs }) => pauses.push(pauseMs) });
    m.expect(source$.pipe(reconnect(told)), unsub).toBeObservable(expected);
    m.flush();
    expect(pauses.slice(0, 4)).toEqual([2, 4, 2, 4]);
  }));

  it('lets an error pass that is not a loss', marbles((m) => {
    const source$ = m.cold('-a#');
    const expected =       '-a#';
    m.expect(source$.pipe(reconnect(options({ isLoss: () => false })))).toBeObservable(expected);
  }));

  it('stops while it pauses', marbles((m) => {
    const source$ = m.cold('#');
    const unsub =          '-!';
    m.expect(source$.pipe(reconnect(options())), unsub).toBeObservable('-');
    m.expect(source$).toHaveSubscriptions('(^!)');
  }));
});
