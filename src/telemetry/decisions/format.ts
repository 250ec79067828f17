import { crc32 } from 'node:zlib';

/*
 * A file of the ring is a row of frames: four bytes of length, four bytes of CRC-32, both little-endian, then so many bytes of
 * payload, whose first byte says what it is. Names and thresholds are written once per file, so a file can be read without any
 * other; a record holds little more than its numbers.
 *
 *   HEADER   JSON: the format's number, when the file was begun, the units of the measures
 *   STRINGS  number of the first string (4), then for each: its length in bytes (2), its UTF-8
 *   SHAPES   JSON: what records look like, see `Shape`
 *   CLOSE    one decided close with all its records, see encode.ts
 */

export const FORMAT = 1;

export const FRAME = { header: 1, strings: 2, shapes: 3, close: 4 } as const;
export const FRAME_HEAD_BYTES = 8;

export interface Header {
  readonly format: number;
  /** Decision time of its first close, ms UTC. */
  readonly beganAtMs: number;
  /** `ATR`, `%`, … by measure. */
  readonly units: Readonly<Record<string, string>>;
}

/** What the records of one kind have in common: the names of their values and the verdicts with their conditions. */
export interface Shape {
  readonly id: number;
  readonly names: readonly string[];
  readonly verdicts: readonly {
    readonly rule: string;
    readonly ruleVersion: number;
    readonly direction: 'up' | 'down';
    readonly conditions: readonly {
      readonly measure: string;
      /** `null`: the threshold differs from record to record and stands in each. */
      readonly threshold: number | null;
      readonly path?: string;
    }[];
  }[];
}

/** One byte for each condition: whether it passed, where its value and margin come from, and its reason. */
export const CONDITION = {
  passed: 1,
  /** Two bits at 1: the value is that of the measure in the record, stands in the record by itself, or there is none. */
  valueAt: 1,
  ofMeasure: 0,
  own: 1,
  none: 2,
  /** Two bits at 3: the margin is value − threshold, threshold − value, stands in the record, or there is none. */
  marginAt: 3,
  above: 0,
  below: 1,
  ownMargin: 2,
  noMargin: 3,
  /** The number of its reason follows in a byte. */
  hasReason: 32,
} as const;

export const PROVENANCES = ['stream', 'rest', 'replay', 'rebuilt'] as const;
export const FOLLOWS = ['start', 'neighbour', 'gap', 'restart'] as const;

export interface Frame {
  readonly kind: number;
  /** The payload after its first byte. */
  readonly body: Uint8Array;
}

/** Frames of a file up to the first that is not whole, and why it ended there. */
export interface Frames {
  readonly frames: readonly Frame[];
  /** `torn`: the last frame is not all there, as while it is being written; `damaged`: bytes have changed. */
  readonly ending: 'clean' | 'torn' | 'damaged';
  /** Bytes of the whole frames. */
  readonly bytes: number;
}

export const framesOf = (file: Uint8Array): Frames => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const frames: Frame[] = [];
  let at = 0;
  while (at < file.length) {
    const end = at + FRAME_HEAD_BYTES + (at + 4 <= file.length ? view.getUint32(at, true) : 0);
    if (at + FRAME_HEAD_BYTES > file.length || end > file.length) return { frames, ending: 'torn', bytes: at };
    const payload = file.subarray(at + FRAME_HEAD_BYTES, end);
    if (payload.length === 0 || crc32(payload) !== view.getUint32(at + 4, true)) return { frames, ending: 'damaged', bytes: at };
    frames.push({ kind: payload[0] ?? 0, body: payload.subarray(1) });
    at = end;
  }
  return { frames, ending: 'clean', bytes: at };
};

const NAME = /^(\d{8,})-(\d+)\.ring$/;

/** One file of the ring by its name: files are in the order of `sequence`, whatever the clock did between them. */
export interface RingName {
  readonly name: string;
  readonly sequence: number;
  readonly beganAtMs: number;
}

export const ringName = (sequence: number, beganAtMs: number): string =>
  `${String(sequence).padStart(8, '0')}-${Math.max(0, Math.floor(beganAtMs))}.ring`;

/** `null` for a file that is none of the ring's. */
export const parseRingName = (name: string): RingName | null => {
  const match = NAME.exec(name);
  return match === null ? null : { name, sequence: Number(match[1]), beganAtMs: Number(match[2]) };
};
