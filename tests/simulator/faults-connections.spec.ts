import { describe, expect, it } from 'vitest';
import { GARBAGE } from '../../src/simulator/exchange/broken.js';
import type { Frame } from './world.js';
import { MINUTE, T0, worldAt } from './world.js';

const START = T0 + 100 * MINUTE;
const BTC = '/market/stream?streams=btcusdt@kline_1m';
const SPOT = '/spot/ws/ethusdt@kline_1m';
const kinds = (line: { readonly out: readonly { readonly kind: string }[] }): readonly string[] =>
  [...new Set(line.out.map(({ kind }) => kind))]; // prettier-ignore
const times = (frames: readonly Frame[]): readonly number[] => frames.map(({ data }) => data.E);

describe('one connection', () => {
  it('dropSocket and halfOpenSocket strike the one that chance picks', () => {
    const { clock, exchange, join } = worldAt(START);
    const lines = [join(BTC), join(BTC), join(BTC)];
    expect(exchange.faults.halfOpenSocket(0.99)).toBe(1);
    // The half-open one is not among those that can be picked again.
    expect(exchange.faults.dropSocket(0.6)).toBe(1);
    clock.advanceTo(START + MINUTE);
    expect(lines.map((line) => line.closed()?.kind)).toStrictEqual([undefined, 'cut', undefined]);
    expect(lines.map((line) => line.frames().length > 0)).toStrictEqual([true, false, false]);
    expect(exchange.log.counters().faults).toStrictEqual({ halfOpenSocket: 1, dropSocket: 1 });
    exchange.faults.dropAllSockets();
    expect(exchange.faults.dropSocket(0.5)).toBe(0);
  });
});

describe('the end of connections', () => {
  it('endSocketsOlderThan cuts those of an age, and setLifetime those to come', () => {
    const { clock, exchange, join } = worldAt(START);
    const old = join(BTC);
    clock.advanceTo(START + 10 * MINUTE);
    const undo = exchange.faults.setLifetime(5 * MINUTE);
    const young = join(BTC);
    expect(exchange.faults.endSocketsOlderThan(10 * MINUTE)).toBe(1);
    expect(old.closed()).toStrictEqual({ kind: 'close', code: 1001, reason: '' });
    clock.advanceTo(START + 15 * MINUTE - 1);
    expect(young.closed()).toBeUndefined();
    clock.advanceTo(START + 15 * MINUTE);
    expect(young.closed()).toMatchObject({ kind: 'close', code: 1001 });
    undo();
    const usual = join(BTC);
    clock.advanceTo(START + 25 * MINUTE);
    expect(usual.closed()).toBeUndefined();
  });

  it('announceShutdown says so on raw and combined connections of spot, and ends them later', () => {
    const { clock, exchange, join } = worldAt(START);
    const [raw, combined, usdm] = [join(SPOT), join('/spot/stream?streams=ethusdt@kline_1m'), join(BTC)];
    expect(exchange.faults.announceShutdown(30_000)).toBe(2);
    const event = `{"e":"serverShutdown","E":${START}}`;
    expect(raw.out.at(-1)).toStrictEqual({ kind: 'frame', text: event });
    expect(combined.out.at(-1)).toStrictEqual({ kind: 'frame', text: `{"stream":"!serverShutdown","data":${event}}` });
    clock.advanceTo(START + 29_999);
    expect(raw.closed()).toBeUndefined();
    clock.advanceTo(START + 30_000);
    expect([raw, combined, usdm].map((line) => line.closed()?.kind)).toStrictEqual(['close', 'close', undefined]);
  });

  it('beginCloseOfAllSockets leaves everyone waiting', () => {
    const { clock, exchange, join } = worldAt(START);
    const line = join(BTC);
    exchange.faults.beginCloseOfAllSockets(1000, 'bye');
    clock.advanceTo(START + 20 * MINUTE);
    expect(line.out.at(-1)).toStrictEqual({ kind: 'closing', code: 1000, reason: 'bye' });
  });
});

describe('silence', () => {
  it('repeatLastFrame sends the last data again instead of new data, until it is undone', () => {
    const { clock, exchange, join } = worldAt(START);
    const line = join(BTC);
    clock.advanceTo(START + 10_000);
    const before = line.frames();
    const undo = exchange.faults.repeatLastFrame();
    clock.advanceTo(START + 2 * MINUTE);
    const after = line.frames().slice(before.length);
    expect(after.length).toBeGreaterThan(100);
    expect(new Set(times(after))).toStrictEqual(new Set([before.at(-1)!.data.E]));
    undo();
    clock.advanceTo(START + 3 * MINUTE);
    expect(line.frames().at(-1)!.data.E).toBeGreaterThan(START + 2 * MINUTE);
    expect(exchange.log.counters().faults['repeatLastFrame']).toBeGreaterThan(100);
  });

  it('retirePath acknowledges and stays silent for new connections, and the older ones go on', () => {
    const { clock, exchange, join } = worldAt(START);
    const older = join(BTC);
    exchange.faults.retirePath('market');
    const newer = join('/market/stream');
    newer.send({ method: 'SUBSCRIBE', params: ['btcusdt@kline_1m'], id: 7 });
    clock.advanceTo(START + 2 * MINUTE);
    expect(newer.frames()).toStrictEqual([{ result: null, id: 7 }]);
    expect(older.frames().length).toBeGreaterThan(0);
  });

  it('silencePath strikes the open connections of the path too, until it is undone', () => {
    const { clock, exchange, join } = worldAt(START);
    const [market, spot] = [join(BTC), join(SPOT)];
    const undo = exchange.faults.silencePath('market');
    clock.advanceTo(START + 2 * MINUTE);
    expect(market.frames()).toStrictEqual([]);
    expect(spot.frames().length).toBeGreaterThan(0);
    undo();
    clock.advanceTo(START + 3 * MINUTE);
    expect(market.frames().length).toBeGreaterThan(0);
  });
});

describe('what is sent', () => {
  it('garbage is valid text of every kind that says nothing', () => {
    const { exchange, join } = worldAt(START);
    const line = join(BTC);
    exchange.faults.garbageFrames(...GARBAGE);
    expect(line.out.slice(1)).toStrictEqual(GARBAGE.map((text) => ({ kind: 'frame', text })));
    expect(GARBAGE.length).toBeGreaterThan(20);
  });

  it('hugeFrame is as long as it says', () => {
    const { exchange, join } = worldAt(START);
    const line = join(BTC);
    exchange.faults.hugeFrame(5_000_000);
    expect(line.out.at(-1)).toMatchObject({ kind: 'frame', text: expect.stringMatching(/^"x{4999998}"$/) as string });
  });
});

describe('upgrades', () => {
  it('refuseUpgrades sends the headers it is given: Retry-After, or the way elsewhere', () => {
    const { exchange, join } = worldAt(START);
    exchange.faults.refuseUpgrades(429, 5_000, { 'retry-after': '17' });
    expect(join(BTC).out).toMatchObject([{ kind: 'refuse', status: 429, headers: { 'retry-after': '17' } }]);
    exchange.faults.refuseUpgrades(302, 5_000, { location: 'wss://elsewhere.invalid/' });
    expect(join(BTC).out).toMatchObject([{ kind: 'refuse', status: 302, headers: { location: 'wss://elsewhere.invalid/' } }]);
    expect(exchange.log.counters().faults).toStrictEqual({ refuseUpgrades: 2 });
  });

  it('more than 300 attempts within five minutes are answered 403, as HTML', () => {
    const { clock, exchange, join } = worldAt(START);
    for (let attempt = 0; attempt < 300; attempt++) join(BTC).leave();
    expect(join(BTC).out).toMatchObject([{ kind: 'refuse', status: 403, headers: { 'content-type': 'text/html' } }]);
    expect(exchange.log.counters()).toMatchObject({ attemptsPeakPerFiveMinutes: 301, upgradesRefused: 1 });
    clock.advanceTo(START + 5 * MINUTE);
    expect(kinds(join(BTC))).toStrictEqual(['open']);
  });
});

describe('control messages', () => {
  const subscribe = { method: 'SUBSCRIBE', params: ['btcusdt@kline_1m'], id: 7 };

  it.each([
    ['silence', []],
    ['error', [{ error: { code: 2, msg: 'Invalid request: not now' }, id: 7 }]],
    ['other-id', [{ result: null, id: 4_294_967_295 }]],
  ] as const)('misanswerControl: %s', (how, answers) => {
    const { clock, exchange, join } = worldAt(START);
    const line = join('/market/stream');
    exchange.faults.misanswerControl(how, 1);
    line.send(subscribe);
    clock.advanceTo(START + 3_000);
    expect(line.frames().filter((frame) => !('stream' in frame))).toStrictEqual(answers);
    // Only what was answered under another id was done.
    expect(line.frames().some((frame) => 'stream' in frame)).toBe(how === 'other-id');
    line.send({ ...subscribe, id: 8 });
    clock.advanceTo(START + 5_000);
    expect(line.frames()).toContainEqual({ result: null, id: 8 });
  });

  it('are counted by the second, and one more than allowed ends the connection', () => {
    const { clock, exchange, join } = worldAt(START, { messagesPerSecondMax: { usdm: 10 } });
    const line = join('/market/ws');
    const ask = (count: number): void => {
      for (let id = 1; id <= count; id++) line.send({ method: 'LIST_SUBSCRIPTIONS', id });
    };
    ask(10);
    clock.advanceTo(START + 1_000);
    ask(10);
    expect(line.closed()).toBeUndefined();
    expect(exchange.log.counters().controlPeakPerSecond).toStrictEqual({ usdm: 10 });
    ask(1);
    expect(line.closed()).toStrictEqual({ kind: 'close', code: 1008, reason: 'Too many requests' });
    expect(exchange.log.counters()).toMatchObject({ controlPeakPerSecond: { usdm: 11 }, policyCloses: 1 });
  });
});

it('at strikes at its moment, and can be called off', () => {
  const { clock, exchange, join } = worldAt(START);
  const line = join(BTC);
  const undo = exchange.at(START + MINUTE, (faults) => void faults.dropAllSockets());
  exchange.at(START + 2 * MINUTE, (faults) => void faults.closeAllSockets(1012, 'upgrade'));
  undo();
  clock.advanceTo(START + 2 * MINUTE - 1);
  expect(line.closed()).toBeUndefined();
  clock.advanceTo(START + 2 * MINUTE);
  expect(line.closed()).toStrictEqual({ kind: 'close', code: 1012, reason: 'upgrade' });
  expect(exchange.log.counters().faults).toStrictEqual({ closeAllSockets: 1 });
});
