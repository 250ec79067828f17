import { crc32 } from 'node:zlib';
import type { Bar } from '../../model/bar.js';

/*
 * A file of bars is a row of blocks, one for each time that bars were written:
 *
 *   24 bytes  'BARS', version, bytes of the names, number of bars, crc32 of all that follows, crc32 of these 20 bytes; little-endian
 *   names     JSON {"of": "usdm-15m", "symbols": […]}
 *   bars      12 doubles each: index of the symbol, open time, open, high, low, close, volume, quote volume, trades,
 *             taker volume, taker quote volume, 0 from the stream or 1 from REST; NaN where the exchange gave nothing
 *
 * Doubles instead of decimals because a restart reads hundreds of thousands of bars: it is a copy, not a parse.
 */

/** Version of the layout; a file of another one is not read. */
export const CACHE_VERSION = 1;
/** Doubles of a bar. */
export const COLUMNS = 12;
/** Where the open time stands among them. */
export const OPEN_TIME = 1;
const MAGIC = 0x53524142;
const HEADER_BYTES = 24;
const FROM_STREAM = 0;
const FROM_REST = 1;

const writeBar = (bar: Bar, symbol: number, into: Float64Array, at: number): void => {
  into[at] = symbol;
  into[at + 1] = bar.openTimeMs;
  into[at + 2] = bar.open;
  into[at + 3] = bar.high;
  into[at + 4] = bar.low;
  into[at + 5] = bar.close;
  into[at + 6] = bar.volume ?? Number.NaN;
  into[at + 7] = bar.quoteVolume ?? Number.NaN;
  into[at + 8] = bar.tradeCount ?? Number.NaN;
  into[at + 9] = bar.takerVolume ?? Number.NaN;
  into[at + 10] = bar.takerQuoteVolume ?? Number.NaN;
  into[at + 11] = bar.provenance === 'stream' ? FROM_STREAM : FROM_REST;
};

const given = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** The bar that stands at `at` of so many doubles. */
export const readBar = (
  { market, interval, symbol }: Pick<Bar, 'market' | 'interval' | 'symbol'>,
  from: Float64Array,
  at: number,
): Bar => {
  const column = (index: number): number => from[at + index] as number;
  return {
    market,
    symbol,
    interval,
    openTimeMs: column(1),
    open: column(2),
    high: column(3),
    low: column(4),
    close: column(5),
    volume: given(column(6)),
    quoteVolume: given(column(7)),
    tradeCount: given(column(8)),
    takerVolume: given(column(9)),
    takerQuoteVolume: given(column(10)),
    provenance: column(11) === FROM_STREAM ? 'stream' : 'rest',
  };
};

/** One block of the file that is named `of`. */
export const encodeBlock = (of: string, bars: readonly Bar[]): Buffer => {
  const indices = new Map<string, number>();
  const numbers = new Float64Array(bars.length * COLUMNS);
  bars.forEach((bar, i) => {
    let index = indices.get(bar.symbol);
    if (index === undefined) indices.set(bar.symbol, (index = indices.size));
    writeBar(bar, index, numbers, i * COLUMNS);
  });
  const names = Buffer.from(JSON.stringify({ of, symbols: [...indices.keys()] }));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(CACHE_VERSION, 4);
  header.writeUInt32LE(names.length, 8);
  header.writeUInt32LE(bars.length, 12);
  const body = Buffer.concat([names, Buffer.from(numbers.buffer)]);
  header.writeUInt32LE(crc32(body), 16);
  header.writeUInt32LE(crc32(header.subarray(0, 20)), 20);
  return Buffer.concat([header, body]);
};

/** Takes a bar: its symbol, and the doubles at `at`. */
export type TakeBar = (symbol: string, from: Float64Array, at: number) => void;

const readBody = (body: Buffer, namesBytes: number, count: number, of: string, take: TakeBar): boolean => {
  const names = JSON.parse(body.toString('utf8', 0, namesBytes)) as { readonly of: string; readonly symbols: readonly string[] };
  if (names.of !== of) return false;
  // A copy, which begins where doubles may begin.
  const numbers = new Float64Array(new Uint8Array(body.subarray(namesBytes)).buffer);
  for (let at = 0; at < count * COLUMNS; at += COLUMNS) take(names.symbols[numbers[at] as number] as string, numbers, at);
  return true;
};

/**
 * Reads the file that is named `of` and hands each bar on. `null` when the file is not to be trusted: not of this version, or a
 * block is not as it was written. The last one may have been cut off by the end of a process; then the file is not whole.
 */
export const decodeBlocks = (
  file: Uint8Array,
  of: string,
  take: TakeBar,
): { readonly count: number; readonly isWhole: boolean } | null => {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  let count = 0;
  for (let start = 0; start < bytes.length;) {
    if (bytes.length - start < HEADER_BYTES) return { count, isWhole: false };
    const header = bytes.subarray(start, start + HEADER_BYTES);
    const [magic, version] = [header.readUInt32LE(0), header.readUInt32LE(4)];
    if (magic !== MAGIC || version !== CACHE_VERSION || crc32(header.subarray(0, 20)) !== header.readUInt32LE(20)) return null;
    const [namesBytes, bars] = [header.readUInt32LE(8), header.readUInt32LE(12)];
    const end = start + HEADER_BYTES + namesBytes + bars * COLUMNS * 8;
    if (end > bytes.length) return { count, isWhole: false };
    const body = bytes.subarray(start + HEADER_BYTES, end);
    if (crc32(body) !== header.readUInt32LE(16) || !readBody(body, namesBytes, bars, of, take)) return null;
    count += bars;
    start = end;
  }
  return { count, isWhole: true };
};
