import { afterEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { Close } from '../../src/model/close.js';
import type { Fault } from '../../src/model/fault.js';
import type { binance } from '../../src/sources/binance/binance.js';
import { MINUTE, T0, minutes, recorded, worldAt } from '../simulator/world.js';
import { createVirtualMonitor } from './virtual-monitor.js';

/*
 * Listings that come and go while the whole monitor runs, on the simulated exchange in virtual time. The pipeline alerts at
 * every bar that it may judge, so that one it must not judge would be seen.
 */

const HOUR = 60 * MINUTE;
/** Bars lie before it for warm-up; 20 s into a minute. */
const BEGIN = T0 + 400 * MINUTE + 20_000;
/** A series is judged from its 29th bar on (signals.md §2.2). */
const WARM_BARS = 29;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const world = (symbols: readonly string[], hours = 3, source: z.input<typeof binance.options> = {}) => {
  const lines = minutes(400 + hours * 60);
  const market = source.markets?.[0] ?? 'usdm';
  const recordings = { [market]: symbols.map((symbol) => recorded(symbol, lines)) };
  const { clock, exchange } = worldAt(BEGIN, {
    recordings,
    beside: { usdm: [] },
    openEveryMs: { usdm: hours > 3 ? 300_000 : 20_000 },
  });
  const text = JSON.stringify({
    pipeline: {
      type: 'momentum',
      moveThreshold: 0.1,
      volumeLogZThreshold: 0.1,
      liquidityLevel: 0,
      cooldown: '1s',
      flood: 'off',
      correlation: 'off',
    },
    source: { type: 'binance', interval: '1m', ...source },
    store: { type: 'memory' },
    sinks: [{ type: 'console', color: 'never' }],
    health: { enabled: false },
  });
  const closes: Close[] = [];
  const failures: unknown[] = [];
  const { monitor, faults, printed } = createVirtualMonitor({
    text,
    clock,
    http: exchange.http,
    sockets: exchange.sockets,
    random: () => 0.5,
  });
  const running = monitor.outcome$.subscribe({
    next: (outcome) => {
      if (outcome.kind === 'close') closes.push(outcome.close);
    },
    error: (error: unknown) => failures.push(error),
  });
  cleanups.push(() => {
    running.unsubscribe();
    expect(failures).toEqual([]);
  });
  return {
    exchange,
    clock,
    closes,
    printed,
    at: (ms: number) => clock.advanceTo(BEGIN + ms),
    faults,
    told: (kind: Fault['kind']) => faults.filter((fault) => fault.kind === kind),
    /** Open times of the bars of a symbol that were judged, and of those that made an alert. */
    judged: (symbol: string) =>
      closes.flatMap((close) => close.judged.filter(({ bar }) => bar.symbol === symbol).map(({ bar }) => bar.openTimeMs)),
    alerted: (symbol: string) =>
      closes.flatMap((close) => close.alerts.filter((alert) => alert.symbol === symbol).map(({ openTimeMs }) => openTimeMs)),
    expected: () => closes.at(-1)?.expected,
    struck: () => Object.keys(exchange.log.counters().faults),
  };
};

const NAMES = ['AUSDT', 'BUSDT', 'CUSDT'];
const barAt = (ms: number): number => Math.floor((BEGIN + ms) / MINUTE) * MINUTE;

describe('symbols that come and go while the monitor runs', { timeout: 120_000 }, () => {
  it('F38: a list cut in half for five minutes costs no bar of anybody', () => {
    const { exchange, at, judged, told, struck, expected } = world(['AUSDT', 'BUSDT', 'CUSDT', 'DUSDT']);
    at(10 * MINUTE);
    const undo = exchange.faults.shrinkCatalogue('usdm', 0.5);
    at(65 * MINUTE);
    undo();
    at(90 * MINUTE);
    expect(struck()).toEqual(['shrinkCatalogue']);
    expect(told('universe-suspicious')).toHaveLength(1);
    for (const symbol of ['AUSDT', 'DUSDT']) expect(judged(symbol)).toHaveLength(90);
    expect(expected()).toBe(4);
  });

  it('F39: a delisting in the middle of a bar: that bar is not judged, and soon nobody expects the symbol', () => {
    const { exchange, at, judged, alerted, told, struck, expected, closes } = world(NAMES);
    const stopMs = 10 * MINUTE;
    at(stopMs);
    exchange.faults.stopTrading({ market: 'usdm', symbol: 'BUSDT' });
    at(30 * MINUTE);
    // The exchange did close the bar in which trading stopped.
    const closed = exchange.log.closedBars({ market: 'usdm', symbol: 'BUSDT', interval: '1m' }, barAt(0), BEGIN + 30 * MINUTE);
    expect([struck(), closed.at(-1)]).toEqual([['stopTrading'], barAt(stopMs)]);
    expect(judged('BUSDT').at(-1)).toBe(barAt(stopMs) - MINUTE);
    expect(alerted('BUSDT').at(-1)).toBe(barAt(stopMs) - MINUTE);
    expect(told('symbol-stopped')).toMatchObject([{ detail: expect.stringContaining('BUSDT') as string }]);
    expect(expected()).toBe(2);
    expect(judged('AUSDT')).toHaveLength(30);
    expect(closes.slice(-15).every(({ received, expected: due }) => received === due)).toBe(true);
  });

  it('F40: a symbol that is listed again after more than a day begins anew, and is judged when it is warm', () => {
    const BAR = 15 * MINUTE;
    // Two hours in, a look an hour: the source need not hear of it at once here.
    const { exchange, at, judged, alerted, told, struck } = world(NAMES, 40, { interval: '15m', news: false });
    at(2 * HOUR);
    const undo = exchange.faults.stopTrading({ market: 'usdm', symbol: 'BUSDT' });
    at(28 * HOUR);
    const stoppedMs = judged('BUSDT').at(-1) ?? 0;
    expect(stoppedMs).toBeLessThan(BEGIN + 3 * HOUR);
    undo();
    at(38 * HOUR);
    const again = judged('BUSDT').filter((openTimeMs) => openTimeMs > stoppedMs);
    expect([struck(), told('series-restarted').length]).toEqual([['stopTrading'], 1]);
    expect(again[0]).toBeGreaterThanOrEqual(BEGIN + 28 * HOUR - BAR);
    expect(again).toEqual(again.map((_, index) => (again[0] ?? 0) + index * BAR));
    expect(alerted('BUSDT').find((openTimeMs) => openTimeMs > stoppedMs)).toBe((again[0] ?? 0) + (WARM_BARS - 1) * BAR);
  });

  it('F41: a new symbol joins as soon as it has traded enough and is judged when it is warm, without a bar lost', () => {
    const universe = { minHourlyQuoteVolume: 100 };
    const { exchange, at, judged, alerted, struck, expected } = world(NAMES, 3, { universe });
    const listedMs = 15 * MINUTE;
    at(listedMs);
    exchange.faults.listSymbol('usdm', { symbol: 'NEWUSDT', plays: 'AUSDT' });
    at(listedMs + 80 * MINUTE);
    expect([struck(), expected()]).toEqual([['listSymbol'], 4]);
    // It trades 1 000 an hour in the third minute of its life; the bars before are history.
    const firstMs = barAt(listedMs) + MINUTE;
    const times = judged('NEWUSDT');
    expect(((times[0] ?? 0) - firstMs) / MINUTE).toBeLessThanOrEqual(4);
    expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * MINUTE));
    expect(times.at(-1)).toBe(judged('AUSDT').at(-1));
    expect(alerted('NEWUSDT')[0]).toBe(firstMs + (WARM_BARS - 1) * MINUTE);
    expect(alerted('AUSDT')[0]).toBe(barAt(0));
  });

  it('F42: symbols of any letters are followed, judged and told', () => {
    // Spot, for the futures market takes lower case for upper case over REST.
    const odd = ['__proto__', 'constructor', '币安人生USDT', '"QUOTE"', '**BOLD**USDT'];
    const { at, judged, alerted, printed, faults } = world(odd, 3, { markets: ['spot'] });
    at(20 * MINUTE);
    expect(faults).toEqual([]);
    for (const symbol of odd) {
      expect([symbol, judged(symbol).length]).toEqual([symbol, 20]);
      expect([symbol, alerted(symbol).length]).toEqual([symbol, 20]);
      expect(printed.some((line) => line.includes(symbol))).toBe(true);
    }
  });
});
