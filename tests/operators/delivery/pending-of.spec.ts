import { filter, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Close } from '../../../src/model/close.js';
import type { Pending } from '../../../src/model/delivery.js';
import { pendingOf } from '../../../src/operators/delivery/pending-of.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt, rowOf } from '../../support/parts.js';

const [one, two, three] = [alertAt(0), alertAt(1), alertAt(2)];
const closes = {
  a: closeAt(0, [one]),
  b: closeAt(1, [two, { ...three, suppressedBy: 'cooldown' as const }]),
  q: closeAt(2),
};
const names = new Map([[one.id, '1'], [two.id, '2'], [three.id, '3']]);
const name = ({ alert }: Pending): string => names.get(alert.id) ?? '?';

describe('pendingOf', () => {
  it('is one row for every alert that is to be sent', marbles((m) => {
    const close$ =   m.hot('-a-q-b-|', closes);
    const expected =       '-1---2-|';
    m.expect(close$.pipe(pendingOf('fake', []), map(name))).toBeObservable(expected);
  }));

  it('begins with what an earlier life of the same sink left unfinished', marbles((m) => {
    const left = { alert: three, delivery: rowOf(three, { state: 'waiting', attempts: 2 }) };
    const others = { alert: two, delivery: rowOf(two, { sink: 'other' }) };
    const close$ =   m.hot('-a-|', closes);
    const expected =       'x1-|';
    m.expect(close$.pipe(pendingOf('fake', [others, left]), map((each) => (each === left ? 'x' : name(each))))).toBeObservable(expected);
  }));

  it('makes no second row for an alert that an earlier life has claimed', marbles((m) => {
    const close$ =   m.hot('-a-b-|', closes);
    const expected =       '---2-|';
    m.expect(close$.pipe(pendingOf('fake', [], new Set([one.id])), map(name))).toBeObservable(expected);
  }));

  it('is the row that the claim has written', marbles((m) => {
    const seen: Pending[] = [];
    m.hot('-a-|', closes).pipe(pendingOf('fake', [])).subscribe((each) => seen.push(each));
    m.flush();
    expect(seen).toStrictEqual([{ alert: one, delivery: rowOf(one) }]);
  }));

  it('is nothing of what goes elsewhere, but all that an earlier life has left', marbles((m) => {
    const close$ =   m.hot('-a-b-|', closes);
    const expected =       'r--b-|';
    const left = { alert: one, delivery: rowOf(one) };
    m.expect(close$.pipe(pendingOf('fake', [left], new Set(), ({ id }) => id === two.id), map(({ alert }) => alert.id))).toBeObservable(expected, { r: one.id, b: two.id });
  }));

  it('brings the bars behind an alert where they are remembered', marbles((m) => {
    const scene = { intervalMs: 1, openTimesMs: [], open: [], high: [], low: [], close: [], volume: [] };
    const close$ =   m.hot('-a-b-|', { a: { ...closes.a, scenes: new Map([[one.id, scene]]) }, b: closes.b });
    const expected =       '-S---|';
    m.expect(close$.pipe(pendingOf('fake', []), filter((each) => each.scene === scene), map(() => 'S'))).toBeObservable(expected);
  }));

  it('is silent when nothing comes, passes an error on, and leaves when it is left', marbles((m) => {
    m.expect(m.hot<Close>('-').pipe(pendingOf('fake', []))).toBeObservable('-');
    m.expect(m.hot<Close>('-|').pipe(pendingOf('fake', []))).toBeObservable('-|');
    m.expect(m.hot<Close>('-#').pipe(pendingOf('fake', []))).toBeObservable('-#');
    const close$ =   m.hot('-a-b-|', closes);
    m.expect(close$.pipe(pendingOf('fake', []), map(name)), '--!').toBeObservable('-1');
    m.expect(close$).toHaveSubscriptions('^-!');
  }));
});
