/*
 * Takes data frames that nobody wants out of a WebSocket's bytes before the library that reads them sees them: where 299 frames in
 * 300 are dropped, to read them costs more than everything else. It knows where a frame ends (RFC 6455 §5.2) and nothing else of the
 * protocol: what it does not drop goes on byte by byte as it came, right or wrong. A refused message in a place where the protocol
 * allows none, in the middle of another, is dropped like any other.
 */

const FINAL = 0x80;
const OPCODE = 0x0f;
/** A piece of a message, a text and a binary one; everything above is no data. */
const OPCODE_DATA_MAX = 0x02;
/** The first byte of a text message in one frame. */
const TEXT = 0x81;
const MASKED = 0x80;
const LENGTH = 0x7f;
/** The length is in the next two bytes, or, above, in the next eight. */
const LENGTH_16 = 126;
const MASK_BYTES = 4;
/** A longer frame goes on as it comes, unasked, so that it never has to be held until it is whole. */
const ASKED_BYTES_MAX = 4_096;

export interface Sieve {
  /** Bytes as they come, in pieces of any size, each good until this returns. */
  readonly take: (chunk: Buffer) => void;
  /** No more will come: what was held for want of its end goes on. */
  readonly end: () => void;
}

export interface SieveParts {
  /** Asked of each text message that is in one frame, not masked and of at most 4 KiB, in order; `false` drops it. */
  readonly keep: (frame: Buffer) => boolean;
  /** Told what goes on, in order. The bytes are good until this returns. */
  readonly pass: (bytes: Buffer) => void;
  /** Told before the end of a message goes on, whether it was asked about. */
  readonly message: (isAsked: boolean) => void;
}

/** Bytes that a frame takes with its header; 0: its header has not come whole. */
const sizeOf = (bytes: Buffer, at: number): number => {
  const there = bytes.length - at;
  if (there < 2) return 0;
  const second = bytes[at + 1] as number;
  const mask = (second & MASKED) === 0 ? 0 : MASK_BYTES;
  const length = second & LENGTH;
  if (length < LENGTH_16) return 2 + mask + length;
  if (length === LENGTH_16) return there < 4 ? 0 : 4 + mask + ((bytes[at + 2] as number) << 8) + (bytes[at + 3] as number);
  return there < 10 ? 0 : 10 + mask + Number(bytes.readBigUInt64BE(at + 2));
};

/**
 * A sieve for the bytes that a server sends after its answer to the upgrade.
 *
 * *Memory.* The beginning of one frame, 4 KiB at most.
 */
export const createSieve = ({ keep, pass, message }: SieveParts): Sieve => {
  let held: Buffer | null = null;
  /** Bytes still to come of a frame that goes on as it comes. */
  let passing = 0;

  const goesOn = (bytes: Buffer, at: number, end: number): boolean => {
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    const isAsked = first === TEXT && second <= LENGTH_16 && end - at <= ASKED_BYTES_MAX;
    if (isAsked && !keep(bytes.subarray(at + (second === LENGTH_16 ? 4 : 2), end))) return false;
    if ((first & FINAL) !== 0 && (first & OPCODE) <= OPCODE_DATA_MAX) message(isAsked);
    return true;
  };

  /**
   * Deals with the frames from `next` on that are whole, or need not be; holds the rest. Each frame goes on before the next is asked
   * about, so that whoever is asked knows what those before have led to, unless a pause holds them back.
   */
  const sift = (bytes: Buffer, next: number): void => {
    let at = next;
    while (at < bytes.length) {
      const size = sizeOf(bytes, at);
      const end = at + size;
      const isHere = end <= bytes.length;
      if (size === 0 || (!isHere && size <= ASKED_BYTES_MAX)) break;
      if (goesOn(bytes, at, end)) pass(bytes.subarray(at, end));
      if (!isHere) passing = end - bytes.length;
      at = end;
    }
    if (at < bytes.length) held = Buffer.from(bytes.subarray(at));
  };

  /** Completes the frame whose beginning is held, with as little copying as that needs; gives where the next begins. */
  const complete = (beginning: Buffer, chunk: Buffer): number => {
    const seam = Buffer.concat([beginning, chunk.subarray(0, ASKED_BYTES_MAX)]);
    const size = sizeOf(seam, 0);
    if (size === 0 || (size <= ASKED_BYTES_MAX && size > seam.length)) {
      held = seam;
      return chunk.length;
    }
    held = null;
    if (goesOn(seam, 0, size)) pass(size <= ASKED_BYTES_MAX ? seam.subarray(0, size) : beginning);
    if (size <= ASKED_BYTES_MAX) return size - beginning.length;
    passing = size - beginning.length;
    return 0;
  };

  return {
    take: (chunk) => {
      let at = held === null ? 0 : complete(held, chunk);
      if (passing > 0) {
        const end = Math.min(at + passing, chunk.length);
        pass(chunk.subarray(at, end));
        passing -= end - at;
        at = end;
      }
      sift(chunk, at);
    },
    end: () => {
      if (held !== null) pass(held);
      held = null;
    },
  };
};
