import { describe, expect, it } from 'vitest';
import type { SocketEvent } from '../../../src/ports/socket.js';
import { binance } from '../../../src/sources/binance/binance.js';
import { START_MS, scriptedExchange } from '../../support/scripted-exchange.js';

const MINUTE_MS = 60_000;
const LAST_MS = START_MS - 20_000 - MINUTE_MS;
const CLOSED: SocketEvent = { kind: 'closed', code: 1006, reason: 'ECONNRESET' };

/** A source with one socket; half a second of pause after the first loss (random is ½, the first longest pause 1 s). */
const world = () => {
  const exchange = scriptedExchange(['BTCUSDT']);
  const source = binance.create(binance.options.parse({ interval: '1m' }), exchange.context);
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
  it('comes back after a loss, subscribes again, and bars go on', () => {
    const { after, flow, connections, push, frame, bars, kinds, details } = world();
    flow(10_000);
    push(CLOSED);
    after(45_000);
    expect(connections.map(({ sent }) => sent.length)).toEqual([1, 1]);
    push(frame('BTCUSDT', LAST_MS + MINUTE_MS));
    expect(bars).toEqual([1]);
    expect(kinds()).toEqual(['feed-lost']);
    expect(details()).toEqual(['usdm 1: the connection was closed (1006, ECONNRESET); trying again in 0.5 s']);
  });

  it('says once that it cannot get through, with growing pauses of at most a minute', () => {
    const { after, state, pauses, kinds, details } = world();
    state.meets = () => ({ kind: 'closed', code: 1006, reason: 'ECONNREFUSED' });
    after(300_000);
    expect(kinds()).toEqual(['feed-lost']);
    expect(details()[0]).toBe('usdm 1: cannot reach fstream.binance.com (1006, ECONNREFUSED); trying again in 0.5 s');
    // Half of 1, 2, 4, … 60 s, never sooner than 2 s after the attempt before, and 30 ms to fail.
    expect(pauses().slice(0, 8)).toEqual([2_000, 2_000, 2_030, 4_030, 8_030, 16_030, 30_030, 30_030]);
  });

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

  it('is taken for dead when no frame comes, open ones included', () => {
    const { after, flow, kinds, connections, details } = world();
    flow(100_000);
    expect(kinds()).toEqual([]);
    after(140_000);
    expect(connections).toHaveLength(1);
    after(160_000);
    expect([kinds(), connections.length]).toEqual([['feed-silent'], 2]);
    expect(details()[0]).toMatch(/^usdm 1: no frame for 45 s; trying again in 0\.5 s$/);
  });

  it('is given up when a subscription is not answered', () => {
    const { flow, state, kinds, connections } = world();
    state.acks = false;
    flow(16_000);
    expect([kinds(), connections.length]).toEqual([['subscription-failed'], 2]);
  });

  it('says that a subscription was refused and stays', () => {
    const { after, push, kinds, connections } = world();
    after(5_000);
    push({ kind: 'frame', data: Buffer.from('{"error":{"code":2,"msg":"Invalid request"},"id":1}') });
    after(15_000);
    expect([kinds(), connections.length]).toEqual([['subscription-failed'], 1]);
  });

  it('is given up after twenty unreadable frames in a minute, not after twenty in an hour', () => {
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

  it('changes servers when the exchange announces a shutdown', () => {
    const { after, push, connections, details } = world();
    after(5_000);
    push({ kind: 'frame', data: Buffer.from('{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}') });
    after(10_000);
    expect(connections).toHaveLength(2);
    expect(details()[0]).toContain('going down');
  });

  it.each<[number, Record<string, string>, number]>([
    [451, {}, 3_600_000],
    [403, {}, 300_000],
    [429, { 'retry-after': '90' }, 90_000],
    [418, { 'retry-after': '600' }, 600_000],
    [503, {}, 1_970],
    [302, {}, 1_970],
  ])('waits after an upgrade refused with %d', (status, headers, waitMs) => {
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
    const odd = Buffer.from(
      event.data
        .toString()
        .replace('"data":', '"y":{"x":false},"data":')
        .replace('"x":true', '"\\u0078":true')
        .replace(/\}\}$/, '},"z":{"x":false}}'),
    );
    // Among a thousand frames one is read in full.
    for (let i = 0; i < 1_000; i++) push({ kind: 'frame', data: odd });
    expect([bars, kinds()]).toEqual([[1], ['canary-disagreed']]);
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
