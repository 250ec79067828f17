import { describe, expect, it } from 'vitest';
import type { SocketEvent } from '../../../src/ports/socket.js';
import { saysOpen } from '../../../src/sources/binance/kline.js';
import { binance } from '../../../src/sources/binance/binance.js';
import { START_MS, scriptedExchange } from '../../support/scripted-exchange.js';

const MINUTE_MS = 60_000;
const LAST_MS = START_MS - 20_000 - MINUTE_MS;
const CLOSED: SocketEvent = { kind: 'closed', code: 1006, reason: 'ECONNRESET' };

/** A source with one socket; half a second of pause after the first loss (random is ½, the first longest pause 1 s). */
const world = () => {
  const exchange = scriptedExchange(['BTCUSDT']);
  const source = binance.create(binance.options.parse({ interval: '1m', news: false }), exchange.context);
  const bars: number[] = [];
  source.event$.subscribe((event) => {
    if (event.kind === 'bar') bars.push((event.bar.openTimeMs - LAST_MS) / MINUTE_MS);
  });
  const { clock, connections, push, frame, faults } = exchange;
  const after = (ms: number) => clock.advanceTo(START_MS + ms);
  /** Open bars twice a second, until the time given. */
  const flow = (untilMs: number) => {
    for (let ms = clock.now() - START_MS + 500; ms <= untilMs; ms += 500) {
      after(ms);
      push(frame('BTCUSDT', LAST_MS, false));
    }
  };
  const pauses = () => connections.slice(1).map(({ atMs }, i) => atMs - (connections[i]?.atMs ?? 0));
  return { ...exchange, bars, after, flow, pauses, details: () => faults.map(({ detail }) => detail) };
};

describe('a socket', () => {
  it.each([
    [1001, 'Going away'],
    [1006, 'ECONNRESET'],
    [1011, 'Internal error'],
  ])('F3: comes back after a loss by %d, subscribes again, and bars go on', (code, reason) => {
    const { after, flow, connections, push, frame, bars, kinds, details } = world();
    flow(10_000);
    push({ kind: 'closed', code, reason });
    after(45_000);
    expect(connections.map(({ sent }) => sent.length)).toEqual([1, 1]);
    push(frame('BTCUSDT', LAST_MS + MINUTE_MS));
    expect(bars).toEqual([1]);
    expect(kinds()).toEqual(['feed-lost']);
    expect(details()).toEqual([`usdm 1: the connection was closed (${code}, ${reason}); trying again in 0.5 s`]);
  });

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'handshake timed out'])(
    'F6, F28: says once that it cannot get through (%s), with growing pauses of at most a minute, and never gives up',
    (reason) => {
      const { after, state, pauses, faults, details, connections } = world();
      state.meets = () => ({ kind: 'closed', code: 1006, reason });
      after(300_000);
      expect(faults.filter(({ kind }) => kind === 'feed-lost')).toHaveLength(1);
      expect(details()[0]).toBe(`usdm 1: cannot reach fstream.binance.com (1006, ${reason}); trying again in 0.5 s`);
      // Half of 1, 2, 4, … 60 s, never sooner than 2 s after the attempt before, and 30 ms to fail.
      expect(pauses().slice(0, 8)).toEqual([2_000, 2_000, 2_030, 4_030, 8_030, 16_030, 30_030, 30_030]);
      const tried = connections.length;
      after(3 * 3_600_000);
      expect(connections.length - tried).toBeGreaterThan(300);
    },
  );

  it('begins with small pauses again once data has flowed for half a minute, not before', () => {
    const { after, flow, state, push, connections, clock } = world();
    state.meets = (number) => (number <= 6 ? { kind: 'closed', code: 1006, reason: '' } : null);
    const pauseAfterLoss = (): number => {
      const lostMs = clock.now();
      push(CLOSED);
      after(lostMs - START_MS + 40_000);
      return (connections.at(-1)?.atMs ?? 0) - lostMs;
    };
    after(35_000);
    expect(connections.map(({ isOpen }) => isOpen)).toEqual([false, false, false, false, false, false, true]);
    flow(60_000);
    expect(pauseAfterLoss()).toBe(30_000);
    flow(150_000);
    expect(pauseAfterLoss()).toBe(500);
  });

  it('F1: is taken for dead within 50 s when no frame comes any more, open ones included', () => {
    const { after, state, faults, connections, details, clock } = world();
    state.closes = null;
    after(100_000);
    expect(faults).toEqual([]);
    state.flows = false;
    after(140_000);
    expect(connections).toHaveLength(1);
    while (connections.length === 1) after(clock.now() - START_MS + 500);
    expect(clock.now() - START_MS - 100_000).toBeLessThanOrEqual(50_000 + 1_000);
    expect(details()).toContain('usdm 1: no frame for 45 s; trying again in 0.5 s');
  });

  it('F26: asks again when a subscription is not answered, and is given up when none ever is', () => {
    const { after, state, kinds, connections } = world();
    state.acks = false;
    after(20_000);
    expect(connections.map(({ sent }) => sent.map(({ params }) => params))).toEqual([
      [['btcusdt@kline_1m'], ['btcusdt@kline_1m']],
    ]);
    after(60_000);
    expect([new Set(kinds()), connections.length]).toEqual([new Set(['subscription-failed']), 2]);
  });

  it('F26: says which stream the exchange will not carry, and stays', () => {
    const { after, state, details, connections, kinds } = world();
    state.answers = ({ id }) => `{"error":{"code":2,"msg":"Invalid request"},"id":${id}}`;
    after(15_000);
    expect(connections.map(({ sent }) => sent.length)).toEqual([3]);
    expect(kinds()).toEqual(['subscription-failed', 'subscription-failed']);
    expect(details()[1]).toContain('the exchange does not carry btcusdt@kline_1m (2 Invalid request)');
  });

  it('says when something was refused without a name', () => {
    const { after, push, kinds, connections } = world();
    after(5_000);
    push({ kind: 'frame', data: Buffer.from('{"error":{"code":2,"msg":"Invalid request"}}') });
    after(15_000);
    expect([kinds(), connections.length]).toEqual([['subscription-failed'], 1]);
  });

  it('F11: is given up after twenty unreadable frames in a minute, not after twenty in an hour', () => {
    const { after, flow, push, connections } = world();
    const garbage: SocketEvent = { kind: 'frame', data: Buffer.from('<html>') };
    for (let i = 1; i <= 30; i++) {
      flow(i * 5_000);
      push(garbage);
    }
    expect(connections).toHaveLength(1);
    for (let i = 0; i < 20; i++) push(garbage);
    after(160_000);
    expect(connections).toHaveLength(2);
  });

  it.each<[number, Record<string, string>, number]>([
    [451, {}, 3_600_000],
    [403, {}, 300_000],
    [429, { 'retry-after': '90' }, 90_000],
    [418, { 'retry-after': '600' }, 600_000],
    [503, {}, 1_970],
    [302, {}, 1_970],
  ])('F7, F8: waits after an upgrade refused with %d', (status, headers, waitMs) => {
    const { after, state, pauses, kinds, details } = world();
    state.meets = (number) => (number === 1 ? { kind: 'refused', status, headers } : null);
    after(3_700_000);
    expect(pauses()[0]).toBe(waitMs + 30);
    expect(kinds()[0]).toBe('feed-refused');
    expect(details()[0]).toContain(`fstream.binance.com refused the connection (${status}`);
  });

  it('says when a closed bar looks open by its bytes, and lets it pass', () => {
    const { after, push, bars, kinds, frame } = world();
    after(45_000);
    const event = frame('BTCUSDT', LAST_MS + MINUTE_MS);
    if (event.kind !== 'frame') throw new Error('no frame');
    // The same key twice, once in disguise; the last one counts, and which is seen from the end depends on where the words stand.
    const odd = ['0', '00', '000', '0000', '00000']
      .map((digits) =>
        event.data.toString().replace('"x":true', '"x":false,"\\u0078":true').replace('"B":"0"', `"B":"${digits}"`),
      )
      .map((text) => Buffer.from(text))
      .find(saysOpen);
    if (odd === undefined) throw new Error('no such frame');
    // Among a thousand frames one is read in full.
    for (let i = 0; i < 2_002; i++) push({ kind: 'frame', data: odd });
    expect([bars, kinds()]).toEqual([[1, 1], ['canary-disagreed']]);
  });

  it('says when open bars can no longer be told by their bytes', () => {
    const { after, push, frame, bars, kinds } = world();
    after(45_000);
    const event = frame('BTCUSDT', LAST_MS + MINUTE_MS, false);
    if (event.kind !== 'frame') throw new Error('no frame');
    const spaced = Buffer.from(event.data.toString().replace('"x":false', '"x": false'));
    for (let i = 0; i < 10; i++) push({ kind: 'frame', data: spaced });
    expect([bars, kinds()]).toEqual([[], ['frame-unexpected']]);
  });
});
