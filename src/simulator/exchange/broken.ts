import type { SimulatedSocketOut } from '../door.js';

/*
 * Frames that break the rules of RFC 6455, as bytes, and what a client of the product's own options makes of each
 * (reliability.md §8.7; tests/simulator/doors.spec.ts holds the two doors against each other).
 */

const text = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0x81, bytes.length]), bytes]);
const BRACES = Buffer.from('{}');
/** More pieces of one message than any client takes. */
const FRAGMENTS = 2_000;
const HUGE_BYTES = 0x1000_0000;

/** A header that announces more than is sent. */
const header64 = (high: number, low: number): Buffer => {
  const header = Buffer.alloc(10);
  header[0] = 0x81;
  header[1] = 127;
  header.writeUInt32BE(high, 2);
  header.writeUInt32BE(low, 6);
  return header;
};

const raw = (bytes: Buffer, heard: string | Buffer): SimulatedSocketOut => ({ kind: 'raw', bytes, heard });

/** Broken frames by name. `utf8` reaches a client that does not check; all others end its connection. */
export const BROKEN_FRAMES = {
  utf8: () => raw(text(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
  rsv: () => raw(Buffer.concat([Buffer.from([0xa1, 2]), BRACES]), 'WS_ERR_UNEXPECTED_RSV_2_3'),
  masked: () => raw(Buffer.concat([Buffer.from([0x81, 0x82, 0, 0, 0, 0]), BRACES]), 'WS_ERR_UNEXPECTED_MASK'),
  opcode: () => raw(Buffer.concat([Buffer.from([0x83, 2]), BRACES]), 'WS_ERR_INVALID_OPCODE'),
  'long-ping': () => raw(Buffer.from([0x89, 126, 0, 200]), 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH'),
  fragments: () =>
    raw(
      Buffer.concat([Buffer.from([0x01, 1, 0x7b]), ...Array.from({ length: FRAGMENTS }, () => Buffer.from([0x00, 1, 0x20]))]),
      'WS_ERR_TOO_MANY_BUFFERED_PARTS',
    ),
  huge: () => raw(header64(0, HUGE_BYTES), 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'),
  endless: () => raw(header64(0x0020_0000, 0), 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH'),
} as const satisfies Readonly<Record<string, () => SimulatedSocketOut>>;

export type BrokenFrame = keyof typeof BROKEN_FRAMES;

/**
 * Texts that are well framed and say nothing of use: cut short, of another shape, deep, hostile (reliability.md F11–F13). A list
 * to send with `garbageFrames(...GARBAGE)`.
 */
export const GARBAGE: readonly string[] = [
  '',
  ' ',
  'null',
  'true',
  '0',
  '"kline"',
  '[]',
  '{}',
  '{"e":',
  '{"e":"kline"}',
  '{"e":"kline","k":null}',
  '{"e":"kline","k":{"x":true}}',
  '{"e":"kline","k":{"t":1e999,"T":-1,"s":{},"i":[],"x":true}}',
  '{"e":"somethingNew","E":1,"s":"BTCUSDT"}',
  '{"stream":"btcusdt@kline_1m"}',
  '{"stream":"btcusdt@kline_1m","data":null}',
  '{"stream":1,"data":{"e":"kline"}}',
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  '<html><body>502 Bad Gateway</body></html>',
  '\u0000\u0001\ufffd',
  '['.repeat(10_000),
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
];
