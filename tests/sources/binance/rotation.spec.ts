import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { binance } from '../../../src/sources/binance/binance.js';
import { START_MS, scriptedExchange } from '../../support/scripted-exchange.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const LAST_MS = START_MS - 20_000 - MINUTE_MS;
const SHUTDOWN = Buffer.from('{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}');

const world = (symbols: readonly string[] = ['BTCUSDT'], settings: z.input<typeof binance.options> = {}) => {
  const exchange = scriptedExchange(symbols);
  exchange.state.closes = null;
  const source = binance.create(
    binance.options.parse({ interval: '1m', news: false, rotateAfter: '1h', ...settings }),
    exchange.context,
  );
  const bars = new Map<string, number[]>();
  source.event$.subscribe((event) => {
    if (event.kind !== 'bar') return;
    const { symbol, openTimeMs } = event.bar;
    bars.set(symbol, [...(bars.get(symbol) ?? []), (openTimeMs - LAST_MS) / MINUTE_MS]);
  });
  const after = (ms: number) => exchange.clock.advanceTo(START_MS + ms);
  /** For how long each connection and its successor were there together; negative for a hole. */
  const overlaps = () =>
    exchange.connections.slice(1).map(({ atMs }, i) => (exchange.connections[i]?.leftAtMs ?? Infinity) - atMs);
  /** Every minute since the start by stream, each at least once and in order. */
  const isWhole = (symbol: string, minutes: number) => {
    const seen = bars.get(symbol) ?? [];
    expect([...new Set(seen)]).toEqual(Array.from({ length: minutes }, (_, i) => i + 1));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  };
  return { ...exchange, source, bars, after, overlaps, isWhole };
};

describe('a planned change of connection', () => {
  it('F4: opens the new one before the age of the old is up, sees data on it, and only then leaves the old one', () => {
    const { after, connections, overlaps, isWhole, faults, source } = world();
    after(3.5 * HOUR_MS);
    expect(connections).toHaveLength(4);
    // Random is ½: no jitter. A pulse of five seconds looks at the age.
    expect(connections.slice(1).map(({ atMs }, i) => Math.round((atMs - (connections[i]?.atMs ?? 0)) / MINUTE_MS))).toEqual([
      60, 60, 60,
    ]);
    for (const overlapMs of overlaps()) {
      expect(overlapMs).toBeGreaterThan(2_000);
      expect(overlapMs).toBeLessThanOrEqual(30_000);
    }
    isWhole('BTCUSDT', 210);
    expect(faults).toEqual([]);
    expect(source.status().sockets).toMatchObject([{ name: 'usdm 1', open: true, losses: 0, rotations: 3 }]);
  });

  it('F4: spreads the changes of many sockets by chance, a fiftieth of the age before and after', () => {
    const symbols = Array.from({ length: 8 }, (_, i) => `S${i}USDT`);
    const { after, connections, context } = world(symbols, { streamsPerSocket: 1, rotateAfter: '1h' });
    let number = 0;
    Object.assign(context, { random: () => (number = (number + 0.37) % 1) });
    after(1.1 * HOUR_MS);
    expect(connections).toHaveLength(16);
    const ages = connections.slice(8).map(({ atMs }) => (atMs - START_MS) / MINUTE_MS);
    // 23 hours by default, so that half an hour is left for the change.
    expect(Math.min(...ages)).toBeGreaterThan(58.6);
    expect(Math.max(...ages)).toBeLessThan(61.7);
    expect(Math.max(...ages) - Math.min(...ages)).toBeGreaterThan(0.7);
  });

  it('F5: takes place at once when the exchange announces a shutdown, one socket after the other', () => {
    const { after, connections, push, overlaps, isWhole, kinds, clock } = world(['AUSDT', 'BUSDT', 'CUSDT'], {
      streamsPerSocket: 1,
    });
    after(10 * MINUTE_MS + 15_000);
    push({ kind: 'frame', data: SHUTDOWN });
    const toldMs = clock.now();
    after(15 * MINUTE_MS);
    expect(connections).toHaveLength(6);
    expect(connections.slice(3).map(({ atMs }) => atMs - toldMs)).toEqual([0, 2_000, 4_000]);
    for (let i = 0; i < 3; i++) expect((connections[i]?.leftAtMs ?? 0) - (connections[i + 3]?.atMs ?? 0)).toBeGreaterThan(2_000);
    expect(overlaps()).toHaveLength(5);
    for (const symbol of ['AUSDT', 'BUSDT', 'CUSDT']) isWhole(symbol, 15);
    expect(new Set(kinds())).toEqual(new Set(['feed-moved']));
  });

  it('stays on the old connection while no new one can be had, and on the new one alone when the old one ends first', () => {
    const { after, connections, state, isWhole, push, kinds } = world();
    state.meets = (number) => (number >= 2 && number <= 5 ? { kind: 'refused', status: 503, headers: {} } : null);
    after(HOUR_MS + 8_000);
    expect(connections.map(({ isOpen }) => isOpen)).toEqual([true, false, false, false, false]);
    after(2 * HOUR_MS - 60_000);
    expect(connections.filter(({ isOpen }) => isOpen)).toHaveLength(1);
    isWhole('BTCUSDT', 119);
    expect(new Set(kinds())).toEqual(new Set(['feed-refused']));
    // The exchange ends the old connection in the middle of the change.
    push({ kind: 'frame', data: SHUTDOWN });
    push({ kind: 'closed', code: 1001, reason: '' });
    after(2 * HOUR_MS);
    expect(connections.filter(({ isOpen }) => isOpen)).toHaveLength(1);
    isWhole('BTCUSDT', 120);
  });

  it('does not count a connection as ready on which nothing flows', () => {
    const { after, connections, state, faults } = world();
    after(HOUR_MS);
    state.flows = false;
    after(HOUR_MS + 40_000);
    const [first, second] = connections;
    expect([first?.isOpen, (second?.leftAtMs ?? Infinity) - (second?.atMs ?? 0) <= 30_000]).toEqual([true, true]);
    expect(faults.map(({ kind }) => kind)).toEqual(['path-silent']);
  });
});
