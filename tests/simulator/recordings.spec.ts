import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baseVolume, createRecording, fewestTrades } from '../../src/simulator/exchange/recording.js';
import { readFileName, readRecordings, readRows } from '../../src/simulator/recordings.js';
import { MINUTE, minutes, row, T0 } from './world.js';

const HEADER =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore';
const quoteOnly = (at: number, quote: string): string => `${at},100.00,104.00,98.00,102.00,,,${quote},,,,`;

describe('file names', () => {
  it.each([
    ['BTCUSDT-1m-20250619_20250620.csv.gz', 'BTCUSDT', '1m'],
    ['BTCUSDT-15m-2025-06-19.csv', 'BTCUSDT', '15m'],
    ['币安人生USDT-1h.csv', '币安人生USDT', '1h'],
    ['BTCUSDT_260925-1d-2025-06.csv.gz', 'BTCUSDT_260925', '1d'],
  ])('%s', (name, symbol, interval) => {
    expect(readFileName(name)).toStrictEqual({ symbol, interval });
  });

  it.each(['README.md', 'BTCUSDT.csv', 'BTCUSDT-1w-2025.csv', 'BTCUSDT-1m.json'])('%s is none', (name) => {
    expect(readFileName(name)).toBeNull();
  });
});

describe('rows', () => {
  it('go by their header, in whatever order, and by position without one', () => {
    const [line] = minutes(1) as [string];
    expect(readRows(`${HEADER}\n${line}\n`)).toStrictEqual([line]);
    expect(readRows(`${line}\n`)).toStrictEqual([line]);
    expect(readRows('close,open_time,open,high,low,quote_volume\n2,1750291200000,1,3,0.5,9\r\n')).toStrictEqual([
      '1750291200000,1,3,0.5,2,,,9,,,,',
    ]);
  });

  it('keep the text of the source, and its microseconds become milliseconds', () => {
    const recording = createRecording('A', '1m', [`${T0}000,1.10,1.3,1.0,1.20,5,,6.1,3,2,2.4,0`]);
    expect(recording.firstMs).toBe(T0);
    expect(recording.text(0)).toMatchObject({ open: '1.10', high: '1.3', close: '1.20', volume: '5', quoteVolume: '6.1' });
  });

  it.each([
    ['run backwards', [row(T0 + MINUTE, '1', '1', '1', '1'), row(T0, '1', '1', '1', '1')]],
    ['come twice', [row(T0, '1', '1', '1', '1'), row(T0, '1', '1', '1', '1')]],
    ['lie off the grid', [row(T0 + 1, '1', '1', '1', '1')]],
    ['hold a number that is none', [row(T0, '1', '1e3', '1', '1')]],
    ['lack both volumes', [`${T0},1,1,1,1,,,,,,,`]],
    ['hold a column only here and there', [row(T0, '1', '1', '1', '1'), quoteOnly(T0 + MINUTE, '5')]],
  ])('that %s are refused', (_, lines) => {
    expect(() => createRecording('A', '1m', lines)).toThrow(/^A: /);
  });
});

describe('what is derived', () => {
  it('is volume of quote volume, the fewest trades, and half for the takers; and it is named', () => {
    const recording = createRecording('A', '1m', [quoteOnly(T0, '5085.71080'), quoteOnly(T0 + MINUTE, '0')]);
    expect(recording.quantityDecimals).toBe(3);
    expect(recording.text(0)).toMatchObject({ volume: '50.188', trades: 4, takerVolume: '25.094', quoteVolume: '5085.71080' });
    expect(recording.text(1)).toMatchObject({ volume: '0.000', trades: 0, firstTradeId: -1, lastTradeId: -1 });
    expect(recording.derived).toStrictEqual(['volume', 'count', 'taker_buy_volume', 'taker_buy_quote_volume']);
  });

  it('is quote volume of volume', () => {
    const recording = createRecording('A', '1m', [`${T0},100.00,104.00,98.00,102.00,3.0,,,,,,`]);
    expect(recording.text(0)).toMatchObject({ volume: '3.0', quoteVolume: '304.000' });
  });

  it('is nothing where all is recorded', () => {
    expect(createRecording('A', '1m', minutes(3)).derived).toStrictEqual([]);
  });

  it('keeps the mean price between low and high whenever the grid allows it', () => {
    const cents = fc.integer({ min: 100, max: 100_000 });
    fc.assert(
      fc.property(cents, fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 1, max: 5_000 }), (low, spread, steps) => {
        const prices = { open: low / 100, high: (low + spread) / 100, low: low / 100, close: (low + spread) / 100 };
        const real = steps / 10;
        const quote = real * ((prices.low + prices.high) / 2);
        const mean = quote / baseVolume(quote, prices, 1);
        expect(mean).toBeGreaterThanOrEqual(prices.low * (1 - 1e-9));
        expect(mean).toBeLessThanOrEqual(prices.high * (1 + 1e-9));
      }),
    );
  });

  it.each([
    [{ open: 1, high: 1, low: 1, close: 1 }, 1],
    [{ open: 1, high: 2, low: 1, close: 2 }, 2],
    [{ open: 1, high: 2, low: 1, close: 1 }, 3],
    [{ open: 2, high: 3, low: 1, close: 2 }, 4],
  ])('counts for %o the fewest trades: %i', (prices, trades) => {
    expect(fewestTrades(prices)).toBe(trades);
  });
});

describe('a folder', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recordings-'));
    await mkdir(join(folder, 'usdm'));
    await mkdir(join(folder, 'spot'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const put = (name: string, lines: readonly string[]): Promise<void> => {
    const text = [HEADER, ...lines].join('\n');
    return writeFile(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text);
  };

  it('gives the symbols of each market at one interval, files of one symbol joined in time', async () => {
    const all = minutes(20);
    await put('usdm/AUSDT-1m-2.csv.gz', all.slice(10));
    await put('usdm/AUSDT-1m-1.csv', all.slice(0, 10));
    await put('usdm/AUSDT-1h-1.csv', [row(T0, '1', '1', '1', '1')]);
    await put('spot/BUSDT-1m-1.csv', all);
    await put('CUSDT-1m-1.csv', all);
    const { usdm, spot } = await readRecordings(folder, '1m');
    expect(usdm.map(({ symbol, cells }) => [symbol, cells])).toStrictEqual([
      ['CUSDT', 20],
      ['AUSDT', 20],
    ]);
    expect(spot.map(({ symbol }) => symbol)).toStrictEqual(['BUSDT']);
  });

  it('is refused when two files overlap, and when it holds nothing to play', async () => {
    await expect(readRecordings(folder, '1m')).rejects.toThrow('no 1m recording');
    await put('usdm/AUSDT-1m-1.csv', minutes(10));
    await put('usdm/AUSDT-1m-2.csv', minutes(10, T0 + 9 * MINUTE));
    await expect(readRecordings(folder, '1m')).rejects.toThrow('overlap');
  });

  it('that comes with the package holds a listing, a settled contract and thin symbols', async () => {
    const { usdm } = await readRecordings(join(import.meta.dirname, '../../recordings'), '1m');
    const of = (symbol: string) => usdm.find((recording) => recording.symbol === symbol)!;
    expect(usdm).toHaveLength(48);
    expect(of('NEWTUSDT').firstMs).toBe(Date.UTC(2025, 5, 19, 14, 30));
    expect(of('AGIXUSDT').traded).toBe(false);
    expect(of('DOLOUSDT').numbers.volume.filter((volume) => volume === 0).length).toBeGreaterThan(50);
    const outside = usdm.flatMap(({ symbol, numbers }) =>
      [...numbers.quote_volume].flatMap((quote, cell) => {
        const mean = quote / numbers.volume[cell]!;
        const isWithin = mean >= numbers.low[cell]! * (1 - 1e-9) && mean <= numbers.high[cell]! * (1 + 1e-9);
        return quote === 0 || isWithin ? [] : [`${symbol} ${cell}`];
      }),
    );
    expect(outside).toStrictEqual([]);
  });
});
