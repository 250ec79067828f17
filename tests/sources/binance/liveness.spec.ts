import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { binance } from '../../../src/sources/binance/binance.js';
import { createSight } from '../../../src/sources/binance/sight.js';
import { START_MS, scriptedExchange } from '../../support/scripted-exchange.js';

const MINUTE_MS = 60_000;

const world = (symbols: readonly string[] = ['BTCUSDT'], settings: z.input<typeof binance.options> = {}) => {
  const exchange = scriptedExchange(symbols);
  const source = binance.create(binance.options.parse({ interval: '1m', news: false, ...settings }), exchange.context);
  source.event$.subscribe();
  const after = (ms: number) => exchange.clock.advanceTo(START_MS + ms);
  const of = (kind: string) => exchange.faults.filter((fault) => fault.kind === kind);
  return { ...exchange, source, after, of };
};

describe('liveness by data', () => {
  it.each([
    ['usdm', '/market/stream of fstream.binance.com', 'wss://fstream.binance.com/market/stream'],
    ['spot', '/stream of stream.binance.com:9443', 'wss://stream.binance.com:9443/stream'],
  ] as const)('names a path of %s that acknowledges and stays silent, and what would be right', (market, where, right) => {
    const { after, state, faults, connections, of, clock } = world(['BTCUSDT', 'ETHUSDT'], { markets: [market] });
    state.flows = false;
    after(60_000);
    expect(faults[0]?.detail).toContain(`${market} 1: 2 streams were acknowledged on ${where}`);
    expect(faults[0]?.detail).toContain(right);
    const [first] = connections;
    expect((first?.leftAtMs ?? Infinity) - (first?.atMs ?? 0)).toBeLessThanOrEqual(30_000);
    after(30 * MINUTE_MS);
    // It is said once in an hour, and tried for ever.
    expect([of('path-silent').length, connections.length > 20]).toEqual([1, true]);
    state.flows = true;
    after(40 * MINUTE_MS);
    expect(clock.now() - (connections.at(-1)?.atMs ?? 0)).toBeGreaterThan(8 * MINUTE_MS);
  });

  it('takes a frame that comes again and again for silence', () => {
    const { after, state, push, frame, connections, clock, of } = world();
    after(20_000);
    state.flows = false;
    const stale = frame('BTCUSDT', START_MS - 20_000, false);
    const sinceMs = clock.now();
    while (connections[0]?.leftAtMs === null && clock.now() - sinceMs < 3 * MINUTE_MS) {
      after(clock.now() - START_MS + 250);
      push(stale);
    }
    expect(clock.now() - sinceMs).toBeLessThanOrEqual(55_000);
    expect(of('feed-silent').map(({ detail }) => detail)).toEqual([
      'usdm 1: only old frames, repeated, for 45 s; trying again in 0.5 s',
    ]);
  });

  it('F2: subscribes a single silent series again after two misses, then after twice as many each time', () => {
    const { after, state, connections, faults } = world(['AUSDT', 'BUSDT', 'CUSDT']);
    state.closes = new Set(['ausdt@kline_1m', 'cusdt@kline_1m']);
    after(1.5 * MINUTE_MS);
    expect(connections[0]?.sent).toHaveLength(1);
    after(17 * MINUTE_MS);
    expect(connections).toHaveLength(1);
    const again = connections[0]?.sent
      .slice(1)
      .map(({ method, params, atMs }) => [method, params[0], Math.floor((atMs - START_MS) / MINUTE_MS)]);
    expect(again).toEqual(
      [1, 3, 7, 15].flatMap((minute) => [
        ['UNSUBSCRIBE', 'busdt@kline_1m', minute],
        ['SUBSCRIBE', 'busdt@kline_1m', minute],
      ]),
    );
    expect(faults.map(({ kind, detail }) => [kind, detail])).toEqual([
      ['stream-muted', expect.stringContaining('usdm: busdt@kline_1m silent while their sockets flow')],
    ]);
    state.closes = null;
    after(40 * MINUTE_MS);
    expect(connections[0]?.sent).toHaveLength(9);
  });

  it('F2: does not take a bar for missed that closed while the socket was away', () => {
    const { after, state, connections, push } = world(['AUSDT', 'BUSDT']);
    state.closes = null;
    after(35_000);
    for (let minute = 0; minute < 6; minute++) {
      push({ kind: 'closed', code: 1006, reason: '' });
      after((minute + 1) * MINUTE_MS + 35_000);
    }
    expect(connections.every(({ sent }) => sent.length <= 1)).toBe(true);
  });
});

describe('sight', () => {
  const frame = (eventMs: number, isClosed = false) =>
    Buffer.from(
      `{"stream":"a@kline_1m","data":{"e":"kline","E":${eventMs},"s":"A","k":{"t":1,"T":2,"s":"A","i":"1m","f":1,"L":1,"o":"1","c":"1","h":"1","l":"1","v":"1","n":1,"x":${isClosed},"q":"1","V":"1","Q":"1","B":"0"}}}`,
    );
  const look = (frames: readonly Buffer[], sight: ReturnType<typeof createSight>) => {
    let read = 0;
    for (const each of frames) {
      if (!sight.keep(each)) continue;
      read++;
      sight.saw(each);
    }
    return { read, isFresh: sight.look() };
  };

  it('reads the first frame after each look and one in a thousand of the others', () => {
    const sight = createSight(createVirtualClock());
    expect(
      look(
        Array.from({ length: 500 }, (_, i) => frame(1_000 + i)),
        sight,
      ),
    ).toEqual({ read: 1, isFresh: true });
    expect(
      look(
        Array.from({ length: 2_500 }, (_, i) => frame(2_000 + i)),
        sight,
      ),
    ).toEqual({ read: 3, isFresh: true });
  });

  it('knows fresh frames from old ones, several streams’ last frames in turn included', () => {
    const sight = createSight(createVirtualClock());
    expect(look([frame(1_000)], sight).isFresh).toBe(true);
    expect(look([], sight).isFresh).toBe(false);
    expect(sight.isRepeating()).toBe(false);
    expect(look([frame(1_005), frame(1_000)], sight).isFresh).toBe(true);
    expect(look([frame(1_000), frame(1_005)], sight).isFresh).toBe(false);
    expect(look([frame(1_005), frame(1_000)], sight).isFresh).toBe(false);
    expect(sight.isRepeating()).toBe(true);
    expect(look([frame(1_006)], sight).isFresh).toBe(true);
  });

  it('takes frames without a time of their own for fresh', () => {
    const sight = createSight(createVirtualClock());
    const plain = Buffer.from('{"e":"kline"}');
    expect([look([plain], sight).isFresh, look([plain], sight).isFresh]).toEqual([true, true]);
  });
});
