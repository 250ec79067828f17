import { afterEach, describe, expect, it } from 'vitest';
import type { Bar, FormingBar } from '../../../src/model/bar.js';
import type { Fault } from '../../../src/model/fault.js';
import { directHttp, directSockets } from '../../../src/simulator/direct.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { binance } from '../../../src/sources/binance/binance.js';
import type { BarFields } from '../../../src/sources/binance/door.js';
import { glimpse } from '../../../src/sources/binance/door.js';
import type { Look } from '../../../src/sources/binance/glance.js';
import { createLook } from '../../../src/sources/binance/glance.js';
import { createSight } from '../../../src/sources/binance/sight.js';
import { MINUTE, T0, recorded, worldAt } from '../../simulator/world.js';

const SYMBOLS = ['S0USDT', 'S1USDT', '币安人生USDT'];
const START = T0 + 600 * MINUTE + 20_000;
const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** The source against the simulated exchange, which shows every open bar once a second. */
const world = () => {
  const { clock, exchange } = worldAt(START, {
    recordings: { usdm: SYMBOLS.map((symbol) => recorded(symbol)) },
    openEveryMs: { usdm: 1_000 },
  });
  const faults: Fault[] = [];
  const source = binance.create(binance.options.parse({ interval: '1m', news: false }), {
    marketTime: clock,
    wireTime: clock,
    http: directHttp(exchange.http, clock),
    sockets: directSockets(exchange.sockets, clock),
    random: () => 0.5,
    report: (fault) => void faults.push(fault),
    print: () => undefined,
    files: {} as never,
  });
  const bars: Bar[] = [];
  const running = source.event$.subscribe((event) => event.kind === 'bar' && bars.push(event.bar));
  cleanups.push(() => running.unsubscribe());
  const look = (everyMs: number) => {
    const seen: FormingBar[] = [];
    const looking = source.forming?.(everyMs).subscribe((bar) => seen.push(bar));
    cleanups.push(() => looking?.unsubscribe());
    return { seen, stop: () => looking?.unsubscribe() };
  };
  return {
    bars,
    faults,
    look,
    at: (minute: number, second: number) => clock.advanceTo(T0 + (600 + minute) * MINUTE + second * 1_000),
  };
};

describe('forming bars of the source', () => {
  it('are told at most once in so long, of every series, as they were then, and never as bars', () => {
    const { look, at, bars, faults } = world();
    const { seen } = look(5_000);
    at(5, 0);
    for (const symbol of SYMBOLS) {
      const times = seen.filter((bar) => bar.symbol === symbol).map(({ seenAtMs }) => seenAtMs);
      const gaps = times.slice(1).map((time, i) => time - (times[i] as number));
      // Four minutes and a half, less what connecting takes: some fifty of them.
      expect(times.length).toBeGreaterThan(45);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5_000);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(7_000);
    }
    for (const bar of seen) {
      expect(bar).toMatchObject({ forming: true, market: 'usdm', interval: '1m' });
      expect(bar).not.toHaveProperty('provenance');
      expect(bar.seenAtMs - bar.openTimeMs).toBeGreaterThanOrEqual(0);
      expect(bar.seenAtMs - bar.openTimeMs).toBeLessThan(MINUTE);
    }
    const closed = bars.find(({ symbol, openTimeMs }) => symbol === 'S0USDT' && openTimeMs === T0 + 602 * MINUTE) as Bar;
    const of = seen.filter(({ symbol, openTimeMs }) => symbol === 'S0USDT' && openTimeMs === closed.openTimeMs);
    const volumes = of.map(({ volume }) => volume ?? NaN);
    expect(volumes).toStrictEqual([...volumes].sort((a, b) => a - b));
    expect(volumes.at(-1)).toBeLessThanOrEqual(closed.volume ?? NaN);
    expect(of.every(({ open }) => open === closed.open)).toBe(true);
    expect(faults).toStrictEqual([]);
  });

  it('are not read before somebody looks, nor after, and closed bars are the same', () => {
    const [plain, looked] = [world(), world()];
    looked.at(1, 30);
    const { seen, stop } = looked.look(1_000);
    looked.at(3, 0);
    expect(seen.length).toBeGreaterThan(3 * 60);
    stop();
    const before = seen.length;
    for (const each of [plain, looked]) each.at(6, 0);
    expect(seen.length).toBe(before);
    expect(looked.bars).toStrictEqual(plain.bars);
    expect(plain.bars.length).toBeGreaterThanOrEqual(3 * 5);
  });
});

const frame = (stream: string, x: boolean): Buffer =>
  Buffer.from(
    `{"stream":"${stream}","data":{"e":"kline","E":1,"s":"A","k":{"t":0,"T":59999,"s":"A","i":"1m","f":1,"L":1,"o":"1","c":"1","h":"1","l":"1","v":"1","n":1,"x":${x},"q":"1","V":"1","Q":"1","B":"0"}}}`,
  );

describe('frames of open bars', () => {
  it('pass unread while nobody looks, and are wanted one by one while somebody does', () => {
    const clock = createVirtualClock(START);
    const glance = { look: null as Look | null };
    const sight = createSight(clock, glance);
    const open = frame('a@kline_1m', false);
    sight.saw(open);
    expect(sight.keep(open)).toBe(false);
    const look = createLook(5_000, clock);
    glance.look = look;
    expect([sight.keep(open), look.takes('a@kline_1m'), sight.keep(open)]).toStrictEqual([true, true, false]);
    expect([look.takes('a@kline_1m'), sight.keep(frame('b@kline_1m', false))]).toStrictEqual([false, true]);
    clock.advanceTo(START + 5_000);
    expect([sight.keep(open), look.takes('a@kline_1m'), sight.keep(open)]).toStrictEqual([true, true, false]);
    expect(sight.keep(frame('a@kline_1m', true))).toBe(true);
    glance.look = null;
    clock.advanceTo(START + 50_000);
    expect(sight.keep(open)).toBe(false);
  });

  it('are not wanted without the name of their stream', () => {
    expect(createLook(1, createVirtualClock(START)).wants(Buffer.from('{"e":"kline"}'))).toBe(false);
    expect(createLook(1, createVirtualClock(START)).wants(Buffer.from('{'))).toBe(false);
  });
});

describe('an open bar at the door', () => {
  const series = { market: 'usdm', symbol: 'A', interval: '1m' } as const;
  const fields: BarFields = {
    openTime: START - 20_000, closeTime: START + 39_999, open: '10', high: '12', low: '9', close: '11',
    volume: '5', quoteVolume: '50', trades: 3, takerVolume: '2', takerQuoteVolume: '20',
  }; // prettier-ignore
  it('is let in while it forms', () => {
    expect(glimpse(series, fields, START, 2_000)).toMatchObject({ forming: true, close: 11, seenAtMs: START });
  });
  it.each([
    ['its end has come', {}, START + 40_000],
    ['it is yet to begin', {}, START - 23_000],
    ['it is no number', { close: 'x' }, START],
    ['its high is not the highest', { high: '10' }, START],
    ['it is not on the grid', { openTime: START - 19_000 }, START],
    ['it has no time', { openTime: 'now' }, START],
  ])('is turned away when %s', (_, given, nowMs) => {
    expect(glimpse(series, { ...fields, ...given }, nowMs, 2_000)).toBeNull();
  });
});
