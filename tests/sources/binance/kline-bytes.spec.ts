import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, admitNumbers, fieldsOfKline } from '../../../src/sources/binance/door.js';
import { decodeKline, readFrame } from '../../../src/sources/binance/kline.js';
import { decodeClosed } from '../../../src/sources/binance/kline-bytes.js';
import { sampleLines } from './support.js';

const CLOSED =
  '{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1791382992723,"s":"BTCUSDT","k":{"t":1791382980000,"T":1791383039999,"s":"BTCUSDT","i":"1m","f":8153633367,"L":8153634395,"o":"83084.90","c":"83091.60","h":"83091.70","l":"83051.20","v":"13.551","n":1027,"x":true,"q":"1125714.73960","V":"6.426","Q":"533856.66860","B":"0"}}}';
const RAW =
  '{"e":"kline","E":1682244928001,"s":"ETHUSDT","k":{"t":1682244927000,"T":1682244927999,"s":"ETHUSDT","i":"1m","f":-1,"L":-1,"o":"1870.76000000","c":"1870.76000000","h":"1870.76000000","l":"1870.76000000","v":"0.00000000","n":0,"x":true,"q":"0.00000000","V":"0.00000000","Q":"0.00000000"}}';

const decode = (text: string) => decodeClosed(Buffer.from(text));
const SERIES = { market: 'usdm', symbol: 'BTCUSDT', interval: '1m' } as const;

/** What the door makes of a frame read as text, and of one read as bytes. */
const bothDoors = (text: string) => {
  const bytes = decode(text);
  const frame = readFrame(Buffer.from(text));
  if (bytes === null || frame.kind !== 'kline') return null;
  const nowMs = bytes.t + 60_000;
  return [
    admitNumbers(SERIES, bytes.numbers, false, 'stream', nowMs, 2_000),
    admit(SERIES, fieldsOfKline(frame.bar), 'stream', nowMs, 2_000),
  ] as const;
};

/** Decimals as the exchange sends them, and digits as it might. */
const decimal = fc.oneof(
  fc.tuple(fc.nat(9_999_999), fc.integer({ min: 0, max: 8 })).map(([n, places]) => n.toFixed(places)),
  fc.stringMatching(/^\d{1,12}(\.\d{1,12})?$/),
  fc.constantFrom('', '0', '1.', '.5', '-1', '1e5', ' 1', '007', '0.1234567890123456789', '999999999999999', '9999999999999999'),
);

describe('decodeClosed', () => {
  it('reads closed bars with and without an envelope', () => {
    expect(decode(CLOSED)).toStrictEqual({
      s: 'BTCUSDT',
      i: '1m',
      t: 1_791_382_980_000,
      x: true,
      numbers: {
        ...{
          openTime: 1_791_382_980_000,
          closeTime: 1_791_383_039_999,
          open: 83084.9,
          close: 83091.6,
          high: 83091.7,
          low: 83051.2,
        },
        ...{ volume: 13.551, quoteVolume: 1125714.7396, trades: 1027, takerVolume: 6.426, takerQuoteVolume: 533856.6686 },
      },
    });
    expect(decode(RAW)).toMatchObject({ s: 'ETHUSDT', numbers: { open: 1870.76, volume: 0, trades: 0 } });
    expect(decode(CLOSED.replaceAll('"1m"', '"15m"'))).toMatchObject({ i: '15m' });
    expect(decode(CLOSED)).toMatchObject({ i: '1m' });
  });

  it('reads the recorded bars that are closed, and no other frame', () => {
    for (const file of ['usdm-klines-20210722.jsonl', 'frames.jsonl'])
      for (const line of sampleLines(file)) {
        const frame = readFrame(line);
        expect(decodeClosed(line) !== null).toBe(frame.kind === 'kline' && frame.closed);
      }
  });

  it.each([
    ['an open bar', CLOSED.replace('true', 'false')],
    ['a name that is not ASCII', CLOSED.replaceAll('BTCUSDT', '币安人生USDT')],
    ['an escaped name', CLOSED.replaceAll('BTCUSDT', 'BTC\\u0055SDT')],
    ['more digits than a double keeps', CLOSED.replace('83084.90', '83084.90000000000001')],
    ['a number that is no text', CLOSED.replace('"83084.90"', '83084.90')],
    ['a needless 0', CLOSED.replace('"n":1027', '"n":01027')],
    ['a further field', CLOSED.replace('"B":"0"', '"B":"0","Z":1')],
    ['a field less', CLOSED.replace('"V":"6.426",', '')],
    ['an envelope that is not closed', CLOSED.slice(0, -1)],
    ['one that was not opened', `${RAW}}`],
    ['what comes behind', `${CLOSED} `],
    ['white space', CLOSED.replace('"o":', '"o": ')],
  ])('leaves %s to the text', (_, text) => {
    expect(decode(text)).toBeNull();
  });

  it('finds what the text says, to the bit, and lets the same bars in', () => {
    fc.assert(
      fc.property(fc.tuple(decimal, decimal, decimal, decimal, decimal, decimal), ([o, c, h, v, q, taker]) => {
        const text = CLOSED.replace('83084.90', o)
          .replace('83091.60', c)
          .replace('83091.70', h)
          .replace('13.551', v)
          .replace('1125714.73960', q)
          .replace('6.426', taker);
        const both = bothDoors(text);
        if (both !== null) expect(both[0]).toStrictEqual(both[1]);
      }),
      { numRuns: 2_000 },
    );
    expect(bothDoors(CLOSED)?.[0].bar).toMatchObject({ open: 83084.9 });
  });

  it('takes nothing that the exact reading of the text refuses, however a frame is spoilt', () => {
    const whole = Buffer.from(CLOSED);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (place, byte) => {
        const spoilt = Buffer.from(whole);
        spoilt[place] = byte;
        if (decodeClosed(spoilt) !== null) expect(decodeKline(spoilt.toString('utf8'))?.x).toBe(true);
        expect(decodeClosed(whole.subarray(0, place))).toBeNull();
      }),
      { numRuns: 3_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeClosed(Buffer.from(bytes))).toBeNull();
      }),
    );
  });
});
