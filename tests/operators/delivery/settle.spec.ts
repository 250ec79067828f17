import type { Observable } from 'rxjs';
import { concat, map, NEVER, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Close } from '../../../src/model/close.js';
import type { SettleParts } from '../../../src/operators/delivery/settle.js';
import { settle } from '../../../src/operators/delivery/settle.js';
import type { Outcome } from '../../../src/ports/pipeline.js';
import type { Receipt, Sink } from '../../../src/ports/sink.js';
import type { Remembered } from '../../../src/ports/store.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { editableSink, GROUPED, NOTHING_KEPT } from '../../support/episodes.js';
import type { FakeStore } from '../../support/fakes.js';
import { fakeSink, fakeStore, faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt, DELIVERY } from '../../support/parts.js';

type Marbles = Parameters<Parameters<typeof marbles>[0]>[0];

const [one, two] = [alertAt(0), alertAt(1)];
const closes = { a: closeAt(0, [one]), b: closeAt(1, [two]), q: closeAt(2), s: closeAt(1, [{ ...two, suppressedBy: 'cooldown' as const }]) };
const r: Receipt = { messageId: null };

/** `C` for a close, else the state of a delivery by its initial, in capitals for the second sink. */
const told = (outcome: Outcome): string => {
  if (outcome.kind === 'close') return 'C';
  if (outcome.kind === 'early') return 'E';
  const { sink, state } = outcome.delivery;
  const initial = state === 'dead' ? 'x' : state.charAt(0);
  return sink === 'slow' ? initial.toUpperCase() : initial;
};

const openedAgain = (store: FakeStore): Remembered => {
  let remembered: Remembered | undefined;
  store.open().subscribe((each) => (remembered = each));
  return remembered as Remembered;
};

const settling = (m: Marbles, sinks: readonly Sink[], store = fakeStore(), quietStartMs = 0, episodes?: SettleParts['episodes']) => {
  const log = faultLog();
  const parts: SettleParts = {
    store,
    remembered: openedAgain(store),
    sinks,
    delivery: DELIVERY,
    quietStartMs,
    marketTime: createVirtualClock(one.decisionTimeMs),
    wireTime: m.scheduler,
    random: () => 1,
    report: log.report,
    ...(episodes === undefined ? {} : { episodes }),
  };
  return { ...log, store, outcome$: (close$: Observable<Close>) => close$.pipe(settle(parts), map(told)) };
};

describe('settle', () => {
  it('claims, tells, sends and records', marbles((m) => {
    const close$ =   m.hot('-a---------|', closes);
    const written$ =        m.cold<never>('-|');
    const taken$ =          m.cold('----(r|)', { r });
    const expected =       '--(Cs)d----|';
    const store = fakeStore();
    const { outcome$ } = settling(m, [fakeSink([taken$])], { ...store, claim: (claim) => concat(written$, store.claim(claim)) });
    m.expect(outcome$(close$)).toBeObservable(expected);
    m.flush();
    expect(store.row(one.id)).toMatchObject({ state: 'delivered' });
  }));

  it('lets each sink have its own pace', marbles((m) => {
    const close$ =   m.hot('a---------b---------|', closes);
    const expected =       '(CsdS)--D-(CsdS)--D-|';
    const slow = fakeSink([m.cold('--------(r|)', { r })], 'slow');
    m.expect(settling(m, [fakeSink(), slow]).outcome$(close$)).toBeObservable(expected);
  }));

  it('tells alerts of one move by one message where that can be changed, and each for itself elsewhere', marbles((m) => {
    const close$ =   m.hot('a---------b------|', closes);
    const expected =       '(CsdSD)---(CsdSD)|';
    const [editable, plain] = [editableSink(), fakeSink(undefined, 'slow')];
    const told = settling(m, [editable, plain], fakeStore(), 0, { settings: GROUPED, kept: NOTHING_KEPT });
    m.expect(told.outcome$(close$)).toBeObservable(expected);
    m.flush();
    expect(editable.messages()).toHaveLength(1);
    expect(plain.asked.map(({ alert }) => alert.episode?.role)).toStrictEqual(['opens', 'joins']);
    expect(told.store.row(two.id)).toMatchObject({ state: 'delivered', messageId: 'fake-1' });
  }));

  it('tells a close at which nothing fired, or nothing is to be sent, and sends nothing', marbles((m) => {
    const close$ =   m.hot('-q-s-|', closes);
    const expected =       '-C-C-|';
    const sink = fakeSink();
    const { outcome$, store } = settling(m, [sink]);
    m.expect(outcome$(close$)).toBeObservable(expected);
    m.flush();
    expect(sink.asked).toStrictEqual([]);
    expect(store.rows()).toMatchObject([{ sink: '*', state: 'suppressed', reason: 'cooldown' }]);
  }));

  it('tells closes without any sink', marbles((m) => {
    const close$ =   m.hot('-a-b-|', closes);
    m.expect(settling(m, []).outcome$(close$)).toBeObservable('-C-C-|');
  }));

  it('first sends what an earlier life left unfinished, without waiting for a close', marbles((m) => {
    const store = fakeStore();
    settling(m, [fakeSink([NEVER])], store).outcome$(of(closes.a)).subscribe();
    m.flush();
    const close$ =  m.cold('------b----|', closes);
    const expected =       '(sd)--(Csd)|';
    const sink = fakeSink();
    m.expect(settling(m, [sink], store).outcome$(close$)).toBeObservable(expected);
    m.flush();
    expect(sink.asked.map(({ alert, attempt }) => [alert.id, attempt.mayRepeat])).toStrictEqual([[one.id, true], [two.id, false]]);
  }));

  it('ends what belongs to a sink that is not configured any more', marbles((m) => {
    const store = fakeStore();
    settling(m, [fakeSink([NEVER], 'slow')], store).outcome$(of(closes.a)).subscribe().unsubscribe();
    m.expect(settling(m, [fakeSink()], store).outcome$(m.cold('-----|', closes))).toBeObservable('X----|');
    m.flush();
    expect(store.row(one.id, 'slow')).toMatchObject({ state: 'dead', reason: 'no sink of this name is configured any more' });
  }));

  it('claims during a quiet start, and sends after it', marbles((m) => {
    const close$ =   m.hot('-a-b|', closes);
    const expected =       '-C-C-(sdsd|)';
    m.expect(settling(m, [fakeSink()], fakeStore(), 5).outcome$(close$)).toBeObservable(expected);
  }));

  it('is silent when nothing comes, and passes an error on', marbles((m) => {
    m.expect(settling(m, [fakeSink()]).outcome$(m.hot('-'))).toBeObservable('-');
    m.expect(settling(m, [fakeSink()]).outcome$(m.hot('-|'))).toBeObservable('-|');
    m.expect(settling(m, [fakeSink()]).outcome$(m.hot('-#'))).toBeObservable('-#');
  }));

  it('gives up the attempts and the source when it is left', marbles((m) => {
    const close$ =   m.hot('-a---b', closes);
    const attempt$ = m.cold<Receipt>('----------');
    m.expect(settling(m, [fakeSink([attempt$])]).outcome$(close$), '-------!').toBeObservable('-(Cs)C');
    m.expect(attempt$).toHaveSubscriptions('-^-----!');
    m.expect(close$).toHaveSubscriptions('^------!');
  }));
});
