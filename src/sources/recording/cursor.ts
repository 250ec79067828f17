import type { Bar } from '../../model/bar.js';
import { INTERVAL_MS } from '../../model/interval.js';
import { RecordingError } from './error.js';
import type { Recording } from './find.js';
import { textPieces } from './pieces.js';
import { createRowReader } from './row.js';

/** No row of numbers is longer; a file that seems to have one is not CSV. */
const LINE_BYTES_MAX = 4_096;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const NOTHING = Buffer.alloc(0);

/** A place in a recording: one bar, and at most about one piece of text behind it. */
export interface Cursor {
  readonly recording: Recording;
  /** The bar at the cursor; `null` before the first `load` and at the end. */
  bar(): Bar | null;
  /** When it is known: open time + length; `Infinity` at the end. */
  decisionTimeMs(): number;
  /** Moves on within the text in memory; `false` when more must be loaded first. */
  advance(): boolean;
  /** Reads on until the next bar or the end. Rejects with `RecordingError`. */
  load(): Promise<void>;
  /** Lets go of the file. */
  close(): Promise<void>;
}

/** Skips the byte order mark that some editors put before the first line. */
const withoutMark = (bytes: Buffer): Buffer =>
  bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

export const createCursor = (recording: Recording): Cursor => {
  const readRow = createRowReader(recording.path, recording.series);
  const barMs = INTERVAL_MS[recording.series.interval];
  const pieces = textPieces(recording.path);
  let text: Buffer = NOTHING;
  let offset = 0;
  /** The piece behind the text, where the text is but a line put together of two. */
  let behind: Buffer = NOTHING;
  let isFirst = true;
  let bar: Bar | null = null;

  const readLine = (end: number): Bar | null => {
    const from = offset;
    offset = end + 1;
    return readRow(text, from, end > from && text[end - 1] === CARRIAGE_RETURN ? end - 1 : end);
  };

  const advance = (): boolean => {
    for (;;) {
      const end = text.indexOf(NEWLINE, offset);
      if (end >= 0) {
        bar = readLine(end);
        if (bar !== null) return true;
      } else if (behind.length > 0) {
        text = behind;
        behind = NOTHING;
        offset = 0;
      } else return false;
    }
  };

  return {
    recording,
    bar: () => bar,
    decisionTimeMs: () => (bar === null ? Infinity : bar.openTimeMs + barMs),
    advance,
    load: async () => {
      for (;;) {
        const piece = await pieces.next();
        const rest = text.subarray(offset);
        offset = 0;
        if (piece.done === true) {
          // The last line need not end in a newline.
          text = rest;
          bar = rest.length > 0 ? readLine(rest.length) : null;
          text = NOTHING;
          offset = 0;
          return;
        }
        const fresh = isFirst ? withoutMark(piece.value) : piece.value;
        isFirst = false;
        // The line that two pieces share is put together by itself, so that no piece need be copied.
        const lineEnd = rest.length > 0 ? fresh.indexOf(NEWLINE) + 1 : 0;
        behind = lineEnd > 0 ? fresh.subarray(lineEnd) : NOTHING;
        text = rest.length === 0 ? fresh : Buffer.concat([rest, lineEnd > 0 ? fresh.subarray(0, lineEnd) : fresh]);
        if (advance()) return;
        if (text.length - offset > LINE_BYTES_MAX)
          throw new RecordingError(`${recording.path}: a line of more than ${LINE_BYTES_MAX} bytes; expected the exchange's CSV`);
      }
    },
    close: async () => {
      await pieces.return();
    },
  };
};
