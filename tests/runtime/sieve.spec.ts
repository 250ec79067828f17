import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSieve } from '../../src/runtime/sieve.js';

const ASKED_BYTES_MAX = 4_096;

interface Shape {
  readonly first: number;
  readonly isMasked: boolean;
  /** Of the payload. */
  readonly bytes: number;
  /** Bytes of the length: none beside the seven bits, two, or eight. */
  readonly lengthBytes: 0 | 2 | 8;
  readonly isWanted: boolean;
}

interface Made extends Shape {
  readonly wire: Buffer;
  readonly payload: Buffer;
  readonly isAsked: boolean;
}

/** A frame of RFC 6455 §5.2, whose payload begins with whether it is wanted. */
const frame = (shape: Shape): Made => {
  const { first, isMasked, bytes, isWanted } = shape;
  const lengthBytes = bytes > 65_535 ? 8 : bytes > 125 && shape.lengthBytes === 0 ? 2 : shape.lengthBytes;
  const payload = Buffer.alloc(bytes, isWanted ? 'w' : 'u');
  const mask = isMasked ? 0x80 : 0;
  const header = Buffer.alloc(2 + lengthBytes);
  header[0] = first;
  header[1] = mask | (lengthBytes === 0 ? bytes : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) header.writeUInt16BE(bytes, 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(BigInt(bytes), 2);
  const wire = Buffer.concat([header, Buffer.alloc(isMasked ? 4 : 0, 7), payload]);
  const isAsked = first === 0x81 && !isMasked && lengthBytes < 8 && wire.length <= ASKED_BYTES_MAX;
  return { ...shape, wire, payload, isAsked };
};

const shapes: fc.Arbitrary<Shape> = fc.record({
  // Text mostly; binary, pieces, a close, pings and pongs, reserved ones, and bits that mean nothing without an extension.
  first: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0x81) },
    fc.constantFrom(0x82, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8a, 0x83, 0xc1),
  ),
  isMasked: fc.boolean(),
  bytes: fc.oneof(fc.nat({ max: 400 }), fc.constantFrom(125, 126, 4_091, 4_092, 4_093, 5_000, 65_535, 65_536, 70_000)),
  lengthBytes: fc.constantFrom(0, 2, 8),
  isWanted: fc.boolean(),
});

/** Lets the bytes through in pieces of these sizes, over and over, and writes down what is asked and what goes on. */
const sift = (bytes: Buffer, sizes: readonly number[]) => {
  const [asked, passed, messages]: [string[], Buffer[], boolean[]] = [[], [], []];
  const sieve = createSieve({
    keep: (payload) => {
      asked.push(payload.toString('latin1'));
      return payload.length === 0 || payload[0] === 0x77;
    },
    // Copied, as the bytes are good for this moment only.
    pass: (piece) => void passed.push(Buffer.from(piece)),
    message: (isAsked) => void messages.push(isAsked),
  });
  for (let [at, turn] = [0, 0]; at < bytes.length; turn++) {
    const piece = Buffer.from(bytes.subarray(at, at + (sizes[turn % sizes.length] as number)));
    at += piece.length;
    sieve.take(piece);
    // Whoever reads them has one buffer for all.
    piece.fill(0xee);
  }
  return { asked, passed, messages, end: sieve.end };
};

describe('a sieve', () => {
  it('takes out the refused messages and nothing else, however the bytes are cut', () => {
    const cases = fc.tuple(
      fc.array(shapes, { maxLength: 12 }).map((all) => all.map(frame)),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 70_000 })), { minLength: 1, maxLength: 6 }),
    );
    fc.assert(
      fc.property(cases, ([frames, sizes]) => {
        const { asked, passed, messages, end } = sift(Buffer.concat(frames.map(({ wire }) => wire)), sizes);
        const isRefused = ({ isAsked, payload }: Made): boolean => isAsked && payload[0] === 0x75;
        const kept = frames.filter((one) => !isRefused(one));
        expect(asked).toEqual(frames.filter(({ isAsked }) => isAsked).map(({ payload }) => payload.toString('latin1')));
        expect(Buffer.concat(passed).equals(Buffer.concat(kept.map(({ wire }) => wire)))).toBe(true);
        const ends = kept.filter(({ first }) => [0x80, 0x81, 0x82, 0xc1].includes(first));
        expect(messages).toEqual(ends.map(({ isAsked }) => isAsked));
        const before = passed.length;
        end();
        expect(passed).toHaveLength(before);
      }),
    );
  });

  it('gives on what was held when no more comes, as it came', () => {
    const { wire } = frame({ first: 0x81, isMasked: false, bytes: 300, lengthBytes: 2, isWanted: false });
    for (const length of [1, 3, 4, 5, 303]) {
      const { asked, passed, end } = sift(wire.subarray(0, length), [2]);
      expect({ asked, passed }).toEqual({ asked: [], passed: [] });
      end();
      end();
      expect(passed).toEqual([wire.subarray(0, length)]);
    }
  });

  it('asks about a message after the one before has gone on', () => {
    const seen: string[] = [];
    const sieve = createSieve({
      keep: (payload) => seen.push(`ask ${payload.toString()}`) > 0,
      pass: (piece) => void seen.push(`pass ${piece.toString('latin1', 2)}`),
      message: () => undefined,
    });
    sieve.take(Buffer.from('\x81\x01a\x81\x01b', 'latin1'));
    expect(seen).toEqual(['ask a', 'pass a', 'ask b', 'pass b']);
  });
});
