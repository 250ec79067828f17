import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/simulator/exchange/random.js';
import { admit, fieldsOfKline } from '../../../src/sources/binance/door.js';
import { readFrame, saysOpen } from '../../../src/sources/binance/kline.js';
import { sampleLines } from './support.js';

const FRAMES = 100_000;
const NOW_MS = 1_900_000_000_000;
/** What a broken link or a hostile server would put in: marks, letters of the words, odd numbers. */
const PIECES = [
  '"',
  ':',
  ',',
  '{',
  '}',
  '[',
  ']',
  '-',
  '.',
  'e',
  'x',
  'true',
  'false',
  'null',
  '1e999',
  '""',
  '__proto__',
  '\u0000',
  '\\',
  '9',
].map((piece) => Buffer.from(piece));

const isSane = (value: number | null): boolean => value !== null && Number.isFinite(value) && value >= 0;

describe('100 000 spoilt frames', () => {
  it('never crash the reader, and let no bar in that a bar cannot be', () => {
    const random = createRandom(20_260_105);
    const below = (count: number): number => Math.floor(random() * count);
    const samples = [...sampleLines('usdm-klines-20210722.jsonl'), ...sampleLines('frames.jsonl')];
    const kinds = new Map<string, number>();
    let admitted = 0;
    for (let i = 0; i < FRAMES; i++) {
      let frame = samples[below(samples.length)] ?? Buffer.alloc(0);
      for (let change = 1 + below(3); change > 0; change--) {
        const at = below(frame.length + 1);
        const piece = PIECES[below(PIECES.length)] ?? Buffer.alloc(0);
        frame = Buffer.concat([frame.subarray(0, at), piece, frame.subarray(at + below(6))]);
      }
      saysOpen(frame);
      const read = readFrame(frame);
      kinds.set(read.kind, (kinds.get(read.kind) ?? 0) + 1);
      if (read.kind !== 'kline') continue;
      const { bar } = admit({ market: 'usdm', symbol: 'S', interval: '1m' }, fieldsOfKline(read.bar), 'stream', NOW_MS, 2_000);
      if (bar === null) continue;
      admitted++;
      const { open, high, low, close, volume, quoteVolume, takerVolume, openTimeMs } = bar;
      if (![open, high, low, close, volume, quoteVolume, takerVolume].every(isSane)) expect(bar).toBe('a bar of sane numbers');
      if (high < Math.max(open, close) || low > Math.min(open, close) || low <= 0)
        expect(bar).toBe('a bar whose extremes are its extremes');
      if (openTimeMs % 60_000 !== 0 || openTimeMs > NOW_MS) expect(bar).toBe('a bar of the past, on the grid');
    }
    expect(kinds.get('garbage') ?? 0).toBeGreaterThan(FRAMES / 10);
    expect(kinds.get('kline') ?? 0).toBeGreaterThan(FRAMES / 20);
    expect(admitted).toBeGreaterThan(100);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
