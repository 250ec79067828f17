import { open } from 'node:fs/promises';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { RecordingError } from './error.js';

/** Bytes of text held per file at a time. */
const TEXT_BYTES = 65_536;
/** Compressed bytes read at a time: about as much text again. */
const GZIP_BYTES = 16_384;

/** So many bytes; fewer at the end of the file alone. */
const readAt = async (path: string, offset: number, bytes: number): Promise<Buffer> => {
  const file = await open(path);
  try {
    const piece = Buffer.allocUnsafe(bytes);
    let length = 0;
    while (length < bytes) {
      const { bytesRead } = await file.read(piece, length, bytes - length, offset + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return piece.subarray(0, length);
  } finally {
    await file.close();
  }
};

/** A file is open only while a piece of it is read, so that a thousand recordings do not need a thousand descriptors. */
async function* readPieces(path: string, bytes: number): AsyncGenerator<Buffer, void> {
  for (let offset = 0; ; offset += bytes) {
    const piece = await readAt(path, offset, bytes);
    if (piece.length > 0) yield piece;
    if (piece.length < bytes) return;
  }
}

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : String(error);
};

/** The text of a recording in pieces, unpacked if its name ends in `.gz`; read as it is asked for. Throws `RecordingError`. */
export async function* textPieces(path: string): AsyncGenerator<Buffer, void> {
  const isPacked = path.endsWith('.gz');
  try {
    if (!isPacked) {
      yield* readPieces(path, TEXT_BYTES);
      return;
    }
    const packed = Readable.from(readPieces(path, GZIP_BYTES), { highWaterMark: 1 });
    const text = createGunzip({ chunkSize: TEXT_BYTES });
    // The error reaches the loop below through `text`, which the pipeline destroys with it.
    pipeline(packed, text, () => undefined);
    for await (const piece of text) yield piece as Buffer;
  } catch (error) {
    const code = codeOf(error);
    throw code.startsWith('Z_')
      ? new RecordingError(`${path}: is not a whole gzip file (${code}); fetch or pack it again`)
      : new RecordingError(`${path}: cannot be read (${code})`);
  }
}
