import type { Observable } from 'rxjs';
import { map, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Delivery, Pending } from '../../../src/model/delivery.js';
import { DELIVERY_ARROWS } from '../../../src/model/delivery.js';
import { toClaim } from '../../../src/operators/delivery/claim.js';
import { deliverTo } from '../../../src/operators/delivery/deliver-to.js';
import type { Step } from '../../../src/operators/delivery/step.js';
import type { DeliverySettings } from '../../../src/ports/pipeline.js';
import type { Receipt } from '../../../src/ports/sink.js';
import { DeliveryError } from '../../../src/ports/sink.js';
import type { Store } from '../../../src/ports/store.js';
import { StoreError } from '../../../src/ports/store.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import type { FakeSink } from '../../support/fakes.js';
import { failing, fakeSink, fakeStore, faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt, DELIVERY, rowOf } from '../../support/parts.js';

type Marbles = Parameters<Parameters<typeof marbles>[0]>[0];

const [one, two, three] = [alertAt(0), alertAt(1), alertAt(2)];
const pending = { a: { alert: one, delivery: rowOf(one) }, b: { alert: two, delivery: rowOf(two) }, c: { alert: three, delivery: rowOf(three) } };
const r: Receipt = { messageId: 'm1' };
const taken$ = of(r);
const refused = (more: { retryAfterMs?: number } = {}) => new DeliveryError('refused', 'busy', more);
const lost = new DeliveryError('unknown', 'no reply', { strong: true });
const odd = new DeliveryError('unknown', 'the server failed', { strong: false });
const invalid = new DeliveryError('dead', 'not a valid message');
const gone = new DeliveryError('disabled', 'the webhook is gone');
const fails = (error: Error): Observable<Receipt> => throwError(() => error);

/** A store in which the three alerts are claimed. */
const claimed = (): ReturnType<typeof fakeStore> => {
  const store = fakeStore();
  store.open().subscribe();
  for (const [i, alert] of [one, two, three].entries()) store.claim(toClaim(closeAt(i, [alert]), 1, ['fake'], 0)).subscribe();
  return store;
};

/** Takes the row of the first alert to where an earlier life has left it. */
const bring = (store: Store, left: Delivery): void => {
  if (left.state === 'claimed') return;
  store.transition({ epoch: 1, from: 'claimed', to: { ...left, state: 'sending' } }).subscribe();
  store.transition({ epoch: 1, from: 'sending', to: left }).subscribe();
};

interface Given {
  readonly store?: Store;
  readonly settings?: Partial<DeliverySettings>;
  readonly ageMs?: number;
}

/** The states a delivery goes through, by their initials; `x` is dead and `e` expired. */
const initial = ({ delivery: { state } }: Step): string => (state === 'dead' ? 'x' : state.charAt(0));

const delivering = (m: Marbles, sink: FakeSink, { store = claimed(), settings, ageMs = 0 }: Given = {}) => {
  const log = faultLog();
  const stage = deliverTo(sink, {
    store,
    epoch: 1,
    settings: { ...DELIVERY, ...settings },
    marketTime: createVirtualClock(one.decisionTimeMs + ageMs),
    wireTime: m.scheduler,
    random: () => 1,
    report: log.report,
  });
  return { ...log, stage, step$: (pending$: Observable<Pending>) => pending$.pipe(stage, map(initial)) };
};

describe('deliverTo', () => {
  it('brings one alert after another to its end', marbles((m) => {
    const pending$ =    m.hot('-a-b----|', pending);
    const first$ = m.cold<Receipt>('#', {}, refused());
    const later$ =    m.cold(     '----(r|)', { r });
    const expected =          '-(sw) 996ms s---(ds)(d|)';
    m.expect(delivering(m, fakeSink([first$, later$])).step$(pending$)).toBeObservable(expected);
  }));

  it('sends a second copy only after the pause, and a third after twice the pause', marbles((m) => {
    const no$ = m.cold<Receipt>('#', {}, refused());
    m.expect(delivering(m, fakeSink([no$, no$, taken$])).step$(m.hot('a-|', pending))).toBeObservable('(sw) 996ms (sw) 1996ms (sd|)');
  }));

  it('waits as long as it is told to', marbles((m) => {
    const no$ = m.cold<Receipt>('#', {}, refused({ retryAfterMs: 5_000 }));
    m.expect(delivering(m, fakeSink([no$, taken$])).step$(m.hot('a-|', pending))).toBeObservable('(sw) 4996ms (sd|)');
  }));

  it('records the message that the sink has made of it', marbles((m) => {
    const store = claimed();
    delivering(m, fakeSink([taken$]), { store }).step$(m.hot('a|', pending)).subscribe();
    m.flush();
    expect(store.row(one.id)).toStrictEqual(rowOf(one, { state: 'delivered', attempts: 1, messageId: 'm1' }));
  }));

  it('makes `sending` durable before the first byte leaves', marbles((m) => {
    const sink = fakeSink([m.cold('--(r|)', { r })]);
    const order: string[] = [];
    const store: Store = {
      ...claimed(),
      transition: ({ to }) => {
        order.push(`${to.state} asked, ${sink.asked.length} sent`);
        return m.cold<never>('---|');
      },
    };
    const pending$ =  m.hot('a-------|', pending);
    const expected =        '---s----(d|)';
    m.expect(delivering(m, sink, { store }).step$(pending$)).toBeObservable(expected);
    m.flush();
    expect(order).toStrictEqual(['sending asked, 0 sent', 'delivered asked, 1 sent']);
  }));

  it('asks a store that cannot write again, and does not send meanwhile', marbles((m) => {
    const sink = fakeSink();
    const full$ = m.cold<never>('#', {}, new StoreError('full', 'the disk is full'));
    const { step$, kinds } = delivering(m, sink, { store: failing(claimed(), { transition: [full$, full$] }) });
    m.expect(step$(m.hot('a-|', pending))).toBeObservable('3s (sd|)');
    m.flush();
    expect([kinds(), sink.asked.length]).toStrictEqual([['store-failed', 'store-failed'], 1]);
  }));

  it.each(['conflict', 'fenced', 'corrupt'] as const)('ends when the store says %s', (kind) => {
    marbles((m) => {
      const error = new StoreError(kind, 'no');
      const store = failing(claimed(), { transition: [throwError(() => error)] });
      m.expect(delivering(m, fakeSink(), { store }).step$(m.hot('-a-|', pending))).toBeObservable('-#', {}, error);
    })();
  });

  it.each([
    ['fails with a bug', () => fails(new TypeError('a bug')), 'a bug'],
    ['ends without a receipt', () => of<Receipt>(), `sink fake has neither taken nor refused ${one.id}`],
    ['throws', () => { throw new TypeError('thrown'); }, 'thrown'],
  ] as const)('ends when the sink %s', (_, deliver, message) => {
    marbles((m) => {
      const sink = { ...fakeSink(), deliver } as unknown as FakeSink;
      const errors: unknown[] = [];
      delivering(m, sink).step$(m.hot('a', pending)).subscribe({ error: (error: unknown) => errors.push(error) });
      m.flush();
      expect(errors).toMatchObject([{ message }]);
    })();
  });

  it('is silent when nothing comes, and passes an error on', marbles((m) => {
    const { step$ } = delivering(m, fakeSink());
    m.expect(step$(m.hot('-'))).toBeObservable('-');
    m.expect(step$(m.hot('-|'))).toBeObservable('-|');
    m.expect(step$(m.hot('-#'))).toBeObservable('-#');
  }));

  it('gives up the attempt when it is left', marbles((m) => {
    const attempt$ =  m.cold<Receipt>('----------');
    const pending$ =  m.hot('-a--------', pending);
    const left =            '----!     ';
    const expected =        '-s--      ';
    m.expect(delivering(m, fakeSink([attempt$])).step$(pending$), left).toBeObservable(expected);
    m.expect(attempt$).toHaveSubscriptions('-^--!');
    m.expect(pending$).toHaveSubscriptions('^---!');
  }));

  it('gives up the pause when it is left', marbles((m) => {
    const no$ = m.cold<Receipt>('#', {}, refused());
    m.expect(delivering(m, fakeSink([no$])).step$(m.hot('a', pending)), '^ 500ms !').toBeObservable('(sw)');
    m.expect(no$).toHaveSubscriptions(['(^!)']);
  }));
});

describe('deliverTo, by what becomes of the attempts', () => {
  /** The steps of one alert when the n-th attempt ends like this, and its row at last. */
  const fate = (attempts: readonly Observable<Receipt>[], given: Given & { readonly from?: Partial<Delivery> } = {}) => {
    let told = '';
    const store = claimed();
    const sink = fakeSink(attempts);
    const clock = createVirtualClock(one.decisionTimeMs + (given.ageMs ?? 0));
    const { report, faults } = faultLog();
    const options = { store: given.store ?? store, epoch: 1, settings: { ...DELIVERY, ...given.settings }, marketTime: clock, wireTime: clock, random: () => 1, report };
    const delivery = rowOf(one, given.from);
    bring(store, delivery);
    of({ alert: one, delivery }).pipe(deliverTo(sink, options), map(initial)).subscribe((each) => (told += each));
    clock.advanceTo(one.decisionTimeMs + 86_400_000);
    return { told, row: store.row(one.id), sink, faults };
  };
  const times = (n: number, attempt$: Observable<Receipt>) => Array.from({ length: n }, () => attempt$);

  it.each([
    ['taken at once',                         [taken$],                            {}, 'sd'],
    ['refused, then taken',                   [fails(refused()), taken$],          {}, 'swsd'],
    ['never to be accepted',                  [fails(invalid)],                    {}, 'sx'],
    ['the sink takes no more',                [fails(gone)],                       {}, 'sx'],
    ['no reply, then taken',                  [fails(lost), taken$],               {}, 'susd'],
    ['no reply, then refused, then taken',    [fails(lost), fails(refused()), taken$], {}, 'suswsd'],
    ['no reply four times',                   times(4, fails(lost)),               {}, 'susususux'],
    ['no reply three times, then taken',      [...times(3, fails(lost)), taken$],  {}, 'susususd'],
    ['the server fails six times, then takes', [...times(6, fails(odd)), taken$],  {}, 'sususususususd'],
    ['no copies wanted, and no reply',        [fails(lost)],                       { settings: { onUnknown: 'drop' } }, 'sux'],
    ['no copies wanted, and the server fails', [fails(odd)],                       { settings: { onUnknown: 'drop' } }, 'sux'],
    ['no copies wanted, but certainly not saved', [fails(refused()), taken$],      { settings: { onUnknown: 'drop' } }, 'swsd'],
    ['no resend allowed, and no reply',       [fails(lost)],                       { settings: { maxUnknownResends: 0 } }, 'sux'],
    ['refused until it is too old',           [fails(refused({ retryAfterMs: 400_000 }))], {}, 'swswswe'],
    ['no reply until it is too old',          [fails(odd)],                        { ageMs: 899_500 }, 'sue'],
    ['too old when its turn comes',           [taken$],                            { ageMs: 900_001 }, 'e'],
    ['exactly at its greatest age',           [taken$],                            { ageMs: 900_000 }, 'sd'],
    ['too old by what is configured',         [taken$],                            { ageMs: 60_001, settings: { maxAgeMs: 60_000 } }, 'e'],
    ['left waiting by an earlier life',       [taken$],                            { from: { state: 'waiting', attempts: 1 } }, 'sd'],
    ['left unknown by an earlier life',       [taken$],                            { from: { state: 'unknown', unknowns: 1, mayRepeat: true } }, 'sd'],
    ['left unknown once too often',           [taken$],                            { from: { state: 'unknown', unknowns: 4, mayRepeat: true } }, 'x'],
    ['left unknown, and no copies wanted',    [taken$],                            { from: { state: 'unknown', unknowns: 1 }, settings: { onUnknown: 'drop' } }, 'x'],
    ['left unknown too long',                 [taken$],                            { from: { state: 'unknown', unknowns: 1 }, ageMs: 900_001 }, 'e'],
  ] as const)('%s', (_, attempts, given, expected) => {
    expect(fate(attempts, given as Given).told).toBe(expected);
  });

  it('goes only along arrows of the state machine, and over every one that is its own', () => {
    const walked = new Set<string>();
    const scripts: readonly (readonly [readonly Observable<Receipt>[], Given & { from?: Partial<Delivery> }])[] = [
      [[fails(refused()), taken$], {}],
      [[fails(lost), taken$], {}],
      [[fails(invalid)], {}],
      [times(9, fails(lost)), {}],
      [[taken$], { ageMs: 9e5 + 1 }],
      [[taken$], { ageMs: 9e5 + 1, from: { state: 'waiting' } }],
      [[taken$], { ageMs: 9e5 + 1, from: { state: 'unknown' } }],
    ];
    for (const [script, given] of scripts) {
      const store = claimed();
      const seen: Store = { ...store, transition: (change) => (walked.add(`${change.from} ${change.to.state}`), store.transition(change)) };
      const clock = createVirtualClock(one.decisionTimeMs + (given.ageMs ?? 0));
      bring(store, rowOf(one, given.from));
      const options = { store: seen, epoch: 1, settings: DELIVERY, marketTime: clock, wireTime: clock, random: () => 1, report: () => undefined };
      of({ alert: one, delivery: rowOf(one, given.from) }).pipe(deliverTo(fakeSink(script), options)).subscribe();
      clock.advanceTo(one.decisionTimeMs + 1e9);
    }
    // `waiting` and `claimed` die where a sink has been disabled (below) or is not configured any more (bury); a person alone begins anew.
    const own = Object.entries(DELIVERY_ARROWS).flatMap(([from, states]) => states.map((to) => `${from} ${to}`)).filter((arrow) => !/^(waiting|claimed) dead$|^(dead|expired) claimed$/.test(arrow));
    expect([...walked].sort()).toStrictEqual(own.sort());
  });

  it('marks every copy that may be one, and only those', () => {
    const { sink, row } = fate([fails(refused()), fails(lost), fails(refused()), taken$]);
    expect(sink.asked.map(({ attempt }) => attempt)).toStrictEqual([
      { number: 1, mayRepeat: false },
      { number: 2, mayRepeat: false },
      { number: 3, mayRepeat: true },
      { number: 4, mayRepeat: true },
    ]);
    expect(row).toMatchObject({ state: 'delivered', attempts: 4, unknowns: 1, mayRepeat: true });
  });

  it('counts against the budget only sends that may have arrived unseen', () => {
    expect(fate([fails(odd), fails(lost), taken$]).row).toMatchObject({ unknowns: 1, mayRepeat: true });
  });

  it.each([
    ['refused',  [fails(refused()), taken$], ['delivery-refused'],                  null],
    ['unknown',  [fails(lost), taken$],      ['delivery-unknown'],                  null],
    ['dead',     [fails(invalid)],           ['alert-dead'],                        'not a valid message'],
    ['disabled', [fails(gone)],              ['sink-disabled', 'alert-dead'],       'the webhook is gone'],
  ] as const)('reports what was %s, with alert and sink', (_, attempts, kinds, reason) => {
    const { faults, row } = fate(attempts);
    expect(faults.map(({ kind }) => kind)).toStrictEqual(kinds);
    expect(faults.at(-1)).toMatchObject({ alertId: one.id, sink: 'fake' });
    expect(row?.reason).toBe(reason);
  });

  it('says how old an expired alert was allowed to be', () => {
    const { row, faults } = fate([taken$], { ageMs: 900_001 });
    expect(row).toMatchObject({ state: 'expired', reason: 'older than 900 s', attempts: 0 });
    expect(faults.map(({ kind }) => kind)).toStrictEqual(['alert-expired']);
  });

  it('asks a sink that refuses for good no more, and says so once', () => {
    const store = claimed();
    const sink = fakeSink([fails(gone)]);
    const { report, faults } = faultLog();
    const clock = createVirtualClock(one.decisionTimeMs);
    const pending$ = new Subject<Pending>();
    pending$.pipe(deliverTo(sink, { store, epoch: 1, settings: DELIVERY, marketTime: clock, wireTime: clock, random: () => 1, report })).subscribe();
    for (const each of [pending.a, pending.b, pending.c]) pending$.next(each);
    clock.advanceTo(one.decisionTimeMs + 1);
    expect(sink.asked).toHaveLength(1);
    expect(store.rows().map(({ state, reason, attempts }) => [state, reason, attempts])).toStrictEqual([
      ['dead', 'the webhook is gone', 1],
      ['dead', 'the webhook is gone', 0],
      ['dead', 'the webhook is gone', 0],
    ]);
    expect(faults.filter(({ kind }) => kind === 'sink-disabled')).toHaveLength(1);
  });
});
