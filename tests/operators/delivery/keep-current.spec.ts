import { concatMap, EMPTY, from, map, merge, of, Subject, tap, throwError, timer } from 'rxjs';
import type { Observable, SchedulerLike } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Close } from '../../../src/model/close.js';
import { isClose } from '../../../src/model/close.js';
import type { KeptEpisodes } from '../../../src/model/episode.js';
import { alertsOf } from '../../../src/operators/delivery/pending-of.js';
import { episodes } from '../../../src/operators/delivery/episodes.js';
import { EPISODES, shownKey } from '../../../src/operators/delivery/episodes-kept.js';
import { keepCurrent } from '../../../src/operators/delivery/keep-current.js';
import type { Step } from '../../../src/operators/delivery/step.js';
import type { Sink } from '../../../src/ports/sink.js';
import { DeliveryError } from '../../../src/ports/sink.js';
import { StoreError } from '../../../src/ports/store.js';
import { editableSink, GROUPED, moveOf, NOTHING_KEPT } from '../../support/episodes.js';
import { fakeSink, fakeStore, faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { openedAgain, rowOf } from '../../support/parts.js';

type Marbles = Parameters<Parameters<typeof marbles>[0]>[0];

/** The closes of a move as they leave `episodes`. */
const movesOf = (script: string): readonly Close[] => {
  const [store, told] = [fakeStore(), [] as Close[]];
  const options = { settings: GROUPED, kept: NOTHING_KEPT, store, epoch: openedAgain(store).epoch };
  const wireTime: SchedulerLike = { now: () => 0, schedule: () => { throw new Error('nothing waits'); } };
  from(moveOf(script))
    .pipe(episodes({ ...options, wireTime, random: () => 1, report: () => undefined }))
    .subscribe((each) => isClose(each) && told.push(each));
  return told;
};

/** Everything that is to be sent goes out at once, one after another, and a failure is the end of it. */
const plainly = (sink: Sink) => (close$: Observable<unknown>): Observable<Step> =>
  (close$ as Observable<Close>).pipe(
    concatMap((close) => alertsOf(close).filter(({ suppressedBy }) => suppressedBy === null)),
    concatMap((alert) =>
      sink
        .deliver(alert, { number: 1, mayRepeat: false })
        .pipe(map(({ messageId }): Step => ({ alert, delivery: rowOf(alert, { state: 'delivered', messageId }) }))),
    ),
  );

const keeping = (m: Marbles, sink: Sink, given: { readonly kept?: KeptEpisodes; readonly quietStartMs?: number; readonly store?: ReturnType<typeof fakeStore> } = {}) => {
  const log = faultLog();
  const { kept = NOTHING_KEPT, quietStartMs = 0, store = fakeStore() } = given;
  const options = { settings: GROUPED, kept, store, epoch: openedAgain(store).epoch, quietStartMs, wireTime: m.scheduler, random: () => 1, report: log.report };
  const shownOf = (id: string, name = 'fake'): unknown => {
    let value: unknown;
    store.get(EPISODES, shownKey(id, name)).subscribe((each) => (value = each));
    return value;
  };
  return { ...log, shownOf, step$: (close$: Observable<Close>) => close$.pipe(keepCurrent(sink, options, plainly), map(() => 'p')) };
};

const refused = (retryAfterMs: number) => throwError(() => new DeliveryError('refused', 'rate limit', { retryAfterMs }));
const gone = () => new DeliveryError('dead', 'Unknown Message');

describe('keepCurrent', () => {
  it('posts what opens an episode, and makes its message tell what it has become', marbles((m) => {
    const [a, b, c] = movesOf('103! 104 105') as [Close, Close, Close];
    const close$ =   m.hot('-a-b-c 10s |', { a, b, c });
    const posted =         '-p---- 10s |';
    const edited =         '- 5s e';
    const edit$ = new Subject<string>();
    const sink = editableSink({ now: () => m.scheduler.now(), gone, editing: () => of(undefined).pipe(tap(() => edit$.next('e'))) });
    const { step$, shownOf } = keeping(m, sink);
    m.expect(step$(close$)).toBeObservable(posted);
    m.expect(edit$).toBeObservable(edited);
    m.flush();
    expect(sink.messages()).toMatchObject([{ id: 'fake-1', tells: `${a.alerts[0]?.id} v3` }]);
    expect(shownOf(a.alerts[0]?.id ?? '')).toBe(3);
  }));

  it('delivers what joins an episode by changing its message, at once', marbles((m) => {
    const [a, b, c] = movesOf('103! 104? 108^') as [Close, Close, Close];
    const sink = editableSink({ now: () => m.scheduler.now(), gone });
    const { step$ } = keeping(m, sink);
    m.expect(step$(m.hot('-a-b-c|', { a, b, c }))).toBeObservable('-p-p-p|');
    m.flush();
    const [first, escalation, ...others] = sink.messages();
    expect(others).toStrictEqual([]);
    expect(first?.tells).toBe(`${a.alerts[0]?.id} v3`);
    // The escalation is told anew, and says where it belongs.
    expect(escalation).toMatchObject({ tells: c.alerts[0]?.id, attempt: { escalates: { messageId: 'fake-1', episode: { version: 3 } } } });
    expect(sink.edits.map(({ messageId }) => messageId)).toStrictEqual(['fake-1', 'fake-1']);
  }));

  it('posts everything where messages cannot be changed', marbles((m) => {
    const [a, b] = movesOf('103! 104?') as [Close, Close];
    const sink = fakeSink();
    m.expect(keeping(m, sink).step$(m.hot('-a-b|', { a, b }))).toBeObservable('-p-p|');
    m.flush();
    expect(sink.asked.map(({ alert }) => alert.id)).toStrictEqual([a.alerts[0]?.id, b.alerts[0]?.id]);
  }));

  it('changes nothing of a message whose id was not given, and posts what joins', marbles((m) => {
    const [a, b, c] = movesOf('103! 104 105?') as [Close, Close, Close];
    const sink = editableSink({ now: () => m.scheduler.now(), gone });
    const nameless: Sink = { ...sink, deliver: (...given) => sink.deliver(...given).pipe(map(() => ({ messageId: null }))) };
    const { step$, faults } = keeping(m, nameless);
    m.expect(step$(m.hot('-a-b 10s c 10s |', { a, b, c }))).toBeObservable('-p 10002ms p 10s |');
    m.flush();
    expect([sink.messages().length, sink.edits, faults]).toStrictEqual([2, [], []]);
  }));

  it('posts what joins when somebody has deleted the message, and goes on with that new one', marbles((m) => {
    const [a, b, c] = movesOf('103! 104? 105?') as [Close, Close, Close];
    const sink = editableSink({ now: () => m.scheduler.now(), gone });
    const { step$ } = keeping(m, sink);
    const close$ = m.hot('-a-b-c|', { a, b, c }).pipe(tap((close) => close === b && sink.remove('fake-1')));
    m.expect(step$(close$)).toBeObservable('-p-p-p|');
    m.flush();
    expect(sink.messages()).toMatchObject([{ id: 'fake-2', tells: `${a.alerts[0]?.id} v3` }]);
  }));

  it('leaves a message alone that is gone', marbles((m) => {
    const [a, b, c] = movesOf('103! 104 105') as [Close, Close, Close];
    const sink = editableSink({ now: () => m.scheduler.now(), gone });
    const { step$, faults } = keeping(m, sink);
    const close$ = m.hot('-a-b 10s c 10s |', { a, b, c }).pipe(tap((close) => close === b && sink.remove('fake-1')));
    m.expect(step$(close$)).toBeObservable('-p 20003ms |');
    m.flush();
    expect(faults).toMatchObject([{ kind: 'edit-failed', sink: 'fake', alertId: a.alerts[0]?.id }]);
    expect(sink.messages()).toStrictEqual([]);
  }));

  it('tries again what was refused or unknown, tells only the newest, and holds up no post meanwhile', marbles((m) => {
    const [a, b, c, d] = movesOf('103! 104 105 108^') as [Close, Close, Close, Close];
    const answers = [refused(20_000), throwError(() => new DeliveryError('unknown', 'no answer', { strong: true })), of(undefined)];
    const sink = editableSink({ now: () => m.scheduler.now(), gone, editing: (n) => answers[n - 1] ?? EMPTY });
    const { step$, faults } = keeping(m, sink);
    m.expect(step$(m.hot('-a-b 8s c d 60s |', { a, b, c, d }))).toBeObservable('-p 8003ms p 60s |');
    m.flush();
    expect(faults.map(({ kind }) => kind)).toStrictEqual(['edit-failed', 'edit-failed']);
    // Five seconds after the post, twenty as it was told, one because of the pause after a failure.
    expect(sink.edits.map(({ atMs, episode }) => [Math.floor(atMs / 1_000), episode.version])).toStrictEqual([[27, 4]]);
  }));

  it('asks nothing more of a sink that refuses for good', marbles((m) => {
    const [a, b, c] = movesOf('103! 104 105') as [Close, Close, Close];
    let asked = 0;
    const editing = (): Observable<never> => {
      asked++;
      return throwError(() => new DeliveryError('disabled', 'Unknown Webhook'));
    };
    const { step$ } = keeping(m, editableSink({ now: () => m.scheduler.now(), gone, editing }));
    m.expect(step$(m.hot('-a-b 60s c 60s |', { a, b, c }))).toBeObservable('-p 120003ms |');
    m.flush();
    expect(asked).toBe(1);
  }));

  it('lets a bug through', marbles((m) => {
    const [a, b] = movesOf('103! 104?') as [Close, Close];
    const bug = new TypeError('a bug');
    const { step$ } = keeping(m, editableSink({ now: () => m.scheduler.now(), gone, editing: () => throwError(() => bug) }));
    m.expect(step$(m.hot('-a-b', { a, b }))).toBeObservable('-p-#', { p: 'p' }, bug);
  }));

  it('is not held up by a store that does not keep what is shown', marbles((m) => {
    const [a, b] = movesOf('103! 104?') as [Close, Close];
    const sink = editableSink({ now: () => m.scheduler.now(), gone });
    const store = { ...fakeStore(), put: () => throwError(() => new StoreError('full', 'the disk is full')) };
    const { step$, kinds } = keeping(m, sink, { store });
    m.expect(step$(m.hot('-a-b|', { a, b }))).toBeObservable('-p-p|');
    m.flush();
    expect(kinds()).toStrictEqual(['store-failed']);
    expect(sink.edits).toHaveLength(1);
  }));

  it('makes up, after a restart, for what a message does not show, once, and not during a quiet start', marbles((m) => {
    const [a, b] = movesOf('103! 104') as [Close, Close];
    const episode = b.episodes?.[0];
    const sink = editableSink({ now: () => m.scheduler.now(), gone });
    (a.alerts[0] === undefined ? EMPTY : sink.deliver(a.alerts[0], { number: 1, mayRepeat: false })).subscribe();
    const message = { episodeId: episode?.id ?? '', sink: 'fake', messageId: 'fake-1', shown: 1, attempt: { number: 2, mayRepeat: true } };
    const kept: KeptEpisodes = { episodes: episode === undefined ? [] : [episode], messages: [message] };
    const store = fakeStore();
    const { step$, shownOf } = keeping(m, sink, { kept, quietStartMs: 3_000, store });
    m.expect(step$(m.hot<Close>('10s |'))).toBeObservable('10s |');
    m.flush();
    expect(sink.edits).toMatchObject([{ messageId: 'fake-1', atMs: 3_000, episode: { version: 2 }, attempt: { number: 2, mayRepeat: true } }]);
    expect(shownOf(message.episodeId)).toBe(2);
    const again = keeping(m, sink, { kept: { ...kept, messages: [{ ...message, shown: 2 }] }, store });
    again.step$(of()).subscribe();
    expect(sink.edits).toHaveLength(1);
  }));

  it('waits while the store may belong to another one', marbles((m) => {
    const [a, b] = movesOf('103! 104') as [Close, Close];
    const sink = editableSink({ now: () => m.scheduler.now(), gone });
    const store = { ...fakeStore(), heldForMs: () => (m.scheduler.now() < 9_000 ? 10_000 : 30_000) };
    m.expect(keeping(m, sink, { store }).step$(m.hot('-a-b 20s |', { a, b }))).toBeObservable('-p 20002ms |');
    m.flush();
    expect(sink.edits.map(({ atMs }) => Math.floor(atMs / 1_000))).toStrictEqual([9]);
  }));

  it('changes what is still behind when it ends', marbles((m) => {
    const [a, b] = movesOf('103! 104') as [Close, Close];
    const sink = editableSink({ now: () => m.scheduler.now(), gone });
    m.expect(keeping(m, sink).step$(m.hot('-a-b|', { a, b }))).toBeObservable('-p--|');
    m.flush();
    expect(sink.edits).toHaveLength(1);
  }));

  it('lets go of all when it is left', marbles((m) => {
    const [a, b] = movesOf('103! 104') as [Close, Close];
    const close$ = m.hot('-a-b--', { a, b });
    m.expect(keeping(m, editableSink({ gone })).step$(close$), '----!').toBeObservable('-p');
    m.expect(close$).toHaveSubscriptions('^---!');
  }));

  it('is silent when nothing comes, and passes an error on', marbles((m) => {
    m.expect(keeping(m, editableSink()).step$(m.hot('-'))).toBeObservable('-');
    m.expect(keeping(m, editableSink()).step$(m.hot('-|'))).toBeObservable('-|');
    m.expect(keeping(m, editableSink()).step$(m.hot('-#'))).toBeObservable('-#');
  }));

  it('leaves a message of several alone, and tells it nowhere else that one joins', marbles((m) => {
    const together = movesOf('103! 104? 105?');
    const other = moveOf('103!', 'ETHUSDT')[0] as Close;
    const sink = editableSink({ now: () => m.scheduler.now(), gone });
    const batches: number[] = [];
    const batching: Sink = {
      ...sink,
      batchMax: 10,
      deliverBatch: (postings) => {
        batches.push(postings.length);
        const [first] = postings;
        return first === undefined ? EMPTY : sink.deliver(first.alert, first.attempt);
      },
    };
    const alone: boolean[] = [];
    const inOne = (each: Sink) => (close$: Observable<unknown>): Observable<Step> =>
      merge(close$, timer(0, m.scheduler)).pipe(
        concatMap((close, index) => {
          const alerts = [...((close as Partial<Close>).alerts ?? []), ...(index === 1 ? other.alerts : [])];
          const attempt = { number: 1, mayRepeat: false };
          alone.push(...alerts.map((alert) => each.isToldAlone?.(alert) === true));
          const [first] = alerts;
          if (first === undefined) return EMPTY;
          const sent$ = alerts.length === 1 ? each.deliver(first, attempt) : each.deliverBatch?.(alerts.map((alert) => ({ alert, attempt })));
          return (sent$ ?? EMPTY).pipe(map((): Step => ({ alert: first, delivery: rowOf(first) })));
        }),
      );
    const [a, b, c] = together as [Close, Close, Close];
    const store = fakeStore();
    const options = { settings: GROUPED, kept: NOTHING_KEPT, store, epoch: 1, quietStartMs: 0, wireTime: m.scheduler, random: () => 1, report: () => undefined };
    m.hot('-a-b-c|', { a, b, c }).pipe(keepCurrent(batching, options, inOne)).subscribe();
    m.flush();
    expect(batches).toStrictEqual([2]);
    expect(alone).toStrictEqual([false, false, false, true]);
    expect(sink.messages().map(({ id, tells }) => [id, tells])).toStrictEqual([
      ['fake-1', a.alerts[0]?.id],
      ['fake-2', `${a.alerts[0]?.id} v3`],
    ]);
  }));
});
