import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, fieldsOfKline } from '../../../src/sources/binance/door.js';
import type { WireKline } from '../../../src/sources/binance/kline.js';
import { decodeKline, readFrame, saysOpen } from '../../../src/sources/binance/kline.js';
import { sampleLines } from './support.js';

const OPEN =
  '{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1791382992723,"s":"BTCUSDT","k":{"t":1791382980000,"T":1791383039999,"s":"BTCUSDT","i":"1m","f":8153633367,"L":8153634395,"o":"83084.90","c":"83091.60","h":"83091.70","l":"83051.20","v":"13.551","n":1027,"x":false,"q":"1125714.73960","V":"6.426","Q":"533856.66860","B":"0"}}}';
const CLOSED = OPEN.replace('"x":false', '"x":true');
const RAW =
  '{"e":"kline","E":1682244928001,"s":"ETHUSDT","k":{"t":1682244927000,"T":1682244927999,"s":"ETHUSDT","i":"1s","f":-1,"L":-1,"o":"1870.76000000","c":"1870.76000000","h":"1870.76000000","l":"1870.76000000","v":"0.00000000","n":0,"x":true,"q":"0.00000000","V":"0.00000000","Q":"0.00000000"}}';

const read = (text: string) => readFrame(Buffer.from(text));
const isClosed = (frame: Buffer): boolean => {
  const read = readFrame(frame);
  return read.kind === 'kline' && read.closed;
};

describe('readFrame', () => {
  it('reads the payloads of the documentation', () => {
    expect(read(OPEN)).toMatchObject({
      kind: 'kline',
      closed: false,
      bar: { t: 1_791_382_980_000, s: 'BTCUSDT', o: '83084.90' },
    });
    expect(read(CLOSED)).toMatchObject({ kind: 'kline', closed: true });
    expect(read(RAW)).toMatchObject({ kind: 'kline', closed: true, bar: { s: 'ETHUSDT', n: 0 } });
  });

  it.each<[string, ReturnType<typeof readFrame>]>([
    ['{"result":null,"id":1}', { kind: 'answer', id: 1, error: null }],
    ['{"error":{"code":4,"msg":"Too many subscriptions"},"id":7}', { kind: 'answer', id: 7, error: '4 Too many subscriptions' }],
    [
      '{"code":2,"msg":"Invalid request: missing field `method`"}',
      { kind: 'answer', id: null, error: '2 Invalid request: missing field `method`' },
    ],
    ['{"e":"serverShutdown","E":1770123456789}', { kind: 'shutdown' }],
    ['{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}', { kind: 'shutdown' }],
    ['{"stream":"x@aggTrade","data":{"e":"aggTrade"}}', { kind: 'unknown', type: 'aggTrade', data: { e: 'aggTrade' } }],
    ['{"stream":"x@depth5","data":{"bids":[]}}', { kind: 'unknown', type: 'no event name', data: { bids: [] } }],
    ['{"stream":"!ticker@arr","data":[]}', { kind: 'unknown', type: 'combined frame without an object', data: [] }],
    ['{"e":"kline","k":null}', { kind: 'garbage', why: 'a kline event without its bar' }],
    ['{"e":"kline","k":{"x":"true"}}', { kind: 'garbage', why: 'a kline event without its bar' }],
    ['', { kind: 'garbage', why: 'not JSON' }],
    ['<html>', { kind: 'garbage', why: 'not JSON' }],
    ['null', { kind: 'garbage', why: 'not an object' }],
    ['[]', { kind: 'garbage', why: 'not an object' }],
    ['"x":f', { kind: 'garbage', why: 'not JSON' }],
  ])('knows %s', (text, frame) => {
    expect(read(text)).toEqual(frame);
  });

  it('reads every recorded kline, three of them closed', () => {
    const frames = sampleLines('usdm-klines-20210722.jsonl').map(readFrame);
    expect(frames.every(({ kind }) => kind === 'kline')).toBe(true);
    expect(frames.filter((frame) => frame.kind === 'kline' && frame.closed)).toHaveLength(3);
  });

  it('takes no recorded frame of another kind for a bar', () => {
    const kinds = sampleLines('frames.jsonl').map((line) => [/"e":"kline"/.test(line.toString()), readFrame(line).kind] as const);
    expect(kinds.filter(([isKline]) => isKline)).toHaveLength(4);
    for (const [isKline, kind] of kinds) expect(kind === 'kline').toBe(isKline);
    expect(kinds.map(([, kind]) => kind)).not.toContain('garbage');
  });

  it('never throws, whatever comes', () => {
    const survives = (frame: Buffer): void => expect(readFrame(frame)).toHaveProperty('kind');
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void survives(Buffer.from(bytes))));
    fc.assert(fc.property(fc.json(), (text) => void survives(Buffer.from(text))));
    fc.assert(fc.property(fc.jsonValue(), (k) => void survives(Buffer.from(JSON.stringify({ e: 'kline', k })))));
    survives(Buffer.from('['.repeat(100_000)));
  });
});

describe('decodeKline', () => {
  const FIELDS = ['t', 'T', 's', 'i', 'o', 'h', 'l', 'c', 'v', 'q', 'n', 'V', 'Q', 'x'] as const;
  /** What a full parse finds; fails where it finds anything but a kline event. */
  const parsed = (text: string): WireKline => {
    const value = JSON.parse(text) as { readonly data?: unknown };
    expect(['stream,data', 'e,E,s,k']).toContain(Object.keys(value).join());
    const event = ('data' in value ? value.data : value) as { readonly e: string; readonly k: WireKline };
    expect(event.e).toBe('kline');
    return event.k;
  };
  const door = (k: WireKline) =>
    admit({ market: 'usdm', symbol: 'S', interval: '1m' }, fieldsOfKline(k), 'stream', 1_791_383_040_000, 2_000);
  /** Whether a text was decoded; fails unless everything decoded is what a full parse finds, and the door says the same of it. */
  const agrees = (text: string): boolean => {
    const decoded = decodeKline(text);
    if (decoded === null) return false;
    const whole = parsed(text);
    for (const field of FIELDS) if (!Object.is(decoded[field], whole[field])) expect([field, decoded]).toEqual([field, whole]);
    expect(door(decoded)).toStrictEqual(door(whole));
    return true;
  };

  it('decodes the payloads of the documentation and every recorded kline', () => {
    expect([OPEN, CLOSED, RAW].map(agrees)).toEqual([true, true, true]);
    expect(agrees(CLOSED.replaceAll('BTC', '币安人生').replaceAll('btc', '币安人生'))).toBe(true);
    const frames = sampleLines('usdm-klines-20210722.jsonl').map(String);
    expect(frames.map(agrees)).toEqual(frames.map(() => true));
  });

  it.each([
    ['another order', CLOSED.replace('"v":"13.551","n":1027', '"n":1027,"v":"13.551"')],
    ['a blank', CLOSED.replace('"x":true', '"x": true')],
    ['a new field', CLOSED.replace('"B":"0"', '"B":"0","Z":1')],
    ['a field twice', CLOSED.replace('"B":"0"', '"x":false')],
    ['a missing field', CLOSED.replace('"V":"6.426",', '')],
    ['a price as a number', CLOSED.replace('"83084.90"', '83084.90')],
    ['an escape', CLOSED.replace('BTCUSDT","i"', 'BTC\\u0055SDT","i"')],
    ['a fraction of a trade', CLOSED.replace('1027', '1027.5')],
    ['more trades than a double counts', CLOSED.replace('1027', '9007199254740993')],
    ['a zero in front', CLOSED.replace('1027', '01027')],
    ['an envelope not closed', CLOSED.slice(0, -1)],
    ['more closed than opened', `${RAW}}`],
    ['something behind', `${CLOSED}\n`],
    ['something in front', ` ${CLOSED}`],
    ['another event', CLOSED.replace('"e":"kline"', '"e":"klines"')],
  ])('leaves a frame with %s to the parser', (_, text) => {
    expect([CLOSED, RAW]).not.toContain(text);
    expect(decodeKline(text)).toBeNull();
  });

  const anyNumber = fc.oneof(
    fc.nat().map(String),
    fc.maxSafeInteger().map(String),
    fc.double().map(String),
    fc.stringMatching(/^-?[0-9.e]{1,18}$/),
  );
  const anyText = fc.oneof(
    fc.stringMatching(/^[0-9]{0,18}\.?[0-9]{0,12}$/),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('\\"', '","x":false,"', '\\u0041', '\u2028', '\u007f', '\u0000', ''),
  );

  it('says what a full parse says, whatever the values', () => {
    let count = 0;
    const spots = fc.array(fc.record({ at: fc.nat(17), text: anyText, number: anyNumber }), { maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(OPEN, CLOSED, RAW), spots, (frame, changes) => {
        let text = frame;
        for (const { at, text: words, number } of changes) {
          let seen = -1;
          text = text.replace(/:("[^"]*"|-?\d+)(?=[,}])/g, (value) =>
            ++seen !== at ? value : value[1] === '"' ? `:"${words}"` : `:${number}`,
          );
        }
        if (agrees(text)) count++;
      }),
      { numRuns: 5_000 },
    );
    expect(count).toBeGreaterThan(1_000);
  });

  it('says what a full parse says, or nothing, of a frame that was changed', () => {
    const piece = fc.constantFrom(...CLOSED.split(/(?<=[,{}:])/), '}', '"', ',', '\\', '0', '-', '\u0000', '币');
    const changes = fc.array(fc.record({ at: fc.nat(340), cut: fc.nat(3), piece: fc.oneof(piece, fc.constant('')) }), {
      maxLength: 3,
    });
    let count = 0;
    fc.assert(
      fc.property(fc.constantFrom(OPEN, CLOSED, RAW), changes, (frame, edits) => {
        const text = edits.reduce(
          (before, { at, cut, piece: more }) => before.slice(0, at) + more + before.slice(at + cut),
          frame,
        );
        if (agrees(text) && text !== frame) count++;
      }),
      { numRuns: 5_000 },
    );
    expect(count).toBeGreaterThan(100);
  });

  it('survives a frame as long as frames may be', () => {
    const long = 'a'.repeat(1 << 20);
    expect(agrees(CLOSED.replace('btcusdt', long))).toBe(true);
    expect(agrees(CLOSED.replace('83084.90', '1'.repeat(1 << 20)))).toBe(true);
    expect(agrees(CLOSED.replace('btcusdt@kline_1m"', long))).toBe(false);
  });
});

describe('saysOpen', () => {
  it('proves every recorded open bar and no closed one', () => {
    const frames = sampleLines('usdm-klines-20210722.jsonl');
    expect(frames.map(saysOpen)).toEqual(frames.map((frame) => !isClosed(frame)));
    expect(frames.filter(saysOpen)).toHaveLength(32);
    expect(saysOpen(Buffer.from(OPEN))).toBe(true);
    expect(saysOpen(Buffer.from(CLOSED))).toBe(false);
    const xrp = OPEN.replaceAll('btcusdt', 'xrpusdt').replaceAll('BTCUSDT', 'XRPUSDT');
    expect(saysOpen(Buffer.from(xrp))).toBe(true);
  });

  it.each([
    '',
    'x',
    '"x"',
    '"x":',
    '"x":t',
    '"x":F',
    '"x1:f',
    '1x":f',
    '"x"1f',
    '"x": false',
    "'x':false",
    '{"result":null,"id":1}',
    RAW,
  ])('finds no proof in %s', (text) => {
    expect(saysOpen(Buffer.from(text))).toBe(false);
  });

  it('tells an open frame however long the numbers behind its word are', () => {
    const digits = fc.integer({ min: 1, max: 24 }).map((length) => '0'.repeat(length));
    fc.assert(
      fc.property(digits, digits, digits, fc.boolean(), fc.boolean(), (q, V, Q, isSpot, isRaw) => {
        const text = isRaw ? RAW : OPEN;
        const tail = `"x":false,"q":"${q}","V":"${V}","Q":"${Q}"${isSpot ? '' : ',"B":"0"'}}}${isRaw ? '' : '}'}`;
        expect(saysOpen(Buffer.from(text.slice(0, text.indexOf('"x":')) + tail))).toBe(true);
      }),
    );
  });

  const fieldsOf = (text: string) => Object.entries((JSON.parse(text) as { data: { k: object } }).data.k);
  /** A frame with the fields of its bar in some order, some left out, some unheard-of added. */
  const closedFrame = fc
    .record({
      order: fc.shuffledSubarray(fieldsOf(CLOSED), { minLength: 3 }),
      more: fc.dictionary(fc.string({ maxLength: 4 }), fc.oneof(fc.constant('x'), fc.constant('"x":false'), fc.double()), {
        maxKeys: 3,
      }),
      pretty: fc.boolean(),
    })
    .map(({ order, more, pretty }) => {
      const k = { ...more, ...Object.fromEntries(order), x: true };
      return Buffer.from(JSON.stringify({ stream: 's', data: { e: 'kline', k } }, null, pretty ? 1 : 0));
    });

  it('never drops a closed bar, in whatever order its fields come', () => {
    fc.assert(
      fc.property(closedFrame, (frame) => {
        expect(isClosed(frame)).toBe(true);
        expect(saysOpen(frame)).toBe(false);
      }),
    );
  });

  it('never drops a closed bar that a broken link has changed', () => {
    const frames = [CLOSED, OPEN, RAW].map((text) => Buffer.from(text));
    const change = fc.record({
      at: fc.nat(400),
      byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...Buffer.from('x":ftrue{}'))),
    });
    fc.assert(
      fc.property(fc.constantFrom(...frames), fc.array(change, { maxLength: 6 }), fc.nat(400), (frame, changes, length) => {
        const broken = Buffer.from(frame);
        for (const { at, byte } of changes) if (at < broken.length) broken[at] = byte;
        for (const each of [broken, broken.subarray(0, length)]) if (isClosed(each)) expect(saysOpen(each)).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });
});
