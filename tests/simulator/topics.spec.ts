import { describe, expect, it } from 'vitest';
import { MINUTE, minutes, recorded, row, T0, worldAt } from './world.js';

const START = T0 + 100 * MINUTE;

interface Ticker {
  readonly e: string;
  readonly s: string;
  readonly c: string;
  readonly q: string;
  readonly v: string;
  readonly n?: number;
  readonly st?: number;
}
const arrays = (line: { frames(): readonly unknown[] }): readonly (readonly Ticker[])[] =>
  line.frames().filter((frame) => Array.isArray(frame)) as never;

describe('tickers of a whole market', () => {
  it('come every second, first for all that trade and then for what has traded since', () => {
    const quiet = [...minutes(100), ...Array.from({ length: 5 }, (_, minute) => row(START + minute * MINUTE, '100.00', '100.00', '100.00', '100.00', '0.000', 0))]; // prettier-ignore
    const usdm = [recorded('XRPUSDT'), recorded('QUIETUSDT', quiet)];
    const { clock, join } = worldAt(START + 10_000, { recordings: { usdm } });
    const line = join('/market/ws/!ticker@arr');
    clock.advanceTo(START + 10_000 + 30_000);
    const [first, ...more] = arrays(line);
    expect(first!.map(({ s }) => s)).toStrictEqual(['XRPUSDT', 'QUIETUSDT']);
    expect(more.length).toBeGreaterThan(3);
    expect(new Set(more.flat().map(({ s }) => s))).toStrictEqual(new Set(['XRPUSDT']));
  });

  it('agree with the answer over REST', () => {
    const { clock, get, join } = worldAt(START + 10_000);
    const line = join('/market/stream?streams=!miniTicker@arr');
    clock.advanceTo(START + 11_000);
    const [frame] = line.frames() as unknown as readonly { readonly stream: string; readonly data: readonly Ticker[] }[];
    const { lastPrice, quoteVolume } = get('/fapi/v1/ticker/24hr?symbol=BTCUSDT').json;
    expect(frame).toMatchObject({ stream: '!miniTicker@arr', data: [{ s: 'BTCUSDT', c: lastPrice, q: quoteVolume, st: 1 }, {}] });
  });

  it('hold a coin-margined row in units of its own', () => {
    const { clock, join } = worldAt(START + 10_000);
    const line = join('/market/ws/!ticker@arr');
    clock.advanceTo(START + 11_000);
    const [[bitcoin, inverse] = []] = arrays(line);
    expect(inverse).toMatchObject({ s: 'BTCUSD_PERP', ps: 'BTCUSD', st: 2 });
    expect(Number(inverse!.q)).toBeCloseTo(Number(bitcoin!.v), 3);
    expect(Number(inverse!.v)).toBeCloseTo(Number(bitcoin!.q) / 100, -1);
  });

  it('of spot: the mini ticker alone, without st; the full one is retired and silent', () => {
    const { clock, join } = worldAt(START + 10_000);
    const [mini, full] = [join('/spot/ws/!miniTicker@arr'), join('/spot/ws/!ticker@arr')];
    clock.advanceTo(START + 13_000);
    expect(arrays(mini)[0]!.map(({ e, s }) => [e, s])).toStrictEqual([['24hrMiniTicker', 'ETHUSDT']]);
    expect(arrays(mini)[0]![0]).not.toHaveProperty('st');
    expect(full.out).toStrictEqual([{ kind: 'open' }]);
  });

  it('have the cadence they are given, and cost nothing when nobody listens', () => {
    const { clock, exchange, join } = worldAt(START + 10_000, { topicsEveryMs: 30_000 });
    join('/market/ws/xrpusdt@kline_1m');
    const line = join('/market/ws/!miniTicker@arr');
    clock.advanceTo(START + 10_000 + 2 * MINUTE);
    expect(arrays(line)).toHaveLength(4);
    expect(exchange.log.counters().framesSent).toBe(4);
  });
});
