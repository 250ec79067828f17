import { describe, expect, it } from 'vitest';
import type { Answered, Row } from './world.js';
import { MINUTE, minutes, recorded, row, T0, worldAt } from './world.js';

const NOW = T0 + 1800 * MINUTE + 30_000;
const world = (options: Parameters<typeof worldAt>[1] = {}) => worldAt(NOW, options);
const opens = (json: readonly Row[]): readonly number[] => json.map(([openTime]) => openTime);

describe('klines', () => {
  const klines = (query: string, place = '/fapi/v1', symbol = 'BTCUSDT') =>
    world().get<readonly Row[]>(`${place}/klines?symbol=${symbol}&interval=1m${query}`);

  it('without times are the newest, oldest first, the last one open', () => {
    const { json } = klines('&limit=3');
    expect(opens(json)).toStrictEqual([T0 + 1798 * MINUTE, T0 + 1799 * MINUTE, T0 + 1800 * MINUTE]);
    expect(json[2]![6]).toBe(T0 + 1801 * MINUTE - 1);
    expect(Number(json[2]![5])).toBeLessThan(Number(json[1]![5]));
  });

  it.each([
    ['with a start are the oldest from there', `&startTime=${T0}&limit=2`, [0, 1]],
    ['take a start between two bars as the next', `&startTime=${T0 + 1}&limit=2`, [1, 2]],
    ['with an end are the newest up to it', `&endTime=${T0 + 10 * MINUTE}&limit=2`, [9, 10]],
    ['with both stay between them, both included', `&startTime=${T0 + MINUTE}&endTime=${T0 + 3 * MINUTE}`, [1, 2, 3]],
    ['before the first bar are none', `&endTime=${T0 - 1}`, []],
    ['after now are none', `&startTime=${NOW + MINUTE}`, []],
    ['of a start after the end are none', `&startTime=${T0 + MINUTE}&endTime=${T0}`, []],
  ])('%s', (_, query, expected) => {
    expect(opens(klines(query).json)).toStrictEqual(expected.map((minute) => T0 + minute * MINUTE));
  });

  it('are 500 by default, at most 1500 on USD-M and 1000 on spot', () => {
    const lengths = ['', '&limit=1500', '&limit=1501'].map((query) => klines(query).json.length);
    expect(lengths).toStrictEqual([500, 1500, undefined]);
    expect(klines('&limit=1500', '/spot/api/v3', 'ETHUSDT').json).toHaveLength(1000);
  });

  it.each([
    ['symbol=NONE&interval=1m', -1121],
    ['symbol=BTCUSDT&interval=7m', -1120],
    ['symbol=BTCUSDT&interval=1s', -1120],
    ['symbol=BTCUSDT&interval=1m&limit=1501', -1130],
    ['symbol=BTCUSDT&interval=1m&limit=x', -1100],
    ['symbol=BTCUSDT&interval=1m&startTime=x', -1100],
    ['interval=1m', -1102],
    ['symbol=BTCUSDT', -1102],
  ])('%s is refused with code %i', (query, code) => {
    const reply = world().get(`/fapi/v1/klines?${query}`);
    expect(reply.status).toBe(400);
    expect(reply.json.code).toBe(code);
  });

  it('of USD-M take a lower-case symbol', () => {
    expect(klines('&limit=1', '/fapi/v1', 'btcusdt').status).toBe(200);
    expect(klines('&limit=1', '/spot/api/v3', 'ethusdt').status).toBe(400);
  });

  it('of a longer interval are made of the recorded ones: first, highest, lowest, last, exact sums', () => {
    const lines = [
      row(T0, '10.00', '12.00', '9.00', '11.00', '0.100', 1),
      row(T0 + MINUTE, '11.00', '15.00', '10.50', '14.00', '0.200', 2),
      row(T0 + 2 * MINUTE, '14.00', '14.50', '8.00', '9.00', '0.300', 3),
    ];
    const { get } = worldAt(T0 + 10 * MINUTE, { recordings: { usdm: [recorded('AUSDT', lines)] } });
    const [bar, ...more] = get<readonly Row[]>('/fapi/v1/klines?symbol=AUSDT&interval=3m&limit=99').json;
    expect(bar!.slice(1, 6)).toStrictEqual(['10.00', '15.00', '8.00', '9.00', '0.600']);
    expect(bar!.slice(6, 9)).toStrictEqual([T0 + 3 * MINUTE - 1, '60.00000', 6]);
    expect(more).toStrictEqual([]);
    expect(get('/fapi/v1/klines?symbol=AUSDT&interval=1w&limit=9').json).toStrictEqual([]);
  });

  it('do not count bars that do not exist', () => {
    const { exchange, get } = world();
    exchange.faults.holeAtExchange('usdm', T0 + 2 * MINUTE, T0 + 5 * MINUTE);
    const { json } = get<readonly Row[]>(`/fapi/v1/klines?symbol=BTCUSDT&interval=1m&startTime=${T0}&limit=4`);
    expect(opens(json)).toStrictEqual([0, 1, 5, 6].map((minute) => T0 + minute * MINUTE));
  });
});

describe('ticker/24hr', () => {
  it('sums what traded in the last day, the open bar included, and knows only what trades', () => {
    const flat = [row(T0, '1.00', '1.00', '1.00', '1.00', '0.000', 0)];
    const recordings = {
      usdm: [recorded('BTCUSDT'), recorded('NEWUSDT', minutes(9, NOW + 30_000)), recorded('OLDUSDT', flat)],
    };
    const { get } = world({ recordings });
    const rows = get<readonly Answered[]>('/fapi/v1/ticker/24hr').json;
    expect(rows.map(({ symbol }) => symbol)).toStrictEqual(['BTCUSDT']);
    const btc = rows[0]!;
    const day = get<readonly Row[]>(`/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=1500&startTime=${T0 + 360 * MINUTE}`).json;
    const sum = (column: 7 | 8) => day.reduce((total, bar) => total + Number(bar[column]), 0);
    expect(btc.openTime % MINUTE).toBe(0);
    expect(Number(btc.quoteVolume)).toBeCloseTo(sum(7), 1);
    expect(btc.count).toBe(sum(8));
    expect(btc.lastId - btc.firstId + 1).toBe(btc.count);
    expect(btc.lastPrice).toBe(day.at(-1)![4]);
  });

  it('of one symbol is one row, of several a list (spot)', () => {
    const { get } = world();
    expect(get('/fapi/v1/ticker/24hr?symbol=BTCUSDT').json.symbol).toBe('BTCUSDT');
    expect(get('/fapi/v1/ticker/24hr?symbol=NONE').json.code).toBe(-1121);
    expect(get('/spot/api/v3/ticker/24hr?symbols=["ETHUSDT"]').json).toHaveLength(1);
  });
});

describe('exchangeInfo', () => {
  it('lists a coming symbol as pending until its first bar, and tells a time that is hours old', () => {
    const { clock, exchange, get } = worldAt(T0, { recordings: { usdm: [recorded('NEWUSDT', minutes(9, T0 + MINUTE))] } });
    const status = () => get('/fapi/v1/exchangeInfo').json.symbols.find(({ symbol }) => symbol === 'NEWUSDT')?.status;
    expect(status()).toBe('PENDING_TRADING');
    clock.advanceTo(T0 + MINUTE);
    expect(status()).toBe('TRADING');
    const undo = exchange.faults.setStatus({ market: 'usdm', symbol: 'NEWUSDT' }, 'SETTLING');
    expect(status()).toBe('SETTLING');
    undo();
    exchange.faults.setStatus({ market: 'usdm', symbol: 'NEWUSDT' }, null);
    expect(status()).toBeUndefined();
    expect(get('/fapi/v1/klines?symbol=NEWUSDT&interval=1m').json.code).toBe(-1121);
    const ageMs = get('/fapi/v1/time').json.serverTime - get('/fapi/v1/exchangeInfo').json.serverTime;
    expect(ageMs).toBeGreaterThan(3_600_000);
  });

  it('of spot can be asked for some symbols', () => {
    const { get } = world();
    expect(get('/spot/api/v3/exchangeInfo?symbol=ETHUSDT').json.symbols).toHaveLength(1);
    expect(get('/spot/api/v3/exchangeInfo?symbols=["ETHUSDT","NONE"]').json.code).toBe(-1121);
  });
});

describe('weight', () => {
  it.each([
    ['/fapi/v1/ping', 1],
    ['/fapi/v1/time', 1],
    ['/fapi/v1/exchangeInfo', 1],
    ['/fapi/v1/ticker/24hr', 40],
    ['/fapi/v1/ticker/24hr?symbol=BTCUSDT', 1],
    ['/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=100', 1],
    ['/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=101', 2],
    ['/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=500', 2],
    ['/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=501', 5],
    ['/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=1001', 10],
    ['/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=9999', 10],
    ['/fapi/v1/klines?symbol=BTCUSDT&interval=1m', 5],
    ['/fapi/v1/klines?symbol=NONE&interval=1m&limit=1', 1],
    ['/spot/api/v3/klines?symbol=ETHUSDT&interval=1m', 2],
    ['/spot/api/v3/exchangeInfo', 20],
    ['/spot/api/v3/ticker/24hr', 80],
  ])('%s costs %i, said in the header, also when it is refused', (path, weight) => {
    expect(world().get(path).headers['x-mbx-used-weight-1m']).toBe(String(weight));
  });

  it('of a minute ends with the minute of the clock', () => {
    const { clock, get } = world();
    for (let request = 0; request < 10; request++) get('/fapi/v1/ticker/24hr');
    clock.advanceTo(T0 + 1801 * MINUTE - 1);
    expect(get('/fapi/v1/ping').headers['x-mbx-used-weight-1m']).toBe('401');
    clock.advanceTo(T0 + 1801 * MINUTE);
    expect(get('/fapi/v1/ping').headers['x-mbx-used-weight-1m']).toBe('1');
  });

  it.each([
    ['usdm', '/fapi/v1/ticker/24hr', 2400 / 40],
    ['spot', '/spot/api/v3/ticker/24hr', 6000 / 80],
  ] as const)('that is spent gives 429, and 418 until the ban is over when that is not heeded (%s)', (market, path, within) => {
    const { clock, get } = world({ refusalsBeforeBan: 3, retryAfter: { [market]: true } });
    for (let request = 0; request < within; request++) expect(get(path).status).toBe(200);
    for (let request = 0; request < 3; request++) expect(get(path)).toMatchObject({ status: 429, json: { code: -1003 } });
    expect(get(path).headers['retry-after']).toBe('120');
    clock.advanceTo(NOW + 90_000);
    const banned = get(path);
    expect(banned).toMatchObject({ status: 418, json: { code: -1003 }, headers: { 'retry-after': '30' } });
    expect(banned.json.msg).toContain(`banned until ${NOW + 120_000}`);
    clock.advanceTo(NOW + 120_000);
    expect(get(path).status).toBe(200);
  });

  it('refusals come without Retry-After on USD-M unless they are told to carry it', () => {
    const { get } = world();
    for (let request = 0; request < 61; request++) get('/fapi/v1/ticker/24hr');
    expect(get('/fapi/v1/ping').status).toBe(429);
    expect(get('/fapi/v1/ping').headers).not.toHaveProperty('retry-after');
  });
});

it('answers other paths and methods with 404', () => {
  const { exchange, get } = world();
  expect(get('/fapi/v1/order').status).toBe(404);
  let status: unknown;
  exchange.http.handle({ method: 'POST', path: '/fapi/v1/ping', headers: {}, body: '' }).subscribe((reply) => {
    status = reply.kind === 'reply' ? reply.status : reply.kind;
  });
  expect(status).toBe(404);
});
