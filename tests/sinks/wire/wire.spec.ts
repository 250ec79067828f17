import { Observable, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Http } from '../../../src/ports/http.js';
import { DeliveryError } from '../../../src/ports/sink.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { createDisabling } from '../../../src/sinks/wire/disabling.js';
import { eventId } from '../../../src/sinks/wire/event-id.js';
import { paceOf } from '../../../src/sinks/wire/pace.js';
import { postOnce } from '../../../src/sinks/wire/post.js';
import { retryAfterMsOf, waitMsOf } from '../../../src/sinks/wire/wait.js';

const http: Http = { request: () => of({ status: 200, headers: {}, body: '' }) };
const PLAN = [
  { count: 2, spanMs: 1_000 },
  { count: 4, spanMs: 10_000 },
];

describe('the pace of a receiver', () => {
  it('is that of every part of the plan, with a margin', () => {
    const pace = paceOf({ ...http }, 'a', PLAN);
    const sentAtMs: number[] = [];
    let nowMs = 5_000;
    while (sentAtMs.length < 6) {
      nowMs += Math.max(0, pace.waitMs(nowMs));
      pace.take(nowMs);
      sentAtMs.push(nowMs);
    }
    expect(sentAtMs).toStrictEqual([5_000, 5_000, 6_050, 6_050, 15_050, 15_050]);
  });

  it('is one for all that write to it, and another for another receiver and another network', () => {
    const network = { ...http };
    paceOf(network, 'a', PLAN).pause(3_000, 0);
    expect(paceOf(network, 'a', PLAN).waitMs(0)).toBe(3_050);
    expect(paceOf(network, 'b', PLAN).waitMs(0)).toBe(0);
    expect(paceOf({ ...http }, 'a', PLAN).waitMs(0)).toBe(0);
  });

  it('keeps room for what cannot wait', () => {
    const pace = paceOf({ ...http }, 'a', [{ count: 4, spanMs: 10_000 }]);
    for (const atMs of [0, 100]) pace.take(atMs);
    expect([pace.waitMs(200), pace.waitMs(200, 2)]).toStrictEqual([0, 9_850]);
  });

  it('is not stopped for longer by a clock that is set back', () => {
    const pace = paceOf({ ...http }, 'a', PLAN);
    pace.take(1_000_000);
    pace.take(1_000_000);
    pace.pause(3_000, 1_000_000);
    expect(pace.waitMs(5_000)).toBe(3_050);
    expect(pace.waitMs(1_002_000)).toBe(1_050);
  });

  it('does not shorten a wait that was asked for before', () => {
    const pace = paceOf({ ...http }, 'a', []);
    pace.pause(10_000, 0);
    expect(pace.pause(1_000, 0)).toBe(10_050);
  });
});

describe('a wait that is asked for', () => {
  it.each([
    [0, 0],
    [0.25, 250],
    [15, 15_000],
    [4_000, 3_600_000],
    [-1, 5_000],
    [Number.NaN, 5_000],
    ['15', 5_000],
    [undefined, 5_000],
  ])('of %o seconds is one of %d ms', (seconds, expected) => expect(waitMsOf(seconds)).toBe(expected));

  it('may stand in a header as seconds or as a date', () => {
    const nowMs = Date.UTC(2026, 7, 6, 12, 0, 0);
    const read = (value?: string) => retryAfterMsOf(value === undefined ? {} : { 'retry-after': value }, nowMs);
    expect(read()).toBeNull();
    expect(read(' ')).toBeNull();
    expect(read('7')).toBe(7_000);
    expect(read('Thu, 06 Aug 2026 12:00:30 GMT')).toBe(30_000);
    expect(read('Thu, 06 Aug 2026 11:00:00 GMT')).toBe(0);
    expect(read('soon')).toBe(5_000);
  });
});

describe('the name of a message', () => {
  it('is that of its alert and its sink, and never holds a full stop', () => {
    expect(eventId('webhook', 'abcdefghijklmnop')).toBe('abcdefghijklmnop_webhook');
    expect(eventId('v1.desk', 'a')).toBe('a_v1~desk');
    for (const odd of ['', 'a.b', 'x'.repeat(65), 'a b', 'a\nb']) expect(eventId('w', odd)).toMatch(/^[\w-]{22}_w$/);
  });

  it('is another for others, or for the same in another order', () => {
    const names = [['a', 'b'], ['b', 'a'], ['ab'], ['a\nb'], ['a']].map((of_) => eventId('w', ...of_));
    expect(new Set(names).size).toBe(4);
    expect(eventId('w', 'a', 'b')).toBe(eventId('w', 'a', 'b'));
  });
});

describe('one post', () => {
  const parts = (network: Http, clock = createVirtualClock(0)) => ({
    service: 'the receiver',
    http: network,
    wireTime: clock,
    pace: paceOf(network, 'a', []),
    redact: (text: string) => text.replaceAll('token', '[redacted]'),
  });
  const request = { method: 'POST' as const, url: 'http://127.0.0.1:1/', deadlineMs: 1, bodyBytesMax: 1 };
  const failureOf = (network: Http): unknown => {
    let failure: unknown = null;
    postOnce(
      parts(network),
      () => request,
      () => 'read',
    ).subscribe({ error: (error: unknown) => (failure = error) });
    return failure;
  };

  it('takes a bug of the network for an unknown outcome, and tells nothing of it but its name', () => {
    expect(failureOf({ request: () => throwError(() => new TypeError('token')) })).toMatchObject({
      failure: 'unknown',
      strong: true,
      detail: 'the request failed in an unforeseen way: TypeError',
    });
  });

  it('takes a request that ends without an answer for an unknown outcome', () => {
    expect(failureOf({ request: () => new Observable((subscriber) => subscriber.complete()) })).toMatchObject({
      failure: 'unknown',
      strong: true,
    });
  });

  it('is not held back here for longer than news lasts', () => {
    const network = { ...http };
    paceOf(network, 'a', []).pause(6_000, 0);
    expect(failureOf(network)).toMatchObject({ failure: 'refused', retryAfterMs: 6_050 });
  });
});

describe('a receiver that has refused for good', () => {
  it('is not asked again', () => {
    const unlessDisabled = createDisabling();
    const failures: unknown[] = [];
    let asked = 0;
    const ask = (failure: 'dead' | 'disabled') =>
      unlessDisabled(() => {
        asked++;
        return throwError(() => new DeliveryError(failure, failure));
      }).subscribe({ error: (error: unknown) => failures.push((error as DeliveryError).failure) });
    for (const failure of ['dead', 'disabled', 'dead'] as const) ask(failure);
    expect([asked, failures]).toStrictEqual([2, ['dead', 'disabled', 'disabled']]);
  });
});
