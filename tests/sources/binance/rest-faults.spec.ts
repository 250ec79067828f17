import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../simulator/world.js';
import { NOW, names, restWorld } from './rest-world.js';

const HOUR = 60 * MINUTE;

describe('requests to an exchange in trouble', () => {
  it('F31: a storm of 429 is waited out, one request goes first, and all are answered', () => {
    const { exchange, ask, after, ended, requests, kinds, rest, counters } = restWorld('spot', names(30));
    exchange.faults.refuseRequests(429, { headers: { 'retry-after': '30' }, times: 10 });
    for (const symbol of names(30)) ask(symbol);
    after(1_000);
    // The eight that were on their way, and none after the first refusal was heard.
    expect(counters().faults['rest']).toBe(8);
    after(30_000);
    expect(requests).toHaveLength(8);
    expect(rest.note()).toMatch(
      /^api\.binance\.com answered 429, too many requests .*; nothing is asked of it until 2025-06-19 10:00:50 UTC$/,
    );
    after(60_000);
    expect(requests).toHaveLength(8 + 1);
    after(5 * MINUTE);
    expect(ended).toHaveLength(30);
    expect(counters()).toMatchObject({ faults: { rest: 10 }, requestsByStatus: { 200: 30, 429: 10 } });
    expect([...new Set(kinds())]).toEqual(['request-failed']);
    expect(rest.note()).toBeNull();
  });

  it('F31: strangers behind our address are counted, and nothing goes beyond 80 % of a minute', () => {
    const { exchange, ask, after, ended, counters, kinds } = restWorld('usdm', names(40));
    exchange.faults.spendWeight('usdm', 1_900);
    for (const symbol of names(40)) ask(symbol);
    after(30_000);
    expect(counters().faults['spendWeight']).toBe(1);
    // Those that were sent before the first answer told it, and a few that still fitted.
    expect(ended.length).toBeLessThanOrEqual(10);
    after(41_000);
    expect(ended).toHaveLength(40);
    expect(kinds()).toEqual(['budget-spent']);
    expect(counters().requestsByStatus).toEqual({ 200: 40 });
  });

  it('F32: a ban of ten minutes is kept without a single request, told once, and what was asked for is answered after it', () => {
    const { exchange, ask, after, ended, requests, faults, rest, counters } = restWorld('usdm', names(20));
    exchange.faults.ban('usdm', 10 * MINUTE);
    for (const symbol of names(20)) ask(symbol);
    after(10 * MINUTE - 1);
    expect(counters()).toMatchObject({ faults: { ban: 1 }, requestsWhileBanned: 0, requestsByStatus: { 418: 8 } });
    expect(requests).toHaveLength(8);
    expect(faults).toMatchObject([
      { kind: 'request-refused', detail: expect.stringMatching(/418.*trying again in 10 min/) as string },
    ]);
    expect(rest.note()).toMatch(/418, .*; nothing is asked of it until 2025-06-19 10:10:21 UTC$/);
    after(11 * MINUTE);
    expect([ended.length, rest.note()]).toEqual([20, null]);
    expect(counters().requestsWhileBanned).toBe(0);
  });

  it('F32: in a ban of three days nobody waits for bars that could not be news any more, and nothing piles up', () => {
    const { exchange, ask, after, ended, failures, requests, rest, counters } = restWorld('usdm', names(20));
    exchange.faults.ban('usdm', 72 * HOUR);
    for (const symbol of names(20)) ask(symbol);
    after(1_000);
    expect(failures).toHaveLength(20);
    expect(failures[0]).toMatch(/USDT: fapi\.binance\.com: not to be asked for 43\d\d min$/);
    for (let i = 0; i < 100; i++) ask('S1USDT');
    after(71 * HOUR);
    expect([rest.governor.status().waiting, failures.length]).toEqual([0, 120]);
    expect(counters()).toMatchObject({ requestsWhileBanned: 0 });
    expect(requests).toHaveLength(8);
    after(72 * HOUR + 2_000);
    ask('S1USDT');
    after(72 * HOUR + 3_000);
    expect(ended).toEqual(['S1USDT']);
  });

  it('F33: a 403 of the wall stops everything for five minutes and says what was asked for, without its query', () => {
    const { exchange, ask, after, ended, requests, faults } = restWorld('usdm', names(20));
    exchange.faults.refuseRequests(403, { forMs: MINUTE });
    for (const symbol of names(20)) ask(symbol);
    after(5 * MINUTE);
    expect(requests).toHaveLength(8);
    expect(faults).toMatchObject([{ kind: 'request-refused' }]);
    expect(faults[0]?.detail).toBe(
      'fapi.binance.com answered 403, refused by the wall in front of Binance (asked for /fapi/v1/klines); trying again in 5 min',
    );
    after(5 * MINUTE + 3_000);
    expect(ended).toHaveLength(20);
  });

  it('F34: a 451 says that nothing can be followed from here, and is asked again each hour', () => {
    const { exchange, ask, after, requests, faults, rest, failures } = restWorld('usdm', ['BTCUSDT']);
    const undo = exchange.faults.refuseRequests(451);
    rest.ask({ path: '/fapi/v1/exchangeInfo', weight: 1, priority: 'catalogue', bodyBytesMax: 1e6, read: () => 1 }).subscribe();
    after(4 * HOUR + 30 * MINUTE);
    expect(requests.map(({ atMs }) => Math.round((atMs - NOW) / HOUR))).toEqual([0, 1, 2, 3, 4]);
    expect(faults[0]).toMatchObject({ kind: 'request-refused' });
    expect(faults[0]?.detail).toMatch(
      /^fapi\.binance\.com answered 451, Binance does not serve the place this machine is in, so nothing can be followed from here \(0: Service unavailable.*\); trying again in 60 min$/,
    );
    // A series does not wait for that.
    ask('BTCUSDT');
    expect(failures).toHaveLength(1);
    undo();
    after(5 * HOUR + MINUTE);
    expect([requests.length, rest.note()]).toEqual([6, null]);
  });

  it('F35: a 5xx is tried five times with growing pauses, and then left for a later pass', () => {
    const { exchange, ask, after, requests, ended, kinds } = restWorld('usdm', ['BTCUSDT']);
    exchange.faults.refuseRequests(503, { times: 6 });
    ask('BTCUSDT');
    after(10 * MINUTE);
    const gaps = requests.map(({ atMs }, i) => Math.round((atMs - (requests[i - 1]?.atMs ?? NOW)) / 1_000));
    expect(gaps).toEqual([0, 1, 2, 3, 6, 45, 2]);
    expect([ended, kinds()]).toEqual([['BTCUSDT'], ['request-failed']]);
  });

  it('F35: one series that fails while others are answered is given up in the end, and holds back none of them', () => {
    const { exchange, ask, after, ended, failures, clock } = restWorld('usdm', names(3));
    exchange.faults.refuseRequests(500, { path: '/fapi/v1/klines?symbol=S0USDT' });
    ask('S0USDT');
    for (let i = 0; i < 40; i++) {
      clock.schedule(() => void ask('S1USDT', 1), i * 5_000);
    }
    after(200_000);
    expect(failures).toEqual(['S0USDT: fapi.binance.com: 10 tries, the last one: 500']);
    expect(ended).toHaveLength(40);
  });

  it('F35: an outage of all is nobody’s fault, costs one request at a time, and ends with everybody answered', () => {
    const { exchange, ask, after, ended, failures, requests } = restWorld('usdm', names(60));
    exchange.faults.rest({ reply: { kind: 'reset' }, forMs: 30 * MINUTE });
    for (const symbol of names(60)) ask(symbol, 60);
    after(30 * MINUTE);
    expect(failures).toEqual([]);
    // Eight at first, then single probes with pauses up to a minute.
    expect(requests.length).toBeLessThan(60);
    after(33 * MINUTE);
    expect(ended).toHaveLength(60);
  });

  it('F36: a host that answers nothing within the deadline is asked by one request at a time', () => {
    const { exchange, ask, after, ended, requests, rest } = restWorld('usdm', names(50));
    exchange.faults.rest({ reply: { kind: 'hang' }, forMs: 5 * MINUTE });
    for (const symbol of names(50)) ask(symbol, 60);
    after(15_100);
    expect(rest.note()).toBe('cannot reach fapi.binance.com (no whole reply within 15000 ms)');
    after(5 * MINUTE);
    expect(requests.length).toBeLessThan(25);
    after(8 * MINUTE);
    expect(ended).toHaveLength(50);
  });

  it.each<[string, string, Record<string, string>]>([
    ['a page of HTML with status 200', '<html><body>Welcome to this hotel</body></html>', { 'content-type': 'text/html' }],
    ['half of a JSON text', '[[17895', {}],
    ['another JSON than was asked for', '{"serverTime":1}', {}],
    ['rows that are none', '[[1,2,3]]', {}],
    ['more than the limit', `[${' '.repeat(1_100_000)}]`, {}],
  ])('F37: %s is no answer; after ten tries the series goes on without it', (_, body, headers) => {
    const { exchange, ask, after, failures, ended, counters } = restWorld('usdm', names(2));
    exchange.faults.rest({ path: '/fapi/v1/klines?symbol=S0USDT', reply: { kind: 'reply', status: 200, headers, body } });
    ask('S0USDT');
    after(5_000);
    ask('S1USDT');
    after(3 * MINUTE);
    expect(counters().faults['rest']).toBe(10);
    expect(failures).toMatchObject([expect.stringMatching(/^S0USDT: fapi\.binance\.com: 10 tries, the last one: /)]);
    expect(ended).toEqual(['S1USDT']);
  });
});
