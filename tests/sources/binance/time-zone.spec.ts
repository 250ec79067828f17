import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { projectFiles } from '../../support/tidy/file.js';
import { recordedContext } from '../../support/context.js';
import { directHttp, directSockets } from '../../../src/simulator/direct.js';
import { binance } from '../../../src/sources/binance/binance.js';
import { MINUTE, minutes, recorded, worldAt } from '../../simulator/world.js';

/** Clocks go forward in London at 01:00 UTC on this day, and back on the Chatham Islands at 14:00 UTC on the other. */
const CHANGES = [
  ['Europe/London', Date.UTC(2025, 2, 30, 1)],
  ['Pacific/Chatham', Date.UTC(2025, 3, 5, 14)],
] as const;
const LOCAL = /\.(?:toLocale\w*|get(?:Hours|Minutes|Date|Day|Month|FullYear|TimezoneOffset)|to(?:Time|Date)String)\(/;

const zoneBefore = process.env['TZ'];
afterEach(() => {
  if (zoneBefore === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zoneBefore;
});

/** Everything a source says in the hour around a change of clocks, on a machine in this zone. */
const hour = (zone: string, changeMs: number): readonly string[] => {
  process.env['TZ'] = zone;
  const recordings = { usdm: ['BTCUSDT', 'ETHUSDT'].map((symbol) => recorded(symbol, minutes(600, changeMs - 400 * MINUTE))) };
  const { clock, exchange } = worldAt(changeMs - 30 * MINUTE - 5_000, { recordings, openEveryMs: { usdm: 5_000 } });
  const { context } = recordedContext({
    marketTime: clock,
    wireTime: clock,
    http: directHttp(exchange.http, clock),
    sockets: directSockets(exchange.sockets, clock),
  });
  const source = binance.create(binance.options.parse({ interval: '5m', universe: { allow: ['BTCUSDT', 'ETHUSDT'] } }), context);
  const told: string[] = [];
  const running = source.event$.subscribe((event) => {
    if (event.kind === 'bar') told.push(`bar ${event.bar.symbol} ${event.bar.openTimeMs} ${event.bar.close}`);
    else if (event.kind === 'closed') told.push(`closed ${event.series.symbol} ${event.openTimeMs}`);
  });
  const asking = source.history
    .bars({ market: 'usdm', symbol: 'BTCUSDT', interval: '5m' }, changeMs - 60 * MINUTE, changeMs - 35 * MINUTE)
    .subscribe((bars) => told.push(...bars.map(({ openTimeMs }) => `held ${openTimeMs}`)));
  clock.advanceTo(changeMs + 30 * MINUTE);
  running.unsubscribe();
  asking.unsubscribe();
  return told;
};

describe('F47: time zones and changes of clocks', () => {
  it.each(CHANGES)('F47: a machine in %s sees what one in UTC sees, over the change of its clocks', (zone, changeMs) => {
    const [there, utc] = [hour(zone, changeMs), hour('UTC', changeMs)];
    process.env['TZ'] = zone;
    const offsets = [-1, 1].map((minute) => new Date(changeMs + minute * MINUTE).getTimezoneOffset());
    expect(offsets[0]).not.toBe(offsets[1]);
    expect(there).toEqual(utc);
    expect(there.filter((line) => line.startsWith('bar BTCUSDT'))).toHaveLength(12);
  });

  it('F47: nothing in the product asks for the local time', () => {
    const sources = projectFiles().filter(({ path }) => /^(?:src|pipelines)\/.*\.ts$/.test(path));
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.filter(({ path }) => LOCAL.test(readFileSync(path, 'utf8'))).map(({ path }) => path)).toEqual([]);
  });
});
