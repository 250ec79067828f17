import { describe, expect, it } from 'vitest';
import { MINUTE, T0, worldAt } from './world.js';

const START = T0 + 100 * MINUTE;
const PING = '/fapi/v1/ping';
const SPOT_PING = '/spot/api/v3/ping';

describe('refuseRequests', () => {
  it.each([
    [403, 'text/html', /Request blocked/],
    [418, 'application/json', /"code":-1003/],
    [429, 'application/json', /"code":-1003/],
    [451, 'application/json', /restricted location/],
    [500, 'text/html', /500 Internal Server Error/],
    [502, 'text/html', /502 Bad Gateway/],
    [503, 'application/json', /"code":-1008/],
    [504, 'text/html', /504 Gateway Time-out/],
  ] as const)('answers %i as the real exchange does', (status, contentType, body) => {
    const { exchange, get } = worldAt(START);
    exchange.faults.refuseRequests(status, { times: 1 });
    const reply = get(PING);
    expect(reply).toMatchObject({ status, headers: { 'content-type': contentType } });
    expect(reply.body).toMatch(body);
    expect(get(PING).status).toBe(200);
  });

  it('strikes a path, for a time, with headers', () => {
    const { clock, exchange, get } = worldAt(START);
    exchange.faults.refuseRequests(429, { path: '/spot/', forMs: 1_000, headers: { 'retry-after': '1' } });
    expect(get(PING).status).toBe(200);
    expect(get(SPOT_PING)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    clock.advanceTo(START + 1_000);
    expect(get(SPOT_PING).status).toBe(200);
  });
});

describe('the address', () => {
  it('ban answers 418 with the instant of its end, and counts who asks although he knows', () => {
    const { clock, exchange, get } = worldAt(START);
    exchange.faults.ban('usdm', 10 * MINUTE);
    const reply = get(PING);
    expect(reply.status).toBe(418);
    expect(reply.json.msg).toContain(`banned until ${START + 10 * MINUTE}.`);
    // What was on its way when the first answer came could not know.
    get(PING);
    expect(exchange.log.counters().requestsWhileBanned).toBe(0);
    clock.advanceTo(START + MINUTE);
    get(PING);
    expect(exchange.log.counters().requestsWhileBanned).toBe(1);
    expect(get(SPOT_PING).status).toBe(200);
    clock.advanceTo(START + 10 * MINUTE);
    expect(get(PING).status).toBe(200);
    expect(exchange.log.counters()).toMatchObject({ requestsWhileBanned: 1, faults: { ban: 1 } });
  });

  it('a ban can be undone', () => {
    const { exchange, get } = worldAt(START);
    const undo = exchange.faults.ban('spot', 10 * MINUTE);
    expect(get(SPOT_PING)).toMatchObject({ status: 418, headers: { 'retry-after': '600' } });
    undo();
    expect(get(SPOT_PING).status).toBe(200);
  });

  it('spendWeight is somebody else’s: shown and refused, but not in the client’s own share', () => {
    const { exchange, get } = worldAt(START);
    get(PING);
    exchange.faults.spendWeight('usdm', 2_398);
    expect(get(PING)).toMatchObject({ status: 200, headers: { 'x-mbx-used-weight-1m': '2400' } });
    expect(get(PING).status).toBe(429);
    expect(exchange.log.counters().highestWeightShare).toBe(3 / 2_400);
  });

  it('highestWeightShare is the fullest minute of any market', () => {
    const { clock, exchange, get } = worldAt(START);
    for (let request = 0; request < 30; request++) get('/spot/api/v3/ticker/24hr');
    clock.advanceTo(START + MINUTE);
    get('/fapi/v1/ticker/24hr');
    expect(exchange.log.counters().highestWeightShare).toBe(0.4);
  });

  it('hideWeight leaves the header out', () => {
    const { exchange, get } = worldAt(START);
    const undo = exchange.faults.hideWeight('usdm');
    expect(get(PING).headers).toStrictEqual({ 'content-type': 'application/json' });
    undo();
    expect(get(PING).headers['x-mbx-used-weight-1m']).toBe('2');
  });
});

it('skewServerTime puts GET time off, and nothing else', () => {
  const { exchange, get } = worldAt(START);
  const undo = exchange.faults.skewServerTime(-3_600_000);
  expect(get('/fapi/v1/time').json.serverTime).toBe(START - 3_600_000);
  undo();
  expect(get('/spot/api/v3/time').json.serverTime).toBe(START);
});

describe('quotes', () => {
  it('of the book stand one tick wide at the last price', () => {
    const { get } = worldAt(START + 30_000);
    const { lastPrice } = get('/fapi/v1/ticker/24hr?symbol=BTCUSDT').json;
    const one = get<Readonly<Record<string, string>>>('/fapi/v1/ticker/bookTicker?symbol=BTCUSDT');
    expect(one.json).toMatchObject({ bidPrice: lastPrice, askPrice: (Number(lastPrice) + 0.01).toFixed(2) });
    expect(one.headers['x-mbx-used-weight-1m']).toBe('3');
    expect(get<readonly unknown[]>('/spot/api/v3/ticker/bookTicker').json).toHaveLength(1);
  });

  it('of the premium index exist on USD-M alone', () => {
    const { get } = worldAt(START + 30_000);
    expect(get<Readonly<Record<string, unknown>>>('/fapi/v1/premiumIndex?symbol=BTCUSDT').json).toMatchObject({
      lastFundingRate: '0.00010000',
      nextFundingTime: T0 + 8 * 60 * MINUTE,
    });
    expect(get('/spot/api/v3/premiumIndex').status).toBe(404);
    expect(get('/fapi/v1/premiumIndex?symbol=NONE').status).toBe(400);
  });
});
