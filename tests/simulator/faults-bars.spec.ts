import { describe, expect, it } from 'vitest';
import type { Frame, Row } from './world.js';
import { MINUTE, minutes, recorded, row, T0, worldAt } from './world.js';

const START = T0 + 100 * MINUTE;
const BTC = { market: 'usdm', symbol: 'BTCUSDT', interval: '1m' } as const;
const PATH = '/market/stream?streams=btcusdt@kline_1m';
const closedOf = (frames: readonly Frame[], openTime: number): readonly Frame[] =>
  frames.filter(({ data }) => data.k.x && data.k.t === openTime);
const rowPath = (openTime: number, interval = '1m'): string =>
  `/fapi/v1/klines?symbol=BTCUSDT&interval=${interval}&startTime=${openTime}&limit=1`;

describe('a closing event', () => {
  it('spoilClosedBar changes and drops letters of it; REST has the bar as it is', () => {
    const { clock, exchange, get, join } = worldAt(START);
    const line = join(PATH);
    exchange.faults.spoilClosedBar(BTC, START, { set: { c: '', t: START * 1000, v: null }, drop: ['x'] });
    clock.advanceTo(START + 2 * MINUTE);
    const spoiled = line.frames().find(({ data }) => data.k.t === START * 1000)!;
    expect(spoiled.data.k).toMatchObject({ c: '', v: null, T: START + MINUTE - 1, h: expect.any(String) as string });
    expect('x' in spoiled.data.k).toBe(false);
    expect(closedOf(line.frames(), START)).toHaveLength(0);
    expect(get<readonly Row[]>(rowPath(START)).json[0]![4]).toMatch(/^\d+\.\d\d$/);
    expect(exchange.log.counters().faults).toStrictEqual({ spoilClosedBar: 1 });
  });

  it('delayClosedBar lets it come after the next one', () => {
    const { clock, exchange, join } = worldAt(START);
    const line = join(PATH);
    exchange.faults.delayClosedBar(BTC, START, 90_000);
    clock.advanceTo(START + 4 * MINUTE);
    const closed = line.frames().filter(({ data }) => data.k.x);
    expect(closed.map(({ data }) => (data.k.t - START) / MINUTE)).toStrictEqual([-1, 1, 0, 2]);
    expect(exchange.log.counters().faults).toStrictEqual({ delayClosedBar: 1 });
  });

  it('reviseClosedBar tells it again with other values, which REST shows from then on', () => {
    const { clock, exchange, get, join } = worldAt(START);
    const line = join(PATH);
    exchange.faults.reviseClosedBar(BTC, START, { close: '123.45', high: '123.45' }, 5_000);
    clock.advanceTo(START + MINUTE + 1_000);
    const [, , , , before] = get<readonly Row[]>(rowPath(START)).json[0]!;
    clock.advanceTo(START + 3 * MINUTE);
    const [first, second, ...more] = closedOf(line.frames(), START);
    expect(more).toStrictEqual([]);
    expect(first!.data.k.c).toBe(before);
    expect(second!.data.k).toMatchObject({ c: '123.45', h: '123.45', o: first!.data.k.o });
    expect(second!.data.E - first!.data.E).toBe(5_000);
    expect(get<readonly Row[]>(rowPath(START)).json[0]!.slice(2, 5)).toStrictEqual(['123.45', first!.data.k.l, '123.45']);
    expect(exchange.log.closedBars(BTC, START, START)).toStrictEqual([START]);
  });

  it('contradictOverRest changes the row alone', () => {
    const { clock, exchange, get, join } = worldAt(START);
    const line = join(PATH);
    exchange.faults.contradictOverRest(BTC, START, { close: '123.45' });
    clock.advanceTo(START + 2 * MINUTE);
    expect(closedOf(line.frames(), START)[0]!.data.k.c).not.toBe('123.45');
    expect(get<readonly Row[]>(rowPath(START)).json[0]![4]).toBe('123.45');
  });

  it('closeEarly says that the open bar, or one ahead, has closed', () => {
    const { clock, exchange, join } = worldAt(START + 30_000);
    const line = join(PATH);
    exchange.faults.closeEarly(BTC);
    exchange.faults.closeEarly(BTC, 3);
    const told = line.frames().map(({ data }) => [(data.k.t - START) / MINUTE, data.k.x, data.E - START]);
    expect(told).toStrictEqual([
      [0, true, 30_000],
      [3, true, 30_000],
    ]);
    clock.advanceTo(START + 2 * MINUTE);
    const [early, due] = closedOf(line.frames(), START);
    expect(Number(due!.data.k.v)).toBeGreaterThan(Number(early!.data.k.v));
    expect(exchange.log.closedBars(BTC, START, START + 3 * MINUTE)).toStrictEqual([START, START + MINUTE]);
  });

  it('hideQuietCloses keeps back those of bars without a trade; REST and the log have them', () => {
    const flat = row(START + MINUTE, '100.00', '100.00', '100.00', '100.00', '0.000', 0);
    const lines = [...minutes(101), flat, ...minutes(5, START + 2 * MINUTE)];
    const { clock, exchange, get, join } = worldAt(START, { recordings: { usdm: [recorded('BTCUSDT', lines)] } });
    const line = join(PATH);
    exchange.faults.hideQuietCloses('usdm');
    clock.advanceTo(START + 4 * MINUTE);
    expect([0, 1, 2].map((minute) => closedOf(line.frames(), START + minute * MINUTE).length)).toStrictEqual([1, 0, 1]);
    expect(get<readonly Row[]>(rowPath(START + MINUTE)).json[0]![8]).toBe(0);
    expect(exchange.log.closedBars(BTC, START + MINUTE, START + MINUTE)).toHaveLength(1);
  });
});

describe('streams', () => {
  it('muteSeries silences one interval of a symbol alone', () => {
    const { clock, exchange, join } = worldAt(START);
    const line = join('/market/stream?streams=btcusdt@kline_1m/btcusdt@kline_5m');
    exchange.faults.muteSeries(BTC);
    clock.advanceTo(START + MINUTE);
    expect(new Set(line.frames().map(({ stream }) => stream))).toStrictEqual(new Set(['btcusdt@kline_5m']));
  });

  it('storm repeats every open bar', () => {
    const count = (copies: number): number => {
      const { clock, exchange, join } = worldAt(START);
      const line = join(PATH);
      exchange.faults.storm(copies);
      clock.advanceTo(START + 2 * MINUTE);
      return line.frames().filter(({ data }) => !data.k.x).length;
    };
    expect(count(10)).toBe(10 * count(1));
  });
});

describe('the exchange’s own log', () => {
  it('does not count what exists nowhere, for all symbols or for one, and counts it in longer bars that exist in part', () => {
    const { clock, exchange } = worldAt(START, { recordings: { usdm: [recorded('BTCUSDT'), recorded('XRPUSDT')] } });
    exchange.faults.holeAtExchange('usdm', START, START + 2 * MINUTE);
    exchange.faults.holeAtExchange('usdm', START + 5 * MINUTE, START + 10 * MINUTE, 'BTCUSDT');
    clock.advanceTo(START + 10 * MINUTE);
    const closed = (symbol: string, interval: '1m' | '5m') =>
      exchange.log
        .closedBars({ market: 'usdm', symbol, interval }, START, START + 9 * MINUTE)
        .map((time) => (time - START) / MINUTE);
    expect(closed('BTCUSDT', '1m')).toStrictEqual([2, 3, 4]);
    expect(closed('XRPUSDT', '1m')).toStrictEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(closed('BTCUSDT', '5m')).toStrictEqual([0]);
    expect(exchange.log.closedBarCount('usdm', '1m', START, START + 9 * MINUTE)).toBe(11);
  });

  it('goes on counting a symbol that is taken off the list, for its streams go on', () => {
    const { clock, exchange } = worldAt(START);
    exchange.faults.setStatus(BTC, null);
    clock.advanceTo(START + 2 * MINUTE);
    expect(exchange.log.closedBars(BTC, START, START + 9 * MINUTE)).toStrictEqual([START, START + MINUTE]);
  });
});
