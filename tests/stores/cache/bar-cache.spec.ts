import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { firstValueFrom, throwError } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import type { RingFiles } from '../../../src/ports/ring-files.js';
import { createRingFiles } from '../../../src/runtime/ring-files.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { createBarCache } from '../../../src/stores/cache/bar-cache.js';
import { COLUMNS, decodeBlocks, encodeBlock, readBar } from '../../../src/stores/cache/blocks.js';
import { START_MS, bar } from '../../support/bars.js';
import { faultLog } from '../../support/fakes.js';

const LENGTH_MS = 900_000;
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'bar-cache-'));
  folders.push(folder);
  return folder;
};

/** One life of a cache in a folder. */
const life = (folder: string, files: RingFiles = createRingFiles()) => {
  const clock = createVirtualClock();
  const { report, faults, kinds } = faultLog();
  const cache = createBarCache({ folder, files, wireTime: clock, report });
  return {
    ...{ cache, clock, faults, kinds },
    bars: (symbol: string, from: number, to: number) =>
      firstValueFrom(
        cache.bars({ market: 'usdm', symbol, interval: '15m' }, START_MS + from * LENGTH_MS, START_MS + to * LENGTH_MS),
        { defaultValue: [] },
      ),
    end: () => cache.close().forEach(() => undefined),
  };
};
const at = (index: number, given: Partial<Bar> = {}): Bar =>
  bar({ openTimeMs: START_MS + index * LENGTH_MS, close: 100 + index, provenance: 'stream', ...given });
const range = (from: number, to: number, given: Partial<Bar> = {}): readonly Bar[] =>
  Array.from({ length: to - from + 1 }, (_, i) => at(from + i, given));

describe('the cache of bars', () => {
  it('gives a later life what an earlier one was given, whatever the order, each bar once and the last version of it', async () => {
    const folder = newFolder();
    const first = life(folder);
    first.cache.add(range(10, 14, { provenance: 'rest' }));
    first.cache.add([at(16), at(15), at(12, { close: 7, low: 7 })]);
    first.cache.add([at(3, { symbol: '币安人生USDT', volume: null })]);
    await first.end();
    const second = life(folder);
    expect(await second.bars('BTCUSDT', 11, 20)).toEqual([
      at(11, { provenance: 'rest' }),
      at(12, { close: 7, low: 7 }),
      ...range(13, 14, { provenance: 'rest' }),
      ...range(15, 16),
    ]);
    expect(await second.bars('币安人生USDT', 0, 20)).toEqual([at(3, { symbol: '币安人生USDT', volume: null })]);
    expect(await second.bars('ETHUSDT', 0, 20)).toEqual([]);
    expect(second.faults).toEqual([]);
  });

  it('hands a series out once: memory is not kept for what was read', async () => {
    const folder = newFolder();
    const first = life(folder);
    first.cache.add(range(1, 3));
    await first.end();
    const second = life(folder);
    expect(await second.bars('BTCUSDT', 1, 3)).toHaveLength(3);
    expect(await second.bars('BTCUSDT', 1, 3)).toEqual([]);
  });

  it('keeps what came from the exchange, nothing else', async () => {
    const folder = newFolder();
    const first = life(folder);
    first.cache.add([at(1), at(2, { provenance: 'rebuilt' }), at(3, { provenance: 'replay' })]);
    await first.end();
    expect(await life(folder).bars('BTCUSDT', 0, 9)).toEqual([at(1)]);
  });

  it('writes the bars of a close together, a second after the first', async () => {
    const folder = newFolder();
    const written: number[] = [];
    const files: RingFiles = {
      ...createRingFiles(),
      append: (path, data) => {
        written.push(decodeBlocks(data, 'usdm-15m', () => undefined)?.count ?? 0);
        return createRingFiles().append(path, data);
      },
    };
    const { cache, clock, end } = life(folder, files);
    for (let i = 0; i < 50; i++) cache.add([at(i)]);
    clock.advanceTo(999);
    expect(written).toEqual([]);
    clock.advanceTo(1_000);
    await end();
    expect(written).toEqual([50]);
  });

  it('goes on with the file of an earlier life, and leaves alone what is not its own', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'usdm-15m.notes'), 'mine');
    for (let i = 0; i < 5; i++) {
      const one = life(folder);
      await one.bars('BTCUSDT', 0, 1);
      one.cache.add([at(i), at(i, { interval: '1h', symbol: 'B', openTimeMs: START_MS })]);
      await one.end();
    }
    expect(readdirSync(folder).sort()).toEqual(
      ['usdm-15m.1.bars', 'usdm-15m.notes', ...[1, 2, 3, 4, 5].map((n) => `usdm-1h.${n}.bars`)].sort(),
    );
    expect(await life(folder).bars('BTCUSDT', 0, 9)).toEqual(range(0, 4));
  });

  it('is bounded: a file that would do alone makes those before it superfluous', async () => {
    const folder = newFolder();
    const { cache, end, bars } = life(folder);
    await bars('BTCUSDT', 0, 299);
    for (let i = 0; i < 5_000; i++) cache.add([at(i), at(i, { symbol: 'ETHUSDT' })]);
    await end();
    for (let i = 5_000; i < 5_050; i++) cache.add([at(i), at(i, { symbol: 'ETHUSDT' })]);
    await end();
    // 300 wanted and 200 to spare, twice at most, for two series; they are written in goes of ten thousand.
    const bytes = readdirSync(folder).reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(bytes).toBeLessThanOrEqual(10_100 * COLUMNS * 8 + 1_000);
    expect(await life(folder).bars('ETHUSDT', 4_750, 5_049)).toEqual(range(4_750, 5_049, { symbol: 'ETHUSDT' }));
  });

  const put = (bytes: Buffer, at: number, value: number): Buffer => {
    bytes[at] = value;
    return bytes;
  };
  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['a bit was changed in the numbers of', (bytes) => put(bytes, bytes.length - 200, (bytes[bytes.length - 200] ?? 0) ^ 1)],
    ['a bit was changed in the names of', (bytes) => put(bytes, 30, (bytes[30] ?? 0) ^ 1)],
    ['a length is wrong in', (bytes) => put(bytes, 14, 1)],
    ['zeros were written over', (bytes) => bytes.fill(0, 10, 200)],
    ['zeros were added to', (bytes) => Buffer.concat([bytes, Buffer.alloc(4_096)])],
    ['another version made', (bytes) => put(bytes, 4, 2)],
    ['text has taken the place of', () => Buffer.from('not bars at all, but something longer than a heading')],
  ])('throws away a file when %s it, says so, and keeps bars again', async (_, damage) => {
    const folder = newFolder();
    const first = life(folder);
    first.cache.add(range(0, 9));
    await first.end();
    const path = join(folder, 'usdm-15m.1.bars');
    writeFileSync(path, damage(readFileSync(path)));
    const second = life(folder);
    await second.bars('BTCUSDT', 0, 9);
    expect(second.faults).toMatchObject([{ kind: 'cache-damaged', detail: expect.stringContaining('fetched anew') as string }]);
    second.cache.add(range(5, 7));
    await second.end();
    expect(await life(folder).bars('BTCUSDT', 0, 9)).toEqual(range(5, 7));
  });

  it('loses the last block alone when a process ends in the middle of it', async () => {
    const whole = encodeBlock('usdm-15m', [at(9)]);
    for (let cut = 1; cut < whole.length; cut += 9) {
      const folder = newFolder();
      const first = life(folder);
      first.cache.add(range(0, 8));
      await first.end();
      appendFileSync(join(folder, 'usdm-15m.1.bars'), whole.subarray(0, cut));
      const second = life(folder);
      expect(await second.bars('BTCUSDT', 0, 20)).toEqual(range(0, 8));
      second.cache.add([at(10)]);
      await second.end();
      expect(second.faults).toEqual([]);
      expect(await life(folder).bars('BTCUSDT', 0, 20)).toEqual([...range(0, 8), at(10)]);
    }
  });

  it('goes on when the disk does not', async () => {
    const folder = newFolder();
    let isFull = true;
    const real = createRingFiles();
    const files: RingFiles = {
      ...real,
      append: (path, data) =>
        isFull
          ? throwError(() => Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }))
          : real.append(path, data),
    };
    const one = life(folder, files);
    one.cache.add([at(1)]);
    await one.end();
    expect(one.kinds()).toEqual(['cache-failed']);
    isFull = false;
    one.cache.add([at(2)]);
    await one.end();
    expect(await life(folder).bars('BTCUSDT', 0, 9)).toEqual([at(2)]);
    const unreadable = life(folder, { ...real, list: () => throwError(() => new Error('EACCES')) });
    expect(await unreadable.bars('BTCUSDT', 0, 9)).toEqual([]);
    expect(unreadable.kinds()).toEqual(['cache-failed']);
  });

  it('reads back every bar as it was', () => {
    const number = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
    const some = fc.record({
      ...{ open: number, high: number, low: number, close: number, openTimeMs: fc.nat(2e9).map((n) => n * 900) },
      ...{ volume: fc.option(number), quoteVolume: fc.option(number), tradeCount: fc.option(fc.nat()) },
      ...{ takerVolume: fc.option(number), takerQuoteVolume: fc.option(number) },
      symbol: fc.constantFrom('BTCUSDT', '币安人生USDT', '__proto__', 'a,"b\n'),
      provenance: fc.constantFrom('stream' as const, 'rest' as const),
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 20 }), (bars) => {
        const read: Bar[] = [];
        const whole = bars.map((one) => bar(one));
        const file = Buffer.concat([encodeBlock('x', whole.slice(0, 7)), encodeBlock('x', whole.slice(7))]);
        const result = decodeBlocks(file, 'x', (symbol, from, place) =>
          read.push(readBar({ market: 'usdm', interval: '15m', symbol }, from, place)),
        );
        expect(result).toEqual({ count: bars.length, isWhole: true });
        expect(read).toEqual(whole);
      }),
    );
  });

  it('is read within seconds: 700 series of 300 bars', async () => {
    const folder = newFolder();
    const first = life(folder);
    await first.bars('S0', 0, 299);
    for (let symbol = 0; symbol < 700; symbol++)
      first.cache.add(range(0, 299, { symbol: `S${symbol}USDT`, volume: 123.456, quoteVolume: 98_765.4321, provenance: 'rest' }));
    await first.end();
    const second = life(folder);
    const startedAt = performance.now();
    let bars = 0;
    for (let symbol = 0; symbol < 700; symbol++) bars += (await second.bars(`S${symbol}USDT`, 0, 299)).length;
    const tookMs = performance.now() - startedAt;
    console.log(`cache: ${bars} bars read in ${Math.round(tookMs)} ms`);
    expect(bars).toBe(210_000);
    expect(tookMs).toBeLessThan(5_000);
  });
});
