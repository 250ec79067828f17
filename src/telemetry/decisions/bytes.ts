import { crc32 } from 'node:zlib';
import { FRAME_HEAD_BYTES } from './format.js';

const TEXT = new TextEncoder();

/** Bytes that grow as numbers and texts are put into them. Texts are in UTF-8, numbers little-endian. */
export interface Writer {
  /** Bytes written so far. */
  readonly length: () => number;
  /** Begins a frame of this kind. */
  readonly open: (kind: number) => void;
  /** Ends the frame: its length and checksum are put in front. */
  readonly close: () => void;
  readonly byte: (value: number) => void;
  readonly word: (value: number) => void;
  readonly double: (value: number) => void;
  /** Length in four bytes, then the text. */
  readonly text: (value: string) => void;
  /** Leaves room for a double word that is known later, and gives its place. */
  readonly room: () => number;
  readonly fill: (place: number, value: number) => void;
  /** A copy of what was written; the writer is empty again. */
  readonly take: () => Uint8Array;
}

/** One writer serves all closes: what it allocates, it keeps. */
export const createWriter = (): Writer => {
  let bytes = new Uint8Array(1 << 16);
  let view = new DataView(bytes.buffer);
  let at = 0;
  let frameAt = 0;

  const need = (count: number): void => {
    if (at + count <= bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes.length * 2, at + count));
    larger.set(bytes.subarray(0, at));
    bytes = larger;
    view = new DataView(bytes.buffer);
  };

  return {
    length: () => at,
    open: (kind) => {
      need(FRAME_HEAD_BYTES + 1);
      frameAt = at;
      at += FRAME_HEAD_BYTES;
      bytes[at++] = kind;
    },
    close: () => {
      const payload = bytes.subarray(frameAt + FRAME_HEAD_BYTES, at);
      view.setUint32(frameAt, payload.length, true);
      view.setUint32(frameAt + 4, crc32(payload), true);
    },
    byte: (value) => {
      need(1);
      bytes[at++] = value;
    },
    word: (value) => {
      need(4);
      view.setUint32(at, value, true);
      at += 4;
    },
    double: (value) => {
      need(8);
      view.setFloat64(at, value, true);
      at += 8;
    },
    text: (value) => {
      // Three bytes for a UTF-16 unit is the most that UTF-8 takes.
      need(4 + value.length * 3);
      const { written } = TEXT.encodeInto(value, bytes.subarray(at + 4));
      view.setUint32(at, written, true);
      at += 4 + written;
    },
    room: () => {
      need(4);
      at += 4;
      return at - 4;
    },
    fill: (place, value) => view.setUint32(place, value, true),
    take: () => {
      const taken = bytes.slice(0, at);
      at = 0;
      return taken;
    },
  };
};

const READ = new TextDecoder();

/** Reads what a `Writer` wrote; going beyond the end throws a `RangeError`. */
export interface Bytes {
  readonly at: () => number;
  readonly byte: () => number;
  readonly word: () => number;
  readonly double: () => number;
  readonly text: () => string;
  readonly skipTo: (place: number) => void;
}

export const readBytes = (bytes: Uint8Array): Bytes => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  return {
    at: () => at,
    byte: () => view.getUint8(at++),
    word: () => {
      at += 4;
      return view.getUint32(at - 4, true);
    },
    double: () => {
      at += 8;
      return view.getFloat64(at - 8, true);
    },
    text: () => {
      const length = view.getUint32(at, true);
      const from = at + 4;
      at = from + length;
      if (at > bytes.length) throw new RangeError('a text goes beyond the end of its frame');
      return READ.decode(bytes.subarray(from, at));
    },
    skipTo: (place) => {
      at = place;
    },
  };
};
