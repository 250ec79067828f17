import type { Observable } from 'rxjs';
import { catchError, concat, concatMap, ignoreElements, merge, of, range, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { DeliveryError, Receipt, Sink } from '../../../src/ports/sink.js';
import { alert, FIRST, OPEN_MS } from '../../support/alerts.js';
import { virtualWorld } from './world.js';

type Outcome = Receipt | DeliveryError;

const send = (sink: Sink): Observable<Outcome> =>
  sink.deliver(alert(), FIRST).pipe(catchError((error: unknown) => of(error as DeliveryError)));

/** Times of the requests that arrived, in seconds after the start. */
const secondsOf = ({ world }: ReturnType<typeof virtualWorld>): readonly number[] =>
  world.log().map(({ atMs }) => (atMs - OPEN_MS) / 1000);

const answersOf = ({ world }: ReturnType<typeof virtualWorld>): readonly unknown[] => world.log().map(({ answer }) => answer);

describe('the rate limit', () => {
  it('lets four through in two seconds, so that a fifth of somebody else has room', () => {
    const it_ = virtualWorld();
    range(0, 9)
      .pipe(concatMap(() => send(it_.sink)))
      .subscribe();
    it_.clock.advanceTo(OPEN_MS + 10_000);
    expect(secondsOf(it_)).toStrictEqual([0, 0, 0, 0, 2.05, 2.05, 2.05, 2.05, 4.1]);
  });

  it('never meets a refusal, however many there are, when the asker waits as told', () => {
    const it_ = virtualWorld({}, { latencyMs: [20, 400], seed: 7 });
    const outcomes: Outcome[] = [];
    const again = (): Observable<Outcome> =>
      send(it_.sink).pipe(
        concatMap((outcome) => {
          outcomes.push(outcome);
          if (!('failure' in outcome)) return of(outcome);
          return concat(timer(outcome.retryAfterMs ?? 0, it_.clock).pipe(ignoreElements()), again());
        }),
      );
    range(0, 100).pipe(concatMap(again)).subscribe();
    it_.clock.advanceTo(OPEN_MS + 600_000);
    expect(it_.world.saved()).toHaveLength(100);
    expect(new Set(answersOf(it_))).toStrictEqual(new Set([200]));
    // The thirtieth of a minute is handed back rather than sat through.
    expect(outcomes.filter((outcome) => 'failure' in outcome)).toMatchObject([
      { failure: 'refused' },
      { failure: 'refused' },
      { failure: 'refused' },
    ]);
    expect(it_.faults).toStrictEqual([]);
  });

  it('waits as the headers say when others have used the room', () => {
    const it_ = virtualWorld({}, { limits: { webhookCount: 1, webhookSpanMs: 3_000 } });
    range(0, 3)
      .pipe(concatMap(() => send(it_.sink)))
      .subscribe();
    it_.clock.advanceTo(OPEN_MS + 10_000);
    expect(secondsOf(it_)).toStrictEqual([0, 3.05, 6.1]);
    expect(answersOf(it_)).toStrictEqual([200, 200, 200]);
  });

  it('waits inside a delivery only while an alert stays news', () => {
    const it_ = virtualWorld();
    it_.world.script.next({ kind: 'limited', scope: 'shared', retryAfter: 42.911 });
    const outcomes: Outcome[] = [];
    concat(send(it_.sink), send(it_.sink)).subscribe((outcome) => outcomes.push(outcome));
    expect(outcomes).toMatchObject([
      { failure: 'refused', retryAfterMs: 42_961, detail: 'rate limit (webhook)' },
      { failure: 'refused', retryAfterMs: 42_961, detail: 'not sent: waiting for the rate limit' },
    ]);
    expect(secondsOf(it_)).toStrictEqual([0]);
    it_.clock.advanceTo(OPEN_MS + 40_000);
    send(it_.sink).subscribe();
    it_.clock.advanceTo(OPEN_MS + 60_000);
    expect(secondsOf(it_)).toStrictEqual([0, 42.961]);
  });

  it.each([
    ['global', 2, 2.05],
    ['cloudflare', 3, 3.05],
  ] as const)('stops all sinks of the host at a %s refusal', (scope, retryAfter, second) => {
    const other = { id: '1300000000000000002', token: 'another-token'.repeat(6) };
    const it_ = virtualWorld({}, { webhooks: [{ id: '1300000000000000001', token: 'very-secret_token'.repeat(4) }, other] });
    const sink = it_.another({ name: 'other', webhookUrl: `http://127.0.0.1:1/api/webhooks/${other.id}/${other.token}` });
    it_.world.script.next({ kind: 'limited', scope, retryAfter });
    concat(send(it_.sink), send(sink)).subscribe();
    it_.clock.advanceTo(OPEN_MS + 10_000);
    expect(secondsOf(it_)).toStrictEqual([0, second]);
  });

  it('leaves other webhooks alone when only one is limited', () => {
    const other = { id: '1300000000000000002', token: 'another-token'.repeat(6) };
    const it_ = virtualWorld({}, { webhooks: [{ id: '1300000000000000001', token: 'very-secret_token'.repeat(4) }, other] });
    const sink = it_.another({ name: 'other', webhookUrl: `http://127.0.0.1:1/api/webhooks/${other.id}/${other.token}` });
    it_.world.script.next({ kind: 'limited', scope: 'user', retryAfter: 4 });
    concat(send(it_.sink), send(sink)).subscribe();
    expect(secondsOf(it_)).toStrictEqual([0, 0]);
  });

  it('is one for all sinks of a webhook', () => {
    const it_ = virtualWorld();
    const twin = it_.another({ name: 'twin' });
    merge(range(0, 3).pipe(concatMap(() => send(it_.sink))), range(0, 3).pipe(concatMap(() => send(twin)))).subscribe();
    it_.clock.advanceTo(OPEN_MS + 10_000);
    expect(secondsOf(it_)).toStrictEqual([0, 0, 0, 0, 2.05, 2.05]);
  });

  it('makes the pauses of a ban without a time longer, up to an hour, until an answer comes', () => {
    const it_ = virtualWorld();
    it_.world.script.next(
      ...Array.from({ length: 5 }, () => ({ kind: 'limited', scope: 'cloudflare', retryAfter: null }) as const),
      { kind: 'usual' },
    );
    it_.world.script.always({ kind: 'limited', scope: 'cloudflare', retryAfter: null });
    const minutes: number[] = [];
    for (let i = 0; i < 7; i++) {
      send(it_.sink).subscribe((outcome) => {
        const waitMs = 'failure' in outcome ? (outcome.retryAfterMs ?? 0) : 0;
        minutes.push(Math.floor(waitMs / 60_000));
        it_.clock.advanceTo(it_.clock.now() + waitMs);
      });
    }
    expect(minutes).toStrictEqual([10, 20, 40, 60, 60, 0, 10]);
  });

  it('does not believe waits that make no sense, and says so', () => {
    const it_ = virtualWorld();
    it_.world.script.next({ kind: 'limited', scope: 'user', retryAfter: 42_911 });
    const outcomes: Outcome[] = [];
    send(it_.sink).subscribe((outcome) => outcomes.push(outcome));
    expect(outcomes).toMatchObject([{ retryAfterMs: 3_600_050 }]);
    it_.clock.advanceTo(OPEN_MS + 3_600_050);
    it_.world.script.next({ kind: 'limited', scope: 'user', retryAfter: -3 });
    send(it_.sink).subscribe((outcome) => outcomes.push(outcome));
    expect(outcomes[1]).toMatchObject({ retryAfterMs: 5_050 });
    expect(it_.faults.map(({ kind }) => kind)).toStrictEqual(['delivery-odd', 'delivery-odd']);
  });

  it('sends nothing when nobody waits any more', () => {
    const it_ = virtualWorld();
    it_.world.script.next({ kind: 'limited', scope: 'user', retryAfter: 1 });
    send(it_.sink).subscribe();
    const waiting = send(it_.sink).subscribe();
    it_.clock.advanceTo(OPEN_MS + 500);
    waiting.unsubscribe();
    it_.clock.advanceTo(OPEN_MS + 60_000);
    expect(secondsOf(it_)).toStrictEqual([0]);
  });
});
