import { writeSync } from 'node:fs';

/** Somewhere text goes at once. `write` never throws. */
export interface Output {
  write(text: string): void;
  /** Texts that could not be written, wholly or in part. */
  lost(): number;
}

const BUSY_RETRIES_MAX = 20;
const BUSY_WAIT_MS = 5;
const pauseCell = new Int32Array(new SharedArrayBuffer(4));

const isBusy = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EAGAIN' || code === 'EBUSY';
};

/** Writes the rest of the bytes. A reader that is only slow gets a tenth of a second for each piece; anything else throws. */
const writeAll = (fd: number, bytes: Uint8Array): void => {
  let busy = 0;
  for (let from = 0; from < bytes.length;) {
    try {
      from += writeSync(fd, bytes, from);
      busy = 0;
    } catch (error) {
      if (!isBusy(error) || ++busy > BUSY_RETRIES_MAX) throw error;
      Atomics.wait(pauseCell, 0, 0, BUSY_WAIT_MS);
    }
  }
};

/**
 * Writes to a file descriptor, standard output by default, synchronously: what was written is there whatever ends the
 * process. A closed pipe, a full disk or a reader that has stopped costs lines, never the service (reliability.md F81), and
 * when space returns, lines appear again. That is why neither `process.stdout` nor a log library's stream is used: the one
 * raises an error that ends the process, the other keeps every failed line in memory.
 */
export const createOutput = (fd = 1): Output => {
  let lost = 0;
  return {
    write: (text) => {
      try {
        writeAll(fd, Buffer.from(text));
      } catch {
        // There is no other place to say so; `lost` tells whoever asks.
        lost++;
      }
    },
    lost: () => lost,
  };
};
