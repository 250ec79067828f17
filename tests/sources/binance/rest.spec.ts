import { describe, expect, it } from 'vitest';
import { HttpError } from '../../../src/ports/http.js';
import { createComplaints } from '../../../src/sources/binance/complaints.js';
import { options } from '../../../src/sources/binance/options.js';
import type { Priority } from '../../../src/sources/binance/weight.js';
import { createRest } from '../../../src/sources/binance/rest.js';
import { START_MS, scriptedExchange } from '../../support/scripted-exchange.js';

const world = () => {
  const exchange = scriptedExchange(['BTCUSDT']);
  const { endpoints, rest: settings } = options.parse({});
  const rest = createRest(
    'usdm',
    endpoints,
    settings,
    createComplaints(exchange.context.report, exchange.clock),
    exchange.context,
  );
  const got: unknown[] = [];
  const errors: unknown[] = [];
  const ask = (path = '/fapi/v1/time', priority: Priority = 'refill') =>
    rest
      .ask({
        path,
        weight: 1,
        priority,
        bodyBytesMax: 1_000,
        read: (json) => (json as { serverTime?: number } | null | undefined)?.serverTime ?? null,
      })
      .subscribe({ next: (value) => got.push(value), error: (error: unknown) => errors.push(error) });
  return { ...exchange, rest, ask, got, errors, after: (ms: number) => exchange.clock.advanceTo(START_MS + ms) };
};
const NO_NETWORK = new HttpError('no', 'dns', 'name not found');

describe('rest', () => {
  it('answers', () => {
    const { ask, got, after, faults, rest } = world();
    ask();
    after(10);
    expect(got).toEqual([START_MS + 10]);
    expect([faults, rest.note()]).toEqual([[], null]);
  });

  it('says once what it cannot reach, that it tries again, and that the demo needs no network', () => {
    const { ask, got, state, requests, after, faults, rest } = world();
    state.instead = () => NO_NETWORK;
    ask();
    ask();
    after(300_000);
    expect(faults).toEqual([
      {
        kind: 'request-failed',
        detail: 'cannot reach fapi.binance.com (name not found); trying again in 1 s; `npm run demo` needs no network',
      },
    ]);
    expect(rest.note()).toBe('cannot reach fapi.binance.com (name not found)');
    const first = requests.filter((_, i) => i % 2 === 0).map(({ atMs }) => atMs - START_MS);
    // 10 ms each, and three quarters of 1, 2, 4, 8 s between them, then of a minute.
    expect(first.slice(0, 6)).toEqual([10, 770, 2_280, 5_290, 11_300, 56_310]);
    state.instead = () => null;
    after(400_000);
    expect([got.length, rest.note()]).toEqual([2, null]);
  });

  it('speaks again when the trouble changes, after an hour, and when it comes back', () => {
    const { ask, state, after, kinds, faults, got } = world();
    state.instead = () => NO_NETWORK;
    ask();
    after(60_000);
    state.instead = () => ({ status: 502, body: '<html>' });
    after(3_500_000);
    expect(kinds()).toEqual(['request-failed', 'request-failed']);
    after(4_000_000);
    expect(faults).toHaveLength(3);
    expect(faults[2]?.count).toBeGreaterThan(10);
    state.instead = () => null;
    after(4_100_000);
    expect(got).toHaveLength(1);
    state.instead = () => ({ status: 502, body: '' });
    ask();
    after(4_200_000);
    expect(faults).toHaveLength(4);
  });

  it('sends nothing while it is banned, and goes on when the ban is over', () => {
    const { ask, state, requests, after, faults, got } = world();
    const untilMs = START_MS + 600_000;
    state.instead = (_, number) =>
      number === 1
        ? { status: 418, body: `{"code":-1003,"msg":"Way too much request weight used; IP banned until ${untilMs}."}` }
        : null;
    ask();
    after(100);
    ask();
    after(600_999);
    expect(requests).toHaveLength(1);
    expect(faults).toMatchObject([{ kind: 'request-refused', detail: expect.stringContaining('banned') as string }]);
    after(602_000);
    expect(requests).toHaveLength(3);
    expect(got).toHaveLength(2);
  });

  it('waits as told after 429', () => {
    const { ask, state, requests, after, got, kinds } = world();
    state.instead = (_, number) => (number === 1 ? { status: 429, headers: { 'retry-after': '30' }, body: '{}' } : null);
    ask();
    after(30_009);
    expect([requests.length, kinds()]).toEqual([1, ['request-failed']]);
    after(30_100);
    expect(got).toHaveLength(1);
  });

  it('asks again when an answer cannot be read', () => {
    const { ask, state, after, got, kinds } = world();
    const bodies = ['', '<html>', 'null', '[]', '{"serverTime":null}'];
    state.instead = (_, number) => (number <= bodies.length ? { body: bodies[number - 1] as string } : null);
    ask();
    after(120_000);
    expect([got.length, kinds()]).toEqual([1, ['request-failed']]);
  });

  it('gives up at once what will never be answered', () => {
    const { ask, state, after, errors, requests } = world();
    state.instead = () => ({ status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' });
    ask();
    after(120_000);
    expect(requests).toHaveLength(1);
    expect(errors).toMatchObject([{ name: 'RefusedError', message: '400 (-1121: Invalid symbol.)' }]);
  });

  it('learns from the exchange how much weight is used', () => {
    const { ask, state, after, rest, requests, kinds } = world();
    state.usedWeight = 1_920;
    ask();
    after(1_000);
    ask();
    after(39_000);
    expect([requests.length, rest.governor.status().waiting, kinds()]).toEqual([1, 1, ['budget-spent']]);
    after(41_000);
    expect(requests).toHaveLength(2);
  });

  it('stops when nobody wants the answer any more', () => {
    const { ask, state, after, requests } = world();
    state.instead = () => NO_NETWORK;
    const asking = ask();
    after(5_000);
    const sent = requests.length;
    asking.unsubscribe();
    after(500_000);
    expect(requests).toHaveLength(sent);
  });
});
