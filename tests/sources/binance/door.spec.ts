import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal, isImprecise, wholeNumber } from '../../../src/sources/binance/decimal.js';
import type { BarFields } from '../../../src/sources/binance/door.js';
import { admit, fieldsOfKline, fieldsOfRow } from '../../../src/sources/binance/door.js';
import { readFrame } from '../../../src/sources/binance/kline.js';
import { createComplaints } from '../../../src/sources/binance/complaints.js';
import { createGate } from '../../../src/sources/binance/gate.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { faultLog } from '../../support/fakes.js';
import { sampleJson, sampleLines } from './support.js';

const SERIES = { market: 'usdm', symbol: '币安人生USDT', interval: '1m' } as const;
const OPEN_MS = 1_791_382_980_000;
const CLOSED_MS = OPEN_MS + 60_000;
const GOOD: BarFields = {
  openTime: OPEN_MS,
  closeTime: CLOSED_MS - 1,
  open: '83084.90',
  high: '83091.70',
  low: '83051.20',
  close: '83091.60',
  volume: '13.551',
  quoteVolume: '1125714.73960',
  trades: 1027,
  takerVolume: '6.426',
  takerQuoteVolume: '533856.66860',
};

const door = (more: Partial<Record<keyof BarFields, unknown>> = {}, nowMs = CLOSED_MS) =>
  admit(SERIES, { ...GOOD, ...more }, 'stream', nowMs, 2_000);

describe('decimal', () => {
  it.each([
    ['0', 0],
    ['0.00000000', 0],
    ['83084.90', 83084.9],
    ['0.00000001', 1e-8],
    ['1000000000000000', 1e15],
    ['007', 7],
  ])('reads %s', (text, value) => {
    expect(decimal(text)).toBe(value);
  });
  it.each([
    '',
    ' ',
    ' 1',
    '1 ',
    '-1',
    '+1',
    '0x10',
    '1e5',
    '1e999',
    'Infinity',
    'NaN',
    '.5',
    '5.',
    '1,5',
    '1.2.3',
    '１',
    '9'.repeat(41),
    null,
    undefined,
    1,
    true,
    [],
    ['1'],
    {},
  ])('refuses %j', (value) => {
    expect(decimal(value)).toBeNull();
  });
  const digits = fc.stringMatching(/^(0{0,20}|[0-9]{0,3})[0-9]{1,24}0{0,6}$/);
  const decimals = fc.oneof(
    digits,
    fc.tuple(digits, digits).map((parts) => parts.join('.')),
    fc.stringMatching(/^[0-9]{1,9}\.[0-9]{1,8}$/),
  );
  it('gives the very double that Number gives, and refuses what is no plain decimal', () => {
    const tiny = fc.stringMatching(/^0\.0{15,36}[0-9]{1,4}$/);
    const like = fc.oneof(decimals, tiny, fc.stringMatching(/^[0-9.eE+\- x]{0,45}$/), fc.double().map(String), fc.string());
    const plain = /^\d{1,40}(?:\.\d{1,40})?$/;
    fc.assert(
      fc.property(like, (text) => Object.is(decimal(text), plain.test(text) ? Number(text) : null)),
      { numRuns: 20_000 },
    );
  });
  it('counts the digits that say something', () => {
    const meaning = (text: string): string =>
      (text.includes('.') ? text.replace(/0+$/, '') : text).replace('.', '').replace(/^0+/, '');
    fc.assert(
      fc.property(decimals, (text) => isImprecise(text) === meaning(text).length > 15),
      { numRuns: 10_000 },
    );
  });
  it('knows which texts a double may not keep', () => {
    expect(
      ['0.123456789012345', '123456789.0123456000', '000000123456789012345', '1234567890.12345', '100000000000000000.0'].map(
        isImprecise,
      ),
    ).toEqual([false, true, false, false, true]);
  });
  it('takes whole numbers alone for counts and times', () => {
    expect([0, 7, -1, 1.5, '7', null, 2 ** 53, Number.NaN].map(wholeNumber)).toEqual([0, 7, null, null, null, null, null, null]);
  });
});

describe('admit', () => {
  it('lets a good bar in as it is', () => {
    expect(door()).toEqual({
      imprecise: false,
      outlier: false,
      bar: {
        ...SERIES,
        openTimeMs: OPEN_MS,
        open: 83084.9,
        high: 83091.7,
        low: 83051.2,
        close: 83091.6,
        volume: 13.551,
        quoteVolume: 1125714.7396,
        tradeCount: 1027,
        takerVolume: 6.426,
        takerQuoteVolume: 533856.6686,
        provenance: 'stream',
      },
    });
  });

  it.each<[string, Partial<Record<keyof BarFields, unknown>>, string]>([
    ['F13: an empty price', { open: '' }, 'number'],
    ['F13: a blank price', { close: ' ' }, 'number'],
    ['F13: no price', { high: null }, 'number'],
    ['F13: a list for a price', { low: [] }, 'number'],
    ['F13: a hexadecimal price', { open: '0x10' }, 'number'],
    ['F13: an endless price', { high: 'Infinity' }, 'number'],
    ['F13: an exponent', { high: '1e999' }, 'number'],
    ['F13: a bare number', { open: 83084.9 }, 'number'],
    ['F14: a price of zero', { low: '0.00' }, 'number'],
    ['F14: a negative price', { low: '-1' }, 'number'],
    ['F14: a negative volume', { volume: '-1' }, 'number'],
    ['F13: no quote volume', { quoteVolume: undefined }, 'number'],
    ['F13: half a trade', { trades: 1.5 }, 'number'],
    ['F14: a high below the close', { high: '83091.50' }, 'ohlc'],
    ['F14: a high below the low', { high: '83000', low: '83091' }, 'ohlc'],
    ['F14: a low above the open', { low: '83085' }, 'ohlc'],
    ['F22: seconds', { openTime: OPEN_MS / 1_000, closeTime: CLOSED_MS / 1_000 - 1 }, 'time-unit'],
    ['F22: microseconds', { openTime: OPEN_MS * 1_000, closeTime: CLOSED_MS * 1_000 - 1 }, 'time-unit'],
    ['a time as text', { openTime: String(OPEN_MS) }, 'time'],
    ['no time', { openTime: undefined }, 'time'],
    ['a time between two bars', { openTime: OPEN_MS + 1_000, closeTime: CLOSED_MS + 999 }, 'time'],
    ['another length', { closeTime: OPEN_MS + 299_999 }, 'time'],
    ['F14: a close above the high', { close: '83091.71' }, 'ohlc'],
    ['F14: an open below the low', { open: '83051.19' }, 'ohlc'],
  ])('%s is turned away', (_, fields, reason) => {
    expect(door(fields)).toEqual({ bar: null, reason });
  });

  it('F21: believes no bar that closes before its time, with 2 s for the clocks', () => {
    expect(door({}, CLOSED_MS - 2_000).bar).not.toBeNull();
    expect(door({}, CLOSED_MS - 2_001)).toEqual({ bar: null, reason: 'early' });
    expect(door({}, CLOSED_MS - 62_000)).toEqual({ bar: null, reason: 'early' });
    expect(door({}, CLOSED_MS - 62_001)).toEqual({ bar: null, reason: 'future' });
  });

  it('F14: lets a thousandfold jump in, for it is possible, and tells of a range of ten times', () => {
    expect(door({ high: '83091700.00', close: '83091600.00' })).toMatchObject({ bar: { close: 83_091_600 }, outlier: true });
    expect(door({ low: '8309.17' })).toMatchObject({ bar: { low: 8_309.17 }, outlier: true });
    expect(door({ low: '8309.18' })).toMatchObject({ outlier: false });
  });

  it('lets a bar without a trade in', () => {
    const flat = {
      open: '1.0',
      high: '1.0',
      low: '1.0',
      close: '1.0',
      volume: '0',
      quoteVolume: '0',
      trades: 0,
      takerVolume: '0',
      takerQuoteVolume: '0',
    };
    expect(door(flat).bar).toMatchObject({ volume: 0, tradeCount: 0 });
  });

  it.each(['open', 'high', 'low', 'close', 'volume', 'quoteVolume', 'takerVolume', 'takerQuoteVolume'] as const)(
    'F15: says when %s has more digits than a double keeps',
    (column) => {
      const digits = {
        open: '83084.90000000001',
        high: '83091.70000000001',
        low: '83051.20000000001',
        close: '83091.60000000001',
      };
      const text = (digits as Readonly<Record<string, string>>)[column] ?? '106006105.25391942';
      expect(door({ [column]: text })).toMatchObject({ bar: { [column]: Number(text) }, imprecise: true });
    },
  );

  it('F15: ratios of prices of up to twenty digits are within 1e-9 of the exact ones', () => {
    const price = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 20n }), fc.integer({ min: 0, max: 10 }));
    const textOf = ([digits, decimals]: readonly [bigint, number]): string => {
      const text = String(digits).padStart(decimals + 1, '0');
      return decimals === 0 ? text : `${text.slice(0, -decimals)}.${text.slice(-decimals)}`;
    };
    fc.assert(
      fc.property(price, price, (a, b) => {
        const [digitsA, digitsB] = [a[0] * 10n ** BigInt(b[1]), b[0] * 10n ** BigInt(a[1])];
        const exact = Number((digitsA * 10n ** 40n) / digitsB) / 1e40;
        const ratio = (decimal(textOf(a)) ?? NaN) / (decimal(textOf(b)) ?? NaN);
        expect(Math.abs(ratio - exact)).toBeLessThanOrEqual(1e-9 * exact + 1e-40);
      }),
      { numRuns: 5_000 },
    );
  });

  it('F15: keeps the least price and the largest volume as they are written', () => {
    const tiny = { open: '0.0000000001', high: '0.0000000001', low: '0.0000000001', close: '0.0000000001' };
    const large = { volume: '1000000000000000', quoteVolume: '100000.1234567891' };
    expect(door({ ...tiny, ...large })).toMatchObject({
      imprecise: true,
      bar: { low: 1e-10, volume: 1e15, quoteVolume: 100_000.123_456_789_1 },
    });
    expect(door(tiny)).toMatchObject({ imprecise: false });
  });

  it('never lets a bad bar in, whatever the fields', () => {
    const anything = fc.oneof(fc.jsonValue(), fc.string(), fc.constantFrom('1', '0', '2.5', OPEN_MS, CLOSED_MS - 1, undefined));
    const fields = fc.record(
      Object.fromEntries(Object.keys(GOOD).map((key) => [key, fc.oneof(fc.constant(GOOD[key as keyof BarFields]), anything)])),
    );
    fc.assert(
      fc.property(fields, (given) => {
        const { bar } = door(given);
        if (bar === null) return;
        const { open, high, low, close, volume, quoteVolume, openTimeMs } = bar;
        expect([open, high, low, close].every((price) => Number.isFinite(price) && price > 0)).toBe(true);
        expect([volume, quoteVolume].every((value) => Number.isFinite(value) && Number(value) >= 0)).toBe(true);
        expect(low <= Math.min(open, close) && high >= Math.max(open, close)).toBe(true);
        expect(openTimeMs % 60_000).toBe(0);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('the gate', () => {
  const pass = (fields: Partial<Record<keyof BarFields, unknown>>) => {
    const { report, faults } = faultLog();
    const gate = createGate(createComplaints(report, createVirtualClock()), report);
    return { bar: gate.pass(SERIES, door(fields), OPEN_MS), faults };
  };

  it('F14: tells of a bar that is out of proportion, and lets it in', () => {
    const { bar, faults } = pass({ low: '8309.17' });
    expect(bar?.low).toBe(8_309.17);
    expect(faults).toMatchObject([{ kind: 'bar-outlier', series: SERIES }]);
  });

  it('F13: turns a bar away with a fault that says why', () => {
    const { bar, faults } = pass({ close: '0x10' });
    expect(bar).toBeNull();
    expect(faults).toMatchObject([{ kind: 'bar-rejected', series: SERIES }]);
  });
});

describe('recorded bars', () => {
  it('of the stream come in whole', () => {
    const klines = sampleLines('usdm-klines-20210722.jsonl')
      .map(readFrame)
      .filter((frame) => frame.kind === 'kline' && frame.closed);
    const bars = klines.map((frame) => {
      if (frame.kind !== 'kline') return null;
      const series = { market: 'usdm', symbol: String(frame.bar.s), interval: '1m' } as const;
      return admit(series, fieldsOfKline(frame.bar), 'stream', 1_626_992_760_000, 0).bar;
    });
    expect(bars.map((bar) => [bar?.symbol, bar?.close, bar?.quoteVolume, bar?.tradeCount])).toEqual([
      ['SUSHIUSDT', 7.617, 22875.859, 113],
      ['AKROUSDT', 0.01733, 4082.63755, 29],
      ['KEEPUSDT', 0.2466, 2082.4799, 14],
    ]);
  });

  it.each([
    ['usdm-klines-LTCUSDT-5m.json', '5m', 'usdm'],
    ['spot-klines-BTCUSDT-15m.json', '15m', 'spot'],
  ] as const)('of %s come in whole', (name, interval, market) => {
    const rows = sampleJson(name) as unknown[][];
    const bars = rows.map((row) => admit({ market, symbol: 'S', interval }, fieldsOfRow(row), 'rest', 1_800_000_000_000, 0).bar);
    expect(rows).toHaveLength(40);
    expect(bars).not.toContain(null);
    expect(bars.map((bar) => bar?.openTimeMs)).toEqual(rows.map(([openTime]) => openTime));
  });
});
