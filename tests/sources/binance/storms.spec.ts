import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { binance } from '../../../src/sources/binance/binance.js';
import { START_MS, scriptedExchange } from '../../support/scripted-exchange.js';

const MINUTE_MS = 60_000;
const LAST_MS = START_MS - 20_000 - MINUTE_MS;

const world = (symbols: readonly string[], settings: z.input<typeof binance.options> = {}) => {
  const exchange = scriptedExchange(symbols);
  const source = binance.create(binance.options.parse({ interval: '1m', news: false, ...settings }), exchange.context);
  const bars: string[] = [];
  source.event$.subscribe((event) => {
    if (event.kind === 'bar') bars.push(`${event.bar.symbol} ${(event.bar.openTimeMs - LAST_MS) / MINUTE_MS}`);
  });
  const after = (ms: number) => exchange.clock.advanceTo(START_MS + ms);
  return { ...exchange, source, bars, after };
};

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `S${i}USDT`);

describe('too much, too fast, and strange', () => {
  it('F12: tells an event of an unknown kind once in an hour, and keeps no more than fifty kinds apart', () => {
    const { after, push, faults } = world(['BTCUSDT']);
    const event = (kind: string) => push({ kind: 'frame', data: Buffer.from(`{"stream":"x","data":{"e":"${kind}","extra":1}}`) });
    after(5_000);
    for (let i = 0; i < 100; i++) event('news');
    expect(faults).toMatchObject([{ kind: 'frame-unexpected', detail: 'usdm 1: an unknown event: news' }]);
    after(61 * MINUTE_MS);
    event('news');
    expect(faults.filter(({ detail }) => detail.includes('news'))[1]).toMatchObject({ count: 100 });
    for (let i = 0; i < 10_000; i++) event(`kind${i}`);
    expect(faults.filter(({ kind }) => kind === 'frame-unexpected').length).toBeLessThan(60);
  });

  it('F12: reads a bar with fields it does not know, and turns one away that lacks some', () => {
    const { after, push, frame, bars, kinds } = world(['BTCUSDT']);
    after(40_100);
    push(frame('BTCUSDT', LAST_MS + MINUTE_MS, true, { quux: { deep: [1] } }));
    push(frame('BTCUSDT', LAST_MS + MINUTE_MS, true, { c: undefined }));
    expect([bars, kinds()]).toEqual([['BTCUSDT 1'], ['bar-rejected']]);
  });

  it.each([
    ['seconds', 1 / 1_000],
    ['microseconds', 1_000],
  ])('F22: turns away a bar whose times are in %s, with the reason', (_unit, factor) => {
    const { after, push, frame, bars, faults } = world(['BTCUSDT']);
    after(40_100);
    const openTimeMs = LAST_MS + MINUTE_MS;
    push(frame('BTCUSDT', openTimeMs, true, { t: openTimeMs * factor, T: (openTimeMs + MINUTE_MS) * factor - 1 }));
    expect(bars).toEqual([]);
    expect(faults).toMatchObject([
      { kind: 'bar-rejected', detail: expect.stringContaining('its times are not in milliseconds') as string },
    ]);
  });

  it('F23: loses no closed bar in a storm of a hundred thousand frames', () => {
    const symbols = names(50);
    const { after, push, frame, bars, faults } = world(symbols);
    after(40_100);
    const open = symbols.map((symbol) => frame(symbol, LAST_MS + MINUTE_MS, false));
    for (let round = 0; round < 2_000; round++) for (const each of open) push(each);
    for (const symbol of symbols) push(frame(symbol, LAST_MS + MINUTE_MS));
    expect(bars).toEqual(symbols.map((symbol) => `${symbol} 1`));
    expect(faults).toEqual([]);
  });

  it.each([
    ['usdm', 4],
    ['spot', 3],
  ] as const)('F25: sends at most as many messages a second on %s as leave room for a pong', (market, most) => {
    const { after, connections, state } = world(names(1_000), { markets: [market], streamsPerSocket: 1_024 });
    state.closes = new Set();
    after(10 * MINUTE_MS);
    const times = connections.flatMap(({ sent }) => sent.map(({ atMs }) => atMs)).sort((a, b) => a - b);
    expect(times.length).toBeGreaterThan(20);
    const inSecond = times.map((from) => times.filter((atMs) => atMs >= from && atMs < from + 1_000).length);
    expect(Math.max(...inSecond)).toBe(most);
  });

  it('F27: comes back with all sockets one by one, two seconds apart, however often all of them are lost', () => {
    const { after, connections, push, clock } = world(names(20), { streamsPerSocket: 1 });
    after(60_000);
    expect(connections).toHaveLength(20);
    for (let round = 0; round < 20; round++) {
      push({ kind: 'closed', code: 1006, reason: '' });
      after(clock.now() - START_MS + 15_000);
    }
    after(clock.now() - START_MS + 120_000);
    const times = connections.map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((atMs, i) => atMs - (times[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2_000);
    const inFiveMinutes = times.map((from) => times.filter((atMs) => atMs >= from && atMs < from + 5 * MINUTE_MS).length);
    expect(Math.max(...inFiveMinutes)).toBeLessThanOrEqual(150);
    expect(connections.filter(({ isOpen }) => isOpen)).toHaveLength(20);
  });

  it('F30: carries ten thousand symbols on fifty sockets within two minutes', () => {
    const { after, connections, source, state } = world(names(10_000));
    state.closes = new Set();
    after(120_000);
    expect(connections).toHaveLength(50);
    const carried = connections.map(({ streams }) => streams.size);
    expect([Math.max(...carried), carried.reduce((sum, each) => sum + each, 0)]).toEqual([200, 10_000]);
    expect(source.status().series).toBe(10_000);
  });
});
