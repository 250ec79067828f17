import type { Observable } from 'rxjs';
import { defer, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import type { Pending } from '../../../src/model/delivery.js';
import { toClaim } from '../../../src/operators/delivery/claim.js';
import type { DeliverToOptions } from '../../../src/operators/delivery/deliver-to.js';
import { deliverTo } from '../../../src/operators/delivery/deliver-to.js';
import { REFUSED } from '../../../src/operators/delivery/standing.js';
import type { Step } from '../../../src/operators/delivery/step.js';
import type { DeliverySettings } from '../../../src/ports/pipeline.js';
import type { Announcement, Receipt, Sink } from '../../../src/ports/sink.js';
import { DeliveryError } from '../../../src/ports/sink.js';
import type { Store } from '../../../src/ports/store.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { fakeStore, faultLog } from '../../support/fakes.js';
import { alertAt, closeAt, DELIVERY, rowOf } from '../../support/parts.js';

/*
 * What `deliverTo` does with what waits: messages of several, limits, leases, refusals that last, and words besides alerts.
 */

const refused = (more: { retryAfterMs?: number } = {}) => new DeliveryError('refused', 'busy', more);
const fails = (error: Error): Observable<Receipt> => throwError(() => error);
const START_MS = alertAt(0).decisionTimeMs;

interface Given extends Partial<Omit<DeliverToOptions, 'settings'>> {
  readonly settings?: Partial<DeliverySettings>;
  readonly sink?: Partial<Sink>;
  readonly wrap?: (store: Store) => Store;
}

/** A sink that takes ten alerts in a message and remembers every message and every word. */
const world = ({ settings, sink: more, wrap = (store) => store, ...given }: Given = {}) => {
  const clock = createVirtualClock(START_MS);
  const kept = fakeStore();
  kept.open().subscribe();
  const messages: { readonly atMs: number; readonly symbols: string }[] = [];
  const words: Announcement[] = [];
  const answers: Observable<Receipt>[] = [];
  const take = (alerts: readonly Alert[]): Observable<Receipt> =>
    defer(() => {
      messages.push({ atMs: clock.now() - START_MS, symbols: alerts.map(({ symbol }) => symbol).join('') });
      return answers.shift() ?? of({ messageId: `m${messages.length}` });
    });
  const sink: Sink = {
    name: 'fake',
    batchMax: 10,
    deliver: (alert) => take([alert]),
    deliverBatch: (postings) => take(postings.map(({ alert }) => alert)),
    announce: (announcement) =>
      defer(() => {
        words.push(announcement);
        return answers.shift() ?? of({ messageId: null });
      }),
    ...more,
  };
  const log = faultLog();
  const pending$ = new Subject<Pending>();
  const steps: Step[] = [];
  let isOver = false;
  const options: DeliverToOptions = {
    store: wrap(kept), epoch: 1, settings: { ...DELIVERY, ...settings }, marketTime: clock, wireTime: clock, random: () => 1, report: log.report, ...given,
  };
  pending$.pipe(deliverTo(sink, options)).subscribe({ next: (step) => steps.push(step), complete: () => (isOver = true) });
  clock.advanceTo(START_MS);
  return {
    ...log, clock, store: kept, messages, words, steps, pending$,
    isOver: () => isOver,
    answer: (...next: readonly Observable<Receipt>[]) => void answers.push(...next),
    fire: (...symbols: readonly string[]): readonly Alert[] => {
      const alerts = symbols.map((symbol): Alert => ({ ...alertAt(0, symbol), decisionTimeMs: clock.now() }));
      kept.claim(toClaim(closeAt(0, alerts), 1, ['fake'], clock.now())).subscribe();
      for (const alert of alerts) pending$.next({ alert, delivery: rowOf(alert) });
      return alerts;
    },
    pass: (ms: number) => clock.advanceTo(clock.now() + ms),
    said: () => messages.map(({ symbols }) => symbols),
    states: () => kept.rows().map(({ state }) => state).sort(),
  };
};

describe('deliverTo, with several waiting', () => {
  it('puts what fires together into one message, with one receipt for all', () => {
    const { fire, pass, said, store } = world();
    fire(...'ABC');
    pass(0);
    expect(said()).toStrictEqual(['ABC']);
    expect(store.rows().map(({ state, messageId }) => [state, messageId])).toStrictEqual([['delivered', 'm1'], ['delivered', 'm1'], ['delivered', 'm1']]);
  });

  it('tells one after another to a sink that takes one', () => {
    const { fire, pass, said } = world({ sink: { batchMax: 1 } });
    fire(...'ABC');
    pass(1);
    expect(said()).toStrictEqual(['A', 'B', 'C']);
  });

  it('makes `sending` durable for every row of a message before its first byte leaves', () => {
    const order: string[] = [];
    const { fire, pass } = world({
      wrap: (store) => ({ ...store, transition: (change) => defer(() => (order.push(change.to.state), store.transition(change))) }),
      sink: { deliverBatch: () => defer(() => (order.push('sent'), of({ messageId: null }))) },
    });
    fire(...'AB');
    pass(1);
    expect(order).toStrictEqual(['sending', 'sending', 'sent', 'delivered', 'delivered']);
  });

  it('adds to the next message what comes while one is on its way or while the sink rests', () => {
    const { answer, fire, pass, said, messages } = world();
    answer(fails(refused({ retryAfterMs: 5_000 })));
    fire('A');
    pass(1_000);
    fire('B');
    pass(1_000);
    fire('C');
    pass(10_000);
    expect(said()).toStrictEqual(['A', 'ABC']);
    expect(messages.map(({ atMs }) => atMs)).toStrictEqual([0, 5_000]);
  });

  it('asks a sink that knows its limits when it will be ready, and leaves the rows as they are until then', () => {
    let readyAtMs = START_MS + 3_000;
    const { clock, fire, pass, said, states, messages } = world({ sink: { readyInMs: () => readyAtMs - clock.now() } });
    fire('A');
    pass(2_999);
    expect([said(), states()]).toStrictEqual([[], ['claimed']]);
    readyAtMs += 1_000;
    fire('B');
    pass(5_000);
    expect(said()).toStrictEqual(['AB']);
    expect(messages[0]?.atMs).toBe(4_000);
  });

  it('lets what grows too old during a rest end at once', () => {
    const { answer, fire, pass, states, store } = world({ settings: { maxAgeMs: 60_000 } });
    answer(fails(refused({ retryAfterMs: 600_000 })));
    fire('A');
    pass(60_000);
    expect(states()).toStrictEqual(['waiting']);
    pass(1);
    expect(store.rows()).toMatchObject([{ state: 'expired', reason: 'older than 60 s' }]);
  });

  it('halves a message that was refused until the bad one is found', () => {
    const said: string[] = [];
    const judge = (alerts: readonly Alert[]): Observable<Receipt> =>
      defer(() => {
        const text = alerts.map(({ symbol }) => symbol).join('');
        said.push(text);
        return text.includes('D') ? fails(new DeliveryError('dead', 'invalid')) : of({ messageId: text });
      });
    const sink = { deliver: (alert: Alert) => judge([alert]), deliverBatch: (postings: readonly { readonly alert: Alert }[]) => judge(postings.map(({ alert }) => alert)) };
    const { fire, pass, store } = world({ sink });
    fire(...'ADBCEF');
    pass(10);
    expect(said).toStrictEqual(['ADBCEF', 'ADB', 'A', 'D', 'B', 'CEF']);
    expect(store.rows().map(({ state, messageId }) => messageId ?? state).sort()).toStrictEqual(['A', 'B', 'CEF', 'CEF', 'CEF', 'dead']);
  });

  it('ends when it is to end, and first sends what waits', () => {
    const { answer, fire, pass, said, pending$, isOver } = world();
    answer(fails(refused({ retryAfterMs: 5_000 })));
    fire('A');
    pass(0);
    pending$.complete();
    expect(isOver()).toBe(false);
    pass(5_000);
    expect([said(), isOver()]).toStrictEqual([['A', 'A'], true]);
  });
});

describe('deliverTo, under a lease', () => {
  it.each([
    ['more than its deadline and two seconds are left', 12_001, ['A']],
    ['no more than that is left', 12_000, []],
  ])('sends when %s', (_, heldMs, expected) => {
    const { fire, pass, said, states } = world({ wrap: (store) => ({ ...store, heldForMs: () => heldMs }), sink: { deadlineMs: 10_000 } });
    fire('A');
    pass(5_000);
    expect(said()).toStrictEqual(expected);
    expect(states()).toStrictEqual([expected.length === 0 ? 'claimed' : 'delivered']);
  });

  it('waits for the lease to be renewed', () => {
    let heldMs = 9_000;
    const { fire, pass, messages } = world({ wrap: (store) => ({ ...store, heldForMs: () => heldMs }), sink: { deadlineMs: 10_000 } });
    fire('A');
    pass(2_000);
    heldMs = 15_000;
    pass(2_000);
    expect(messages.map(({ atMs }) => atMs)).toStrictEqual([2_500]);
  });

  it('does not send when the lease has run short while `sending` was written, and marks nothing', () => {
    let heldMs = 15_000;
    const { fire, pass, said, store } = world({
      wrap: (inner) => ({
        ...inner,
        heldForMs: () => heldMs,
        transition: (change) => defer(() => { if (change.to.state === 'sending') heldMs = 5_000; return inner.transition(change); }),
      }),
      sink: { deadlineMs: 10_000 },
    });
    fire('A');
    pass(1);
    expect(said()).toStrictEqual([]);
    expect(store.rows()).toMatchObject([{ state: 'waiting', mayRepeat: false, reason: 'not sent: the lease of the store was about to end' }]);
  });
});

describe('deliverTo, refused for good', () => {
  const gone = new DeliveryError('disabled', 'the webhook is gone');

  it('keeps the refusal for later lives by the settings, and raises the alarm once', () => {
    const raised: Announcement[] = [];
    const { answer, fire, pass, store, said } = world({ sink: { fingerprint: () => 'f' }, raise: (each) => void raised.push(each) });
    answer(fails(gone));
    fire(...'AB');
    pass(1);
    fire('C');
    pass(1);
    let kept: unknown;
    store.get(REFUSED, 'fake').subscribe((value) => (kept = value));
    expect(kept).toStrictEqual({ reason: 'the webhook is gone', atMs: START_MS, fingerprint: 'f' });
    expect(said()).toStrictEqual(['AB']);
    expect(raised.map(({ title }) => title)).toStrictEqual(['fake takes no more alerts']);
  });

  it('keeps nothing of a sink whose settings cannot be told apart', () => {
    const { answer, fire, pass, store } = world();
    answer(fails(gone));
    fire('A');
    pass(1);
    let kept: unknown;
    store.get(REFUSED, 'fake').subscribe((value) => (kept = value));
    expect(kept).toBeNull();
  });
});

describe('deliverTo, with something to say besides alerts', () => {
  const alarm: Announcement = { title: 'the other one is dead', lines: [] };

  it('says an alarm when it is at leisure, and says it again when it was not heard', () => {
    const alarm$ = new Subject<Announcement>();
    const { answer, pass, words, isOver, pending$ } = world({ alarm$ });
    answer(fails(refused()));
    alarm$.next(alarm);
    pass(2_000);
    expect(words).toStrictEqual([alarm, alarm]);
    pending$.complete();
    expect(isOver()).toBe(true);
  });

  it('says nothing twice that may have been heard, and reports it', () => {
    const alarm$ = new Subject<Announcement>();
    const { answer, pass, words, kinds } = world({ alarm$ });
    answer(fails(new DeliveryError('unknown', 'no reply', { strong: true })));
    alarm$.next(alarm);
    pass(60_000);
    expect(words).toHaveLength(1);
    expect(kinds()).toStrictEqual(['delivery-unknown']);
  });

  it('sends alerts first', () => {
    const alarm$ = new Subject<Announcement>();
    const { answer, fire, pass, words, messages } = world({ alarm$ });
    answer(fails(refused({ retryAfterMs: 1_000 })));
    fire('A');
    pass(0);
    alarm$.next(alarm);
    pass(999);
    expect([messages.length, words.length]).toStrictEqual([1, 0]);
    pass(2);
    expect([messages.length, words.length]).toStrictEqual([2, 1]);
  });

  it('says one summary of what expired while the sink was away, once it is back', () => {
    const { answer, fire, pass, words } = world({ settings: { maxAgeMs: 60_000 } });
    answer(...Array.from({ length: 8 }, () => fails(refused({ retryAfterMs: 30_000 }))));
    fire('A');
    pass(30_000);
    fire('B');
    pass(300_000);
    expect(words.at(-1)).toMatchObject({ title: '2 alerts expired while fake was away' });
    const times = words.length;
    fire('C');
    pass(300_000);
    expect(words).toHaveLength(times);
  });
});
