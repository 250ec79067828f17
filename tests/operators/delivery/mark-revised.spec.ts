import type { Observable } from 'rxjs';
import { concat, EMPTY, of, timer } from 'rxjs';
import { concatMap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Close } from '../../../src/model/close.js';
import type { Judged } from '../../../src/model/verdict.js';
import type { MarkRevisedOptions } from '../../../src/operators/delivery/mark-revised.js';
import { markRevised, REVISED } from '../../../src/operators/delivery/mark-revised.js';
import type { Store } from '../../../src/ports/store.js';
import { StoreError } from '../../../src/ports/store.js';
import { barAt } from '../../support/bars.js';
import { fakeStore, faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt, judgedOf, placed } from '../../support/parts.js';

/** A close with an alert at bar 0, and the correction of that bar, with what it says now. */
const told = closeAt(0, [alertAt(0)]);
const corrected = (direction: 'up' | 'down' | null, volume = 3): Judged => ({
  ...judgedOf('BTCUSDT', 0, direction),
  bar: placed(barAt(0, { close: 99, volume }), { timing: 'revision' }),
});
const correction = (direction: 'up' | 'down' | null): Close =>
  closeAt(0, direction === null ? [] : [{ ...alertAt(0, 'BTCUSDT', direction), suppressedBy: 'revision' }], { revision: true, judged: [corrected(direction)] });

const stage = (given: Partial<MarkRevisedOptions> & Pick<MarkRevisedOptions, 'store'>) => {
  const clock = { now: () => 5_000, schedule: () => { throw new Error('nothing waits here'); } } as unknown as MarkRevisedOptions['marketTime'];
  return markRevised({ epoch: 1, emittedBefore: [], marketTime: clock, wireTime: clock, random: () => 1, report: () => undefined, ...given });
};

const kept = (store: Store, id: string): unknown => {
  let value: unknown = 'nothing was told';
  store.get(REVISED, id).subscribe((each) => (value = each));
  return value;
};

const opened = () => {
  const store = fakeStore();
  store.open().subscribe();
  return store;
};

describe('markRevised', () => {
  it('marks before the correction passes, and lets everything else pass at once', marbles((m) => {
    const close$ =   m.hot('-a---b--|', { a: told, b: correction(null) });
    const expected =       '-a----b-|';
    const put$ =     m.cold(    '-|');
    const store: Store = { ...fakeStore(), put: () => concat(put$, EMPTY) as Observable<never> };
    m.expect(close$.pipe(stage({ store }))).toBeObservable(expected, { a: told, b: correction(null) });
    m.expect(put$).toHaveSubscriptions('-----^!');
  }));

  it.each([
    ['does not fire any more', null, true],
    ['fires the other way', 'down', true],
    ['still fires', 'up', false],
  ] as const)('of an emitted alert whose bar now %s: marked is %s', (_, direction, isMarked) => {
    const store = opened();
    of(told, correction(direction)).pipe(stage({ store })).subscribe();
    expect(kept(store, alertAt(0).id)).toEqual(isMarked ? { symbol: 'BTCUSDT', openTimeMs: barAt(0).openTimeMs, atMs: 5_000, close: 99, volume: 3 } : null);
  });

  it('knows the alerts of earlier lives, and none that was withheld', () => {
    const store = opened();
    of(correction(null)).pipe(stage({ store, emittedBefore: [alertAt(0)] })).subscribe();
    expect(kept(store, alertAt(0).id)).not.toBeNull();
    const other = opened();
    of(closeAt(0, [{ ...alertAt(0), suppressedBy: 'cooldown' }]), correction(null)).pipe(stage({ store: other })).subscribe();
    expect(kept(other, alertAt(0).id)).toBeNull();
  });

  it('forgets alerts whose bars cannot be corrected any more', () => {
    const store = opened();
    const later = closeAt(70, [alertAt(70)]);
    of(told, later, correction(null)).pipe(stage({ store })).subscribe();
    expect(kept(store, alertAt(0).id)).toBeNull();
  });

  it('asks a store that cannot write again, and says so', marbles((m) => {
    let asked = 0;
    const log = faultLog();
    const store = { ...opened(), put: () => (++asked === 1 ? timer(1, m.scheduler).pipe(concatMap((): Observable<never> => { throw new StoreError('full', 'no room'); })) : EMPTY) } as Store;
    const close$ =   m.hot('a-b 2s |', { a: told, b: correction(null) });
    const expected =       'a-- 1000ms b 999ms |';
    m.expect(close$.pipe(stage({ store, wireTime: m.scheduler, report: log.report }))).toBeObservable(expected, { a: told, b: correction(null) });
    m.flush();
    expect(log.kinds()).toStrictEqual(['store-failed']);
  }));

  it('is silent when nothing comes, passes an error on and leaves its source', marbles((m) => {
    const store = fakeStore();
    m.expect(m.hot<Close>('-').pipe(stage({ store }))).toBeObservable('-');
    m.expect(m.hot('-a-#', { a: told }).pipe(stage({ store }))).toBeObservable('-a-#', { a: told });
    const close$ = m.hot('-a--', { a: told });
    m.expect(close$.pipe(stage({ store })), '--!').toBeObservable('-a-', { a: told });
    m.expect(close$).toHaveSubscriptions('^-!');
  }));
});
