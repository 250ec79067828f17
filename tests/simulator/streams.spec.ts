import { describe, expect, it } from 'vitest';
import type { Frame, Row } from './world.js';
import { join, MINUTE, minutes, recorded, row, T0, worldAt } from './world.js';

const DAY = 86_400_000;
const START = T0 + 100 * MINUTE;
const second = 1000;

describe('paths', () => {
  it.each([
    ['/market/ws/btcusdt@kline_1m', true],
    ['/market/stream?streams=btcusdt@kline_1m', true],
    ['/spot/ws/ethusdt@kline_1m', true],
    ['/spot/stream?streams=ethusdt%40kline_1m', true],
    ['/ws/btcusdt@kline_1m', false],
    ['/stream?streams=btcusdt@kline_1m', false],
    ['/public/stream?streams=btcusdt@kline_1m', false],
    ['/private/ws/btcusdt@kline_1m', false],
    ['/market/ws/BTCUSDT@kline_1m', false],
    ['/market/ws/nobody@kline_1m', false],
    ['/market/ws/btcusdt@kline_2m', false],
    ['/market/ws/btcusdt@kline_1s', false],
    ['/market/ws/btcusdt@klines_1m', false],
  ])('%s opens; it delivers bars: %s', (path, delivers) => {
    const { clock, join } = worldAt(START);
    const line = join(path);
    clock.advanceTo(START + 2 * MINUTE);
    expect(line.out[0]).toStrictEqual({ kind: 'open' });
    expect(line.frames().length > 0).toBe(delivers);
  });

  it.each([
    ['/', 404],
    ['/ws/', 404],
    ['/market/stream/', 404],
    ['/junk/ws/btcusdt@kline_1m', 404],
    [`/spot/ws/${'x'.repeat(8005)}`, 414],
  ])('%s is refused at the upgrade with %i', (path, status) => {
    expect(worldAt(START).join(path).out).toMatchObject([{ kind: 'refuse', status }]);
  });

  it('acknowledges a stream that will never say a word, and lists it', () => {
    const { clock, join } = worldAt(START);
    const line = join('/market/stream');
    line.send({ method: 'SUBSCRIBE', params: ['BTCUSDT@kline_1m', 'bogus@kline_1m', 'btcusdt@bookTicker'], id: 1 });
    line.send({ method: 'LIST_SUBSCRIPTIONS', id: 2 });
    clock.advanceTo(START + 3 * MINUTE);
    expect(line.frames()).toStrictEqual([
      { result: null, id: 1 },
      { result: ['BTCUSDT@kline_1m', 'bogus@kline_1m', 'btcusdt@bookTicker'], id: 2 },
    ]);
  });
});

describe('an open bar', () => {
  // One bar that rises and one that falls, each third of a minute one leg.
  const lines = [
    row(T0, '100.00', '110.00', '90.00', '105.00', '9.000', 90),
    row(T0 + MINUTE, '105.00', '111.00', '99.00', '100.00'),
  ];
  const bars = () => worldAt(T0, { recordings: { usdm: [recorded('BTCUSDT', lines)] } });
  const at = (frames: readonly Frame[], ms: number) => frames.findLast(({ E }) => E <= T0 + ms)?.k;

  it('runs along O→H→L→C when it rises and O→L→H→C when it falls, its volume growing', () => {
    const { clock, join } = bars();
    const line = join('/market/ws/btcusdt@kline_1m');
    clock.advanceTo(T0 + 2 * MINUTE + second);
    const frames = line.frames();
    expect(at(frames, 10 * second)).toMatchObject({ o: '100.00', c: '105.00', h: '105.00', l: '100.00', v: '1.500', x: false });
    expect(at(frames, 20 * second)).toMatchObject({ c: '110.00', h: '110.00', l: '100.00', v: '3.000', n: 30 });
    expect(at(frames, 30 * second)).toMatchObject({ c: '100.00', h: '110.00', l: '100.00' });
    expect(at(frames, 40 * second)).toMatchObject({ c: '90.00', h: '110.00', l: '90.00', v: '6.000' });
    expect(at(frames, 80 * second)).toMatchObject({ o: '105.00', c: '99.00', h: '105.00', l: '99.00' });
    expect(at(frames, 100 * second)).toMatchObject({ c: '111.00', h: '111.00', l: '99.00' });
    const volumes = frames.filter(({ k }) => k.t === T0).map(({ k }) => Number(k.v));
    expect(volumes).toStrictEqual([...volumes].sort((a, b) => a - b));
  });

  it('comes every 250 ms on USD-M and every 2 s on spot, and ends in one closing event after the delay', () => {
    const { clock, join } = worldAt(START);
    const lines = { usdm: join('/market/ws/btcusdt@kline_1m'), spot: join('/spot/ws/ethusdt@kline_1m') };
    clock.advanceTo(START + MINUTE + 200);
    const gaps = (line: typeof lines.usdm) => {
      const open = line.frames().filter(({ k }) => !k.x);
      return new Set(open.slice(1).map(({ E }, index) => E - open[index]!.E));
    };
    expect(gaps(lines.usdm)).toStrictEqual(new Set([250]));
    expect(gaps(lines.spot)).toStrictEqual(new Set([2000]));
    for (const line of Object.values(lines)) {
      const closed = line.frames().filter(({ k }) => k.x && k.t === START);
      expect(closed).toHaveLength(1);
      expect(closed[0]!.E).toBe(START + MINUTE + 200);
    }
  });

  it('is told only when something traded, and a settled contract tells its closing events alone', () => {
    const flat = Array.from({ length: 5 }, (_, k) => row(T0 + k * MINUTE, '1.00', '1.00', '1.00', '1.00', '0.000', 0));
    const { clock, join } = worldAt(T0, { recordings: { usdm: [recorded('OLDUSDT', flat)] } });
    const line = join('/market/ws/oldusdt@kline_1m');
    clock.advanceTo(T0 + 3 * MINUTE + second);
    expect(line.frames().map(({ k }) => [k.x, k.f, k.L, k.n])).toStrictEqual(Array.from({ length: 3 }, () => [true, -1, -1, 0]));
  });

  it.each(['1m', '5m', '15m'])('ends in the very row that REST gives (%s)', (interval) => {
    const { clock, join, get } = worldAt(T0);
    const line = join(`/market/ws/btcusdt@kline_${interval}`);
    clock.advanceTo(T0 + 45 * MINUTE + second);
    const rows = line.frames().filter(({ k }) => k.x).map(({ k }) => [k.t, k.o, k.h, k.l, k.c, k.v, k.T, k.q, k.n, k.V, k.Q, k.B]); // prettier-ignore
    const json = get<readonly Row[]>(`/fapi/v1/klines?symbol=BTCUSDT&interval=${interval}&limit=1000`).json;
    expect(rows.length).toBeGreaterThan(2);
    expect(json).toHaveLength(rows.length + 1);
    expect(json.slice(0, -1)).toStrictEqual(rows);
  });

  it('is not heard before a listed symbol has its first bar', () => {
    const { clock, join } = worldAt(T0, { recordings: { usdm: [recorded('NEWUSDT', minutes(50, START))] } });
    const line = join('/market/ws/newusdt@kline_1m');
    clock.advanceTo(START);
    expect(line.frames()).toStrictEqual([]);
    clock.advanceTo(START + second);
    expect(line.frames()[0]!.k.t).toBe(START);
  });
});

describe('limits', () => {
  const subscribe = (names: number, id = 1) => ({
    method: 'SUBSCRIBE',
    params: Array.from({ length: names }, (_, n) => `s${id}x${n}@kline_1m`),
    id,
  });

  it.each([
    ['usdm', '/market/stream', 15],
    ['spot', '/spot/stream', 5],
  ])('%s closes with 1008 on one message too many in a second', (_, path, most) => {
    const { clock, join } = worldAt(START);
    const line = join(path);
    for (let id = 0; id < most; id++) line.send({ method: 'LIST_SUBSCRIPTIONS', id });
    clock.advanceTo(START + 999);
    expect(line.frames()).toHaveLength(most);
    expect(line.closed()).toBeUndefined();
    line.send({ kind: 'ping' });
    expect(line.closed()).toStrictEqual({ kind: 'close', code: 1008, reason: 'Too many requests' });
  });

  it('spot bears one message every 250 ms for ever', () => {
    const { clock, join } = worldAt(START);
    const line = join('/spot/stream');
    for (let id = 0; id < 100; id++) {
      clock.advanceTo(START + id * 250);
      line.send({ method: 'LIST_SUBSCRIPTIONS', id });
    }
    expect(line.closed()).toBeUndefined();
  });

  it('gives 1024 streams, and one more costs all of them', () => {
    const { clock, join } = worldAt(START);
    const line = join('/market/stream');
    line.send(subscribe(1024));
    clock.advanceTo(START + 100);
    expect(line.frames()).toStrictEqual([{ result: null, id: 1 }]);
    line.send(subscribe(1, 2));
    clock.advanceTo(START + 200);
    expect(line.frames()[1]).toStrictEqual({ error: { code: 4, msg: 'Too many subscriptions' }, id: 2 });
    expect(line.closed()).toStrictEqual({ kind: 'close', code: 1008, reason: 'Invalid request' });
  });

  it('swallows a spot request above 4 KiB, and takes one of 4088 bytes', () => {
    const { clock, join } = worldAt(START);
    const sized = (bytes: number) => {
      const text = JSON.stringify({ method: 'SUBSCRIBE', params: [''], id: 7 });
      return { kind: 'frame', text: text.replace('[""]', `["${'x'.repeat(bytes - text.length)}"]`) } as const;
    };
    const [small, large, futures] = [join('/spot/ws'), join('/spot/ws'), join('/market/ws')];
    small.send(sized(4088));
    large.send(sized(4106));
    futures.send(sized(4106));
    clock.advanceTo(START + second);
    expect(small.frames()).toStrictEqual([{ result: null, id: 7 }]);
    expect(large.frames()).toStrictEqual([]);
    expect(futures.frames()).toStrictEqual([{ result: null, id: 7 }]);
  });

  it.each([
    ['{"method":"SUBSCRIBE"', 3, 'Invalid JSON: expected value at line 1 column 1', true],
    ['{"params":[],"id":1}', 2, 'Invalid request: missing field `method` at line 1 column 1', false],
    ['{"method":"SHOUT","id":1}', 2, 'unknown variant `SHOUT`', false],
    ['{"method":"SUBSCRIBE","params":[1],"id":1}', 2, 'Invalid request', false],
    ['{"method":"LIST_SUBSCRIPTIONS","id":"x"}', 2, 'request ID must be an unsigned integer', false],
    ['{"method":"SET_PROPERTY","params":["loud",true],"id":1}', 0, 'Unknown property', false],
    ['{"method":"SET_PROPERTY","params":["combined",1],"id":1}', 1, 'Invalid value type: expected Boolean', false],
    ['{"method":"GET_PROPERTY","params":[1],"id":1}', 2, 'property name must be a string', false],
  ])('answers %s with code %i', (text, code, message, closes) => {
    const { clock, join } = worldAt(START);
    const line = join('/market/ws');
    line.send({ kind: 'frame', text });
    clock.advanceTo(START + second);
    expect(line.frames()[0]!.error.code).toBe(code);
    expect(line.frames()[0]!.error.msg).toContain(message);
    expect(line.closed() !== undefined).toBe(closes);
  });

  it('puts frames into envelopes as the property says', () => {
    const { clock, join } = worldAt(START);
    const line = join('/market/ws/btcusdt@kline_1m');
    clock.advanceTo(START + second);
    expect(line.frames().at(-1)!.e).toBe('kline');
    line.send({ method: 'SET_PROPERTY', params: ['combined', true], id: 1 });
    clock.advanceTo(START + 2 * second);
    expect(line.frames().at(-1)!.stream).toBe('btcusdt@kline_1m');
    line.send({ method: 'UNSUBSCRIBE', params: ['btcusdt@kline_1m'], id: 2 });
    clock.advanceTo(START + 2 * second + 100);
    const heard = line.frames().length;
    clock.advanceTo(START + MINUTE);
    expect(line.frames().length).toBe(heard);
  });
});

describe('heartbeat', () => {
  it.each([
    ['/spot/ws', 20, 60],
    ['/market/ws', 180, 600],
  ])('%s pings every %i s and closes when %i s pass without the pong', (path, every, within) => {
    const { clock, join } = worldAt(START);
    const line = join(path, false);
    clock.advanceTo(START + every * second);
    expect(line.out[1]).toStrictEqual({ kind: 'ping', payload: String(START + every * second) });
    clock.advanceTo(START + (every + within) * second - 1);
    expect(line.closed()).toBeUndefined();
    clock.advanceTo(START + (every + within) * second);
    expect(line.closed()).toMatchObject({ kind: 'close', code: 1008 });
  });

  it('counts a pong that copies the payload and no other', () => {
    const { clock, exchange } = worldAt(START);
    const [good, wrong] = [join(exchange, '/spot/ws'), join(exchange, '/spot/ws', false)];
    for (let ping = 1; ping <= 10; ping++) {
      clock.advanceTo(START + ping * 20 * second);
      wrong.send({ kind: 'pong', payload: '' });
    }
    expect(good.closed()).toBeUndefined();
    expect(wrong.closed()).toMatchObject({ code: 1008 });
  });

  it('answers a ping of the client, and ends every connection after a day', () => {
    const { clock, join } = worldAt(START);
    const line = join('/market/ws');
    line.send({ kind: 'ping' });
    expect(line.out.at(-1)).toStrictEqual({ kind: 'pong' });
    clock.advanceTo(START + DAY - 1);
    expect(line.closed()).toBeUndefined();
    clock.advanceTo(START + DAY);
    expect(line.closed()).toMatchObject({ kind: 'close', code: 1001 });
  });
});

it('does nothing while nobody is connected, and forgets those who leave', () => {
  const { clock, exchange, join } = worldAt(START);
  const line = join('/market/ws/btcusdt@kline_1m');
  clock.advanceTo(START + second);
  expect(clock.pending()).toBeGreaterThan(0);
  line.leave();
  clock.advanceTo(START + 10 * MINUTE);
  expect(clock.pending()).toBe(0);
  expect(exchange.log.counters()).toMatchObject({ connections: 1, connectionsOpen: 0 });
});
