import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import type { Close } from '../../../src/model/close.js';
import { claim, toClaim } from '../../../src/operators/delivery/claim.js';
import type { Routed } from '../../../src/ports/pipeline.js';
import type { Store } from '../../../src/ports/store.js';
import { StoreError } from '../../../src/ports/store.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { failing, fakeStore, faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt, rowOf } from '../../support/parts.js';

type Marbles = Parameters<Parameters<typeof marbles>[0]>[0];

const [one, two] = [alertAt(0), alertAt(1)];
const closes = { a: closeAt(0, [one]), b: closeAt(1, [two]), c: closeAt(2) };
const full = new StoreError('full', 'the disk is full');

const opened = <S extends Store>(store: S): S => {
  store.open().subscribe();
  return store;
};

const claiming = (m: Marbles, store: Store) => {
  const { report, faults } = faultLog();
  const stage = claim({
    store,
    epoch: 1,
    sinkNames: ['fake', 'other'],
    marketTime: createVirtualClock(one.decisionTimeMs),
    wireTime: m.scheduler,
    random: () => 1,
    report,
  });
  return { stage, faults };
};

describe('claim', () => {
  it('lets a close pass once the store holds it for good', marbles((m) => {
    const close$ =   m.hot('-a-b----|', closes);
    const written =          '--|';
    const expected =       '---a-b--|';
    const store = { ...fakeStore(), claim: () => m.cold<never>(written) };
    m.expect(close$.pipe(claiming(m, store).stage)).toBeObservable(expected, closes);
  }));

  it('writes one claim at a time, in order', marbles((m) => {
    const close$ =   m.hot('(abc|)          ', closes);
    const expected =       '-----a----b----(c|)';
    const store = opened(fakeStore({ durableMs: 5, scheduler: m.scheduler }));
    m.expect(close$.pipe(claiming(m, store).stage)).toBeObservable(expected, closes);
  }));

  it('asks a store that cannot write again, and what comes behind waits', marbles((m) => {
    const close$ =   m.hot('a-b-|', closes);
    const expected =       '3s (ab|)';
    const store = failing(opened(fakeStore()), { claim: [m.cold('#', {}, full), m.cold('#', {}, full)] });
    const { stage, faults } = claiming(m, store);
    m.expect(close$.pipe(stage)).toBeObservable(expected, closes);
    m.flush();
    expect(faults.map(({ kind }) => kind)).toStrictEqual(['store-failed', 'store-failed']);
    expect(faults[0]?.detail).toContain('the disk is full');
    expect(store.rows()).toHaveLength(4);
  }));

  it('ends when the store belongs to someone else', marbles((m) => {
    const close$ =   m.hot('-a-b-|', closes);
    const expected =       '-#    ';
    const store = opened(fakeStore());
    opened(store); // A second opening: epoch 2.
    const fenced = new StoreError('fenced', 'the write carries epoch 1, but the store is in epoch 2: it has been opened again since');
    m.expect(close$.pipe(claiming(m, store).stage)).toBeObservable(expected, {}, fenced);
  }));

  it('is silent when nothing comes, and passes an error on', marbles((m) => {
    const { stage } = claiming(m, opened(fakeStore()));
    m.expect(m.hot<Close>('-').pipe(stage)).toBeObservable('-');
    m.expect(m.hot<Close>('-|').pipe(stage)).toBeObservable('-|');
    m.expect(m.hot<Close>('-a-#', closes).pipe(stage)).toBeObservable('-a-#', closes);
  }));

  it('gives up the write when it is left', marbles((m) => {
    const close$ =   m.hot('-a-b-c', closes);
    const write$ =   m.cold<never>('-----|');
    m.expect(close$.pipe(claiming(m, { ...fakeStore(), claim: () => write$ }).stage), '---!').toBeObservable('-');
    m.expect(write$).toHaveSubscriptions('-^-!');
  }));

  it('leaves its rows in the store, and a restart finds them', marbles((m) => {
    const store = opened(fakeStore());
    m.hot('a|', { a: closeAt(0, [one], { lagging: { ETHUSDT: null } }) }).pipe(claiming(m, store).stage).subscribe();
    m.flush();
    let pending: readonly unknown[] = [];
    let positions: readonly unknown[] = [];
    store.open().subscribe((remembered) => ({ pending, positions } = remembered));
    expect(pending).toStrictEqual([{ alert: one, delivery: rowOf(one) }, { alert: one, delivery: rowOf(one, { sink: 'other' }) }]);
    expect(positions).toStrictEqual([{ market: 'usdm', interval: '15m', openTimeMs: one.openTimeMs, lagging: { ETHUSDT: null } }]);
  }));
});

describe('what is claimed', () => {
  const suppressed = { ...two, suppressedBy: 'cooldown' as const };

  it('is the position, the alerts, and a row for each alert and sink', () => {
    expect(toClaim(closes.a, 7, ['x', 'y'], 99)).toStrictEqual({
      epoch: 7,
      position: { market: 'usdm', interval: '15m', openTimeMs: one.openTimeMs, lagging: {} },
      alerts: [one],
      deliveries: [rowOf(one, { sink: 'x', updatedAtMs: 99 }), rowOf(one, { sink: 'y', updatedAtMs: 99 })],
      atMs: 99,
    });
  });

  it('is one row, without a sink, for an alert that was suppressed', () => {
    const { deliveries } = toClaim(closeAt(1, [suppressed]), 7, ['x', 'y'], 99);
    expect(deliveries).toStrictEqual([rowOf(two, { sink: '*', state: 'suppressed', reason: 'cooldown', updatedAtMs: 99 })]);
  });

  it('says what withheld it, where there is more to say', () => {
    const muted = { ...two, suppressedBy: 'mute' as const, because: 'silence abc of BTC*' };
    expect(toClaim(closeAt(1, [muted]), 7, ['x'], 99).deliveries).toMatchObject([{ sink: '*', state: 'suppressed', reason: 'mute: silence abc of BTC*' }]);
  });

  it('is a row for each sink that a route leads to, and for nobody where it leads nowhere', () => {
    const routeOf = ({ id }: Alert): Routed => ({ sinks: id === one.id ? ['y', 'gone'] : [], muteTime: null, why: 'no sink: route' });
    const { deliveries } = toClaim(closeAt(1, [one, two]), 7, ['x', 'y'], 99, routeOf);
    expect(deliveries).toMatchObject([{ alertId: one.id, sink: 'y', state: 'claimed' }, { alertId: two.id, sink: '*', state: 'suppressed', reason: 'mute: no sink: route' }]);
  });

  it('is the position alone when nothing fired', () => {
    expect(toClaim(closes.c, 7, ['x'], 99)).toMatchObject({ alerts: [], deliveries: [], position: { openTimeMs: closes.c.openTimeMs } });
  });
});
