import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { binance } from '../../../src/sources/binance/binance.js';
import { closesOf } from '../../../src/sources/binance/closes.js';
import type { FeedEvent } from '../../../src/ports/source.js';
import { START_MS, scriptedExchange } from '../../support/scripted-exchange.js';

const MINUTE_MS = 60_000;
const MIDNIGHT_MS = START_MS - 20_000;

const world = (settings: z.input<typeof binance.options>) => {
  const exchange = scriptedExchange(['AUSDT', 'BUSDT']);
  exchange.state.closes = null;
  const source = binance.create(binance.options.parse({ interval: '1m', news: false, ...settings }), exchange.context);
  const events: FeedEvent[] = [];
  source.event$.subscribe((event) => events.push(event));
  const after = (ms: number) => exchange.clock.advanceTo(START_MS + ms);
  /** `5m closed AUSDT 3`, the number being minutes since midnight. */
  const lines = () =>
    events.splice(0).map((event) => {
      if (event.kind === 'roster') return `${event.interval} roster ${event.symbols.join()}`;
      const { interval, symbol } = event.kind === 'bar' ? event.bar : event.series;
      const openTimeMs = event.kind === 'bar' ? event.bar.openTimeMs : event.openTimeMs;
      return `${interval} ${event.kind} ${symbol} ${(openTimeMs - MIDNIGHT_MS) / MINUTE_MS}`;
    });
  return { ...exchange, source, after, lines };
};

describe('many intervals from one feed', () => {
  it.each(['resample', 'subscribe'] as const)('tells roster and closes of each, the longest first (%s)', (higherFrom) => {
    const { after, lines, source } = world({ higherIntervals: ['5m', '15m'], higherFrom });
    after(1_000);
    expect(lines()).toEqual([
      '15m roster AUSDT,BUSDT',
      '15m closed AUSDT -15',
      '15m closed BUSDT -15',
      '5m roster AUSDT,BUSDT',
      '5m closed AUSDT -5',
      '5m closed BUSDT -5',
      '1m roster AUSDT,BUSDT',
      '1m closed AUSDT -1',
      '1m closed BUSDT -1',
    ]);
    after(14.5 * MINUTE_MS);
    lines();
    after(15 * MINUTE_MS);
    expect(lines().filter((line) => line.includes('closed'))).toEqual([
      '15m closed AUSDT 0',
      '15m closed BUSDT 0',
      '5m closed AUSDT 10',
      '5m closed BUSDT 10',
      '1m closed AUSDT 14',
      '1m closed BUSDT 14',
    ]);
    expect(source.status().series).toBe(6);
  });

  it('subscribes to the smallest alone, or to each', () => {
    const sent = (higherFrom: 'resample' | 'subscribe') => {
      const { after, connections } = world({ higherIntervals: ['1h'], higherFrom });
      after(5_000);
      return connections.flatMap((connection) => connection.sent.flatMap(({ params }) => params));
    };
    expect(sent('resample')).toEqual(['ausdt@kline_1m', 'busdt@kline_1m']);
    expect(sent('subscribe')).toEqual(['ausdt@kline_1h', 'ausdt@kline_1m', 'busdt@kline_1h', 'busdt@kline_1m']);
  });

  it('counts streams, not symbols, on a socket', () => {
    const { after, source } = world({ higherIntervals: ['5m', '15m'], higherFrom: 'subscribe', streamsPerSocket: 4 });
    after(5_000);
    expect(source.status().sockets.map(({ name, streams }) => [name, streams])).toEqual([
      ['usdm 1', 4],
      ['usdm 2', 2],
    ]);
  });

  it('takes longer bars from the stream only where they were subscribed to', () => {
    const bar = (higherFrom: 'resample' | 'subscribe') => {
      const { after, push, frame, lines, kinds, state } = world({ higherIntervals: ['5m'], higherFrom });
      state.closes = new Set();
      after(4 * MINUTE_MS + 45_000);
      lines();
      push(frame('AUSDT', MIDNIGHT_MS, true, { T: MIDNIGHT_MS + 5 * MINUTE_MS - 1, i: '5m' }));
      return [lines(), kinds().includes('frame-unexpected')];
    };
    expect(bar('subscribe')).toEqual([['5m bar AUSDT 0'], false]);
    expect(bar('resample')).toEqual([[], true]);
  });

  it.each([
    [{ interval: '15m', higherIntervals: ['5m'] }, 'must be longer than interval (15m) and a multiple of it'],
    [{ interval: '15m', higherIntervals: ['15m'] }, 'must be longer than interval (15m) and a multiple of it'],
    [{ interval: '8h', higherIntervals: ['12h'] }, 'must be longer than interval (8h) and a multiple of it'],
    [{ interval: '15m', higherIntervals: ['1h', '4h', '1h'] }, 'is named twice'],
  ])('refuses %j', (settings, message) => {
    expect(binance.options.safeParse(settings).error?.issues.map((issue) => issue.message)).toEqual([message]);
  });

  it('tells what closed in a leap of the clock, once for each interval', () => {
    const clock = createVirtualClock(MIDNIGHT_MS + 20_000);
    let leapMs = 0;
    const leaping = { now: () => clock.now() + leapMs, schedule: clock.schedule.bind(clock) };
    const told: string[] = [];
    const running = closesOf(['1h', '1m'], 3_000, leaping).subscribe((closes) =>
      told.push(closes.map(({ interval, openTimeMs }) => `${interval} ${(openTimeMs - MIDNIGHT_MS) / MINUTE_MS}`).join(', ')),
    );
    leapMs = 70 * MINUTE_MS;
    clock.advanceTo(MIDNIGHT_MS + 120_000);
    running.unsubscribe();
    expect(told).toEqual(['1h 0, 1m 69', '1m 70', '1m 71'].slice(0, told.length));
    expect(told.length).toBeGreaterThan(1);
  });
});
