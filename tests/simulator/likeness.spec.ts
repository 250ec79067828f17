import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { goldenPath, sharedPathOrSay } from '../support/shared.js';
import type { Answered, Frame, Row } from './world.js';
import { MINUTE, T0, minutes, recorded, row, worldAt } from './world.js';

/*
 * The simulator and the source must not share a misreading (decisions.md 18): everything the simulator says has the keys, the
 * key order and the value types of something that was recorded, or of a literal sample of binance-protocol.md.
 */

const golden = (name: string): string => readFileSync(goldenPath('binance', name), 'utf8');
const lines = (text: string): readonly unknown[] => text.trim().split('\n').map((line) => JSON.parse(line) as unknown); // prettier-ignore

const sharedText = (name: string): string | null => {
  const file = sharedPathOrSay('the whole likeness test', name);
  if (file === null) return null;
  const bytes = readFileSync(file);
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
};

/** Keys in order and types of values; filters are the one place where the real exchange does not keep to an order. */
const shapeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) {
    const shapes = value.map(shapeOf);
    const mixed = value.some((item) => typeof item !== 'object') && new Set(shapes).size > 1;
    return mixed ? `(${shapes.join()})` : `[${[...new Set(shapes)].sort().join()}]`;
  }
  if (typeof value !== 'object') return typeof value;
  const fields = Object.entries(value).map(([key, inner]) => `${key}:${shapeOf(inner)}`);
  return `{${('filterType' in value ? fields.sort() : fields).join()}}`;
};

/** Every shape that occurs among the recorded values. */
const shapesOf = (values: readonly unknown[]): ReadonlySet<string> => new Set(values.map(shapeOf));
const parsed = (text: string): unknown => JSON.parse(text);

const world = worldAt(T0 + 100 * MINUTE, {
  recordings: {
    usdm: [
      recorded('BTCUSDT'),
      recorded('NEWUSDT', minutes(50, T0 + 200 * MINUTE)),
      recorded('OLDUSDT', [
        row(T0, '1.00', '1.00', '1.00', '1.00', '0.000', 0),
        row(T0 + MINUTE, '1.00', '1.00', '1.00', '1.00', '0.000', 0),
      ]),
    ],
    spot: [recorded('ETHUSDT')],
  },
});
const told = (address: string): readonly Frame[] => {
  const line = world.join(address);
  world.clock.advanceTo(world.clock.now() + 3 * MINUTE);
  line.leave();
  return line.frames();
};

const recordings = { usdm: 'usdm/combined-20210722-akro-keep-sushi', spot: 'spot/combined-20211012-nkn-lrc-blz' };
const klineFrames = (market: 'usdm' | 'spot'): readonly unknown[] => {
  const shared = sharedText(`data/ws/${recordings[market]}.jsonl.gz`)?.split('\n').filter((line) => line.includes('"e":"kline"')); // prettier-ignore
  return [...lines(golden(`${market}-kline-frames.jsonl`)), ...(shared ?? []).map(parsed)];
};

describe('frames', () => {
  it.each([
    ['usdm', '/market/stream?streams=btcusdt@kline_1m/btcusdt@kline_5m'],
    ['spot', '/spot/stream?streams=ethusdt@kline_1m'],
  ] as const)('of %s are like recorded ones, open and closed', (market, address) => {
    const recordedShapes = shapesOf(klineFrames(market));
    const frames = told(address);
    expect(new Set(frames.map((frame) => frame.data.k.x))).toStrictEqual(new Set([true, false]));
    for (const shape of shapesOf(frames)) expect(recordedShapes).toContain(shape);
  });

  it('on a raw connection are what stands in the envelope', () => {
    const recordedShapes = shapesOf(klineFrames('usdm').map((frame) => (frame as { data: unknown }).data));
    for (const shape of shapesOf(told('/market/ws/btcusdt@kline_1m'))) expect(recordedShapes).toContain(shape);
  });

  /** Recorded ones are from before June 2026: without `ps` and `st`, which both came then (binance-protocol.md §5.3). */
  const older = (event: unknown): unknown =>
    Object.fromEntries(Object.entries(event as object).filter(([key]) => key !== 'ps' && key !== 'st'));

  it.each([
    ['usdm', '!ticker@arr', 'usdm/single-frames-20220609'],
    ['usdm', '!miniTicker@arr', 'usdm/single-frames-20220609'],
    ['spot', '!miniTicker@arr', 'spot/single-frames-2020'],
  ] as const)('of %s %s are like recorded ones', (market, topic, file) => {
    const frames = told(`${market === 'spot' ? '/spot' : '/market'}/ws/${topic}`) as unknown as readonly (readonly object[])[];
    const rows = frames.flat();
    expect(rows.length).toBeGreaterThan(1);
    const recordedRows = (sharedText(`data/ws/${file}.jsonl.gz`)?.trim().split('\n') ?? []).map(parsed).filter(Array.isArray).flat(); // prettier-ignore
    const kind = topic === '!ticker@arr' ? '24hrTicker' : '24hrMiniTicker';
    const recordedShapes = shapesOf(recordedRows.filter((of) => (of as { e?: unknown }).e === kind));
    if (recordedRows.length > 0) for (const shape of shapesOf(rows.map(older))) expect(recordedShapes).toContain(shape);
  });

  it.each([
    ['24hrTicker', '!ticker@arr'],
    ['contractInfo', '!contractInfo'],
  ] as const)('of %s are the literal sample', (kind, topic) => {
    const protocol = sharedText('binance-protocol.md');
    if (protocol === null) return;
    const sample = protocol.split('\n').find((line) => line.startsWith(`{"e":"${kind}"`) && line.includes('"st":1'));
    const line = world.join(`/market/ws/${topic}`);
    world.exchange.faults.setStatus({ market: 'usdm', symbol: 'BTCUSDT' }, 'TRADING');
    world.clock.advanceTo(world.clock.now() + 2_000);
    line.leave();
    const [first] = (line.frames() as unknown[]).flat();
    expect(Object.keys(first as object)).toStrictEqual(Object.keys(parsed(sample ?? '') as object));
    expect(shapeOf(first)).toBe(shapeOf(parsed(sample ?? '')));
  });

  it('in answer to control messages are the literal samples', () => {
    const line = world.join('/market/stream');
    const ask = (message: object): unknown => {
      line.send(message);
      world.clock.advanceTo(world.clock.now() + 100);
      return line.frames().findLast((frame) => 'id' in frame);
    };
    const samples = lines(golden('protocol-samples.jsonl'));
    for (let request = 0; request < 10; request += 2) {
      if (request === 4) ask({ method: 'UNSUBSCRIBE', params: ['ethusdt@kline_1m'], id: 8 });
      if (request === 4) ask({ method: 'SUBSCRIBE', params: ['btcusdt@kline_1m'], id: 9 });
      expect(JSON.stringify(ask(samples[request] as object))).toBe(JSON.stringify(samples[request + 1]));
    }
  });
});

describe('answers', () => {
  const bodies = (market: 'usdm' | 'spot', name: string, file: string): readonly unknown[] =>
    [parsed(golden(`${market}-${name}.json`)), ...[sharedText(`data/rest/${market}/${file}`)].flatMap((text) => (text === null ? [] : [parsed(text)]))]; // prettier-ignore

  it.each([
    ['usdm', '/fapi/v1/klines?symbol=BTCUSDT&interval=5m&limit=9', 'klines-LTCUSDT-5m-20201014.json.gz'],
    ['spot', '/spot/api/v3/klines?symbol=ETHUSDT&interval=15m&limit=9', 'klines-BTCUSDT-15m-20251006.json.gz'],
  ] as const)('of klines (%s)', (market, address, file) => {
    const recordedShapes = shapesOf(bodies(market, 'klines', file));
    expect(world.get<readonly Row[]>(address).json.length).toBeGreaterThan(3);
    expect(recordedShapes).toContain(shapeOf(world.get(address).json));
  });

  it.each([
    ['usdm', '/fapi/v1/ticker/24hr'],
    ['spot', '/spot/api/v3/ticker/24hr'],
  ] as const)('of ticker/24hr (%s)', (market, address) => {
    const recordedShapes = shapesOf(bodies(market, 'ticker-24hr', 'ticker-24hr-20240114.json.gz'));
    expect(recordedShapes).toContain(shapeOf(world.get(address).json));
    const one = world.get(`${address}?symbol=${market === 'usdm' ? 'BTCUSDT' : 'ETHUSDT'}`).json;
    expect(recordedShapes).toContain(shapeOf([one]));
  });

  it.each([
    ['usdm', '/fapi/v1/ticker/bookTicker', 'bookTicker-20260715.json.gz'],
    ['spot', '/spot/api/v3/ticker/bookTicker', 'bookTicker-20260715.json.gz'],
    ['usdm', '/fapi/v1/premiumIndex', 'premiumIndex-20260704.json.gz'],
  ] as const)('of quotes (%s %s)', (market, address, file) => {
    const recordedText = sharedText(`data/rest/${market}/${file}`);
    if (recordedText !== null) expect(shapeOf(world.get(address).json)).toBe(shapeOf(parsed(recordedText)));
    expect(world.get<readonly unknown[]>(address).json.length).toBeGreaterThan(0);
  });

  it.each([
    ['usdm', '/fapi/v1/exchangeInfo', 'exchangeInfo-20260703.json.gz'],
    ['spot', '/spot/api/v3/exchangeInfo', 'exchangeInfo-excerpt-20260703.json.gz'],
  ] as const)('of exchangeInfo (%s)', (market, address, file) => {
    const recordedInfos = bodies(market, 'exchangeInfo', file) as readonly Answered[];
    const { symbols, ...top } = world.get(address).json;
    expect(shapesOf(recordedInfos.map(({ symbols: _, ...info }) => info))).toContain(shapeOf(top));
    expect(Object.keys({ ...top, symbols })).toStrictEqual(Object.keys(recordedInfos[0]!));
    const recordedShapes = shapesOf(recordedInfos.flatMap((info) => info.symbols));
    for (const shape of shapesOf(symbols)) expect(recordedShapes).toContain(shape);
    const values = (field: string) => recordedInfos.flatMap((info) => info.symbols.map((of) => of[field]));
    for (const field of market === 'usdm' ? ['status', 'contractType', 'underlyingType'] : [])
      for (const symbol of symbols) expect([...values(field), 'INDEX', 'NEXT_QUARTER']).toContain(symbol[field]);
  });

  it('of exchangeInfo shows every kind that a client must leave alone', () => {
    const kinds = world
      .get('/fapi/v1/exchangeInfo')
      .json.symbols.map((of) => `${of.contractType} ${of.status} ${of.underlyingType}`);
    expect(new Set(kinds)).toStrictEqual(
      new Set([
        'PERPETUAL TRADING COIN',
        'PERPETUAL PENDING_TRADING COIN',
        'PERPETUAL SETTLING COIN',
        'PERPETUAL TRADING INDEX',
        'TRADIFI_PERPETUAL TRADING COMMODITY',
        'CURRENT_QUARTER TRADING COIN',
        'NEXT_QUARTER TRADING COIN',
      ]),
    );
  });

  it('of time and of an unknown symbol are the literal samples', () => {
    const samples = lines(golden('protocol-samples.jsonl'));
    expect(shapeOf(world.get('/fapi/v1/time').json)).toBe(shapeOf(samples[10]));
    expect(world.get('/fapi/v1/klines?symbol=NONE&interval=1m').body).toBe(JSON.stringify(samples[11]));
  });
});

it('takes its literal samples from binance-protocol.md', () => {
  const protocol = sharedText('binance-protocol.md');
  if (protocol !== null)
    for (const sample of golden('protocol-samples.jsonl').trim().split('\n')) expect(protocol).toContain(sample);
});
