import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecording, fewestTrades } from '../../src/simulator/exchange/recording.js';
import { createSyntheticRecordings } from '../../src/simulator/synthetic.js';
import { MINUTE, T0, worldAt } from './world.js';

const made = (seed: number, symbols: number | readonly string[], bars: number) =>
  createSyntheticRecordings({ seed, symbols, interval: '1m', fromMs: T0, toMs: T0 + bars * MINUTE }).usdm;

describe('synthetic recordings', () => {
  it('are the same for the same seed, and others for another', () => {
    const columns = (seed: number) => made(seed, 3, 500).map(({ numbers }) => [...numbers.close]);
    expect(columns(1)).toStrictEqual(columns(1));
    expect(columns(1)).not.toStrictEqual(columns(2));
  });

  it('hold bars that could be: every number is what its text says, prices and volumes fit, each bar opens where the last closed', () => {
    fc.assert(
      fc.property(fc.nat(1_000), (seed) => {
        for (const recording of made(seed, 12, 200)) {
          const { numbers } = recording;
          for (let cell = 0; cell < recording.cells; cell++) {
            const { open, high, low, close, volume, quoteVolume, trades } = recording.text(cell);
            const [o, h, l, c, v, q] = [open, high, low, close, volume, quoteVolume].map(Number) as [
              number, number, number, number, number, number,
            ]; // prettier-ignore
            expect([o, h, l, c, v, q, trades]).toStrictEqual(
              [numbers.open, numbers.high, numbers.low, numbers.close, numbers.volume, numbers.quote_volume, numbers.count].map(
                (column) => column[cell],
              ),
            );
            expect(l > 0 && l <= Math.min(o, c) && h >= Math.max(o, c)).toBe(true);
            expect(
              v === 0 ? q === 0 && trades === 0 && h === l : trades >= fewestTrades({ open: o, high: h, low: l, close: c }),
            ).toBe(true);
            if (cell > 0) expect(o).toBe(numbers.close[cell - 1]);
          }
        }
      }),
      { numRuns: 5 },
    );
  });

  it('could have been read from a file: a recording made of their texts says the same', () => {
    const [, , synthetic] = made(7, 3, 50);
    const lines = Array.from({ length: 50 }, (_, cell) => {
      const bar = synthetic!.text(cell);
      const openTime = T0 + cell * MINUTE;
      return [openTime, bar.open, bar.high, bar.low, bar.close, bar.volume, openTime + MINUTE - 1, bar.quoteVolume, bar.trades, bar.takerVolume, bar.takerQuoteVolume, 0].join(); // prettier-ignore
    });
    const read = createRecording('C0003USDT', '1m', lines);
    for (let cell = 0; cell < 50; cell++) expect(read.text(cell)).toStrictEqual(synthetic!.text(cell));
  });

  it('hold something to find: jumps, thin symbols, and a market that moves together', () => {
    const all = made(1, 50, 3_000);
    const returns = all.map(({ numbers }) =>
      Array.from(numbers.close, (close, cell) => Math.log(close / (numbers.open[cell] as number))),
    );
    expect(returns.flat().filter((change) => Math.abs(change) > 0.01).length).toBeGreaterThan(10);
    const quiet = all.map(({ numbers }) => numbers.volume.filter((volume) => volume === 0).length / 3_000);
    expect(quiet.filter((share) => share > 0.25)).toHaveLength(5);
    expect(quiet.filter((share) => share === 0)).toHaveLength(45);
    const [a, b] = returns as unknown as readonly [readonly number[], readonly number[]];
    const same = a.filter((change, cell) => Math.sign(change) === Math.sign(b[cell] as number)).length / a.length;
    expect(same).toBeGreaterThan(0.52);
  });

  it('have the names they are given, and share paths when they are told to', () => {
    expect(made(1, ['币安人生USDT', 'BTCUSDT'], 3).map(({ symbol }) => symbol)).toStrictEqual(['币安人生USDT', 'BTCUSDT']);
    const many = createSyntheticRecordings({
      seed: 1,
      symbols: 10_000,
      interval: '1m',
      fromMs: T0,
      toMs: T0 + 300 * MINUTE,
      paths: 16,
    });
    expect(new Set(many.usdm.map(({ numbers }) => numbers.close)).size).toBe(16);
    expect(new Set(many.usdm.map(({ symbol }) => symbol)).size).toBe(10_000);
    expect(many.usdm.slice(0, 3).map(({ symbol }) => symbol)).toStrictEqual(['BTCUSDT', 'ETHUSDT', 'C0003USDT']);
  });

  it('refuse a span off the grid', () => {
    const options = { seed: 1, symbols: 1, interval: '1m', fromMs: T0 + 1, toMs: T0 + MINUTE } as const;
    expect(() => createSyntheticRecordings(options)).toThrow(RangeError);
    expect(() => createSyntheticRecordings({ ...options, fromMs: T0, toMs: T0 })).toThrow(RangeError);
  });

  it('are played like recorded ones, and the log counts every bar of every symbol', () => {
    const recordings = createSyntheticRecordings({ seed: 3, symbols: 30, interval: '1m', fromMs: T0, toMs: T0 + 200 * MINUTE });
    const start = T0 + 100 * MINUTE;
    const { clock, exchange, join } = worldAt(start, { recordings, beside: { usdm: [] }, openEveryMs: { usdm: 5_000 } });
    const names = recordings.usdm.map(({ symbol }) => `${symbol.toLowerCase()}@kline_1m`).join('/');
    const line = join(`/market/stream?streams=${names}`);
    clock.advanceTo(start + 10 * MINUTE + 1_000);
    const closed = line.frames().filter(({ data }) => data.k.x && data.k.t >= start);
    expect(closed).toHaveLength(300);
    expect(exchange.log.closedBarCount('usdm', '1m', start, start + 99 * MINUTE)).toBe(300);
  });
});
