import { crc32 } from 'node:zlib';
import type { Operation } from '../state/state.js';
import { pack, unpack } from './pack.js';

/** Version of the layout of the log and of its operations. Those of version 1 are never packed. */
export const LOG_VERSION = 2;

/** The first line of a log: which snapshot it goes on from. */
export interface Heading {
  readonly kind: 'log';
  readonly version: number;
  readonly generation: number;
}

/**
 * One line of a log. `seq` counts operations over the store's whole life; a heading bears the number of the operation before it.
 * `group` is the first number that was written, and made durable, together with this line. A group is begun only when the one
 * before it is durable, so a line proves that everything before its group had been acknowledged.
 */
export interface Line {
  readonly seq: number;
  readonly group: number;
  readonly op: Operation | Heading;
}

const checksum = (text: string | Buffer): string => crc32(text).toString(16).padStart(8, '0');

/**
 * `{"crc":"89abcdef","seq":7,"group":7,"op":{…}}` and a line feed; the crc32 is that of all bytes after its comma. A long operation
 * is packed (pack.ts): `"packed":"…"` instead of `"op"`.
 */
export const encodeLine = ({ seq, group, op }: Line): string => {
  const text = JSON.stringify(op);
  const packed = pack(text);
  const rest = `"seq":${seq},"group":${group},${packed === null ? `"op":${text}` : `"packed":"${packed}"`}}`;
  return `{"crc":"${checksum(rest)}",${rest}\n`;
};

const PREFIX = /^\{"crc":"([0-9a-f]{8})",$/;
/** Bytes of `{"crc":"89abcdef",`. */
const PREFIX_BYTES = 18;

const decodeLine = (bytes: Buffer): Line | null => {
  const crc = PREFIX.exec(bytes.toString('latin1', 0, PREFIX_BYTES))?.[1];
  if (crc === undefined || crc !== checksum(bytes.subarray(PREFIX_BYTES))) return null;
  const { packed, ...line } = JSON.parse(bytes.toString('utf8')) as Line & { readonly packed?: string };
  return packed === undefined ? line : { ...line, op: JSON.parse(unpack(packed)) as Operation };
};

/** What a log's bytes say. */
export interface Log {
  /** `null` where the first line is unreadable. */
  readonly heading: Heading | null;
  /** Number of the operation before the first one. */
  readonly base: number;
  /** Operations in unbroken order from `base + 1`. */
  readonly lines: readonly Line[];
  /** Bytes of the unbroken part. */
  readonly bytes: number;
  /**
   * - `clean`: the file ends with the unbroken part.
   * - `torn`: what follows had never been acknowledged.
   * - `damaged`: acknowledged lines are missing or unreadable; `salvaged` are those found after them.
   */
  readonly ending: 'clean' | 'torn' | 'damaged';
  readonly salvaged: readonly Line[];
  /** Lines whose number had come before. */
  readonly repeated: number;
}

const splitLines = (bytes: Buffer): { readonly start: number; readonly end: number }[] => {
  const spans: { start: number; end: number }[] = [];
  for (let start = 0; start < bytes.length;) {
    const feed = bytes.indexOf(10, start);
    if (feed < 0) {
      spans.push({ start, end: bytes.length });
      break;
    }
    spans.push({ start, end: feed + 1 });
    start = feed + 1;
  }
  return spans;
};

const isHeading = (op: Operation | Heading): op is Heading => op.kind === 'log';

/**
 * Reads a log up to the first line that is unreadable or out of order, and looks at the rest only to tell an unfinished write
 * from damage. A crash during a group may spoil any part of that group, but never leaves a later group behind it.
 */
export const decodeLog = (bytes: Buffer): Log => {
  const spans = splitLines(bytes);
  const decoded = spans.map(({ start, end }) => (bytes[end - 1] === 10 ? decodeLine(bytes.subarray(start, end - 1)) : null));
  const first = decoded[0]?.op;
  const heading = first !== undefined && isHeading(first) ? first : null;
  const base = heading !== null ? (decoded[0]?.seq ?? 0) : (decoded.find((line) => line !== null)?.seq ?? 1) - 1;

  const lines: Line[] = [];
  let last = base;
  let repeated = 0;
  let i = heading === null ? 0 : 1;
  // A log is made durable with its heading before it gets its name: without one it was spoilt later.
  for (; heading !== null && i < decoded.length; i++) {
    const line = decoded[i];
    if (line === null || line === undefined || line.seq > last + 1) break;
    if (line.seq <= last) repeated++;
    else {
      lines.push(line);
      last = line.seq;
    }
  }
  const rest = decoded.slice(i).filter((line) => line !== null && line.seq > last) as Line[];
  const isDamaged = heading === null || rest.some(({ group }) => group > last + 1);
  const ending = isDamaged ? 'damaged' : i < spans.length ? 'torn' : 'clean';
  const end = i < spans.length ? (spans[i]?.start ?? 0) : bytes.length;
  return { heading, base, lines, bytes: end, ending, salvaged: isDamaged ? rest : [], repeated };
};
