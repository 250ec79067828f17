import { createWriteStream, mkdirSync } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gzip } from 'node:zlib';
import { constants, createGzip } from 'node:zlib';

export interface WriterOptions {
  readonly folder: string;
  /** A file is followed by the next when it has so many bytes, packed, or is so old. */
  readonly maxBytes: number;
  readonly rotateAfterMs: number;
  /** Files kept in the folder; the oldest go. */
  readonly maxFiles: number;
  /** Bytes that may wait for the disk; above that lines are left out. */
  readonly queueBytesMax: number;
  /** What every file begins with, so that it can be read without those before it. */
  readonly heading: (timeMs: number) => readonly string[];
  /** Lines were left out, or the disk fails: then nothing more is written. */
  readonly trouble: (detail: string, lines: number) => void;
}

export interface Writer {
  /** Never waits. `timeMs` is the time of the line, by which files are named and followed by the next. */
  write(timeMs: number, line: string): void;
  /** Resolves when all that was taken is on the disk or has failed. */
  close(): Promise<void>;
}

/** What a process that dies loses at most, in market time. */
const FLUSH_MS = 5_000;
/** Lines are handed on in pieces of about so many characters. */
const BATCH = 64 * 1024;
const NAME = /^\d{8}T\d{9}Z-\d{4}\.jsonl\.gz$/;

interface Open {
  readonly gzip: Gzip;
  readonly file: WriteStream;
  readonly openedMs: number;
}

const nameOf = (timeMs: number, number: number): string =>
  `${new Date(timeMs).toISOString().replace(/[-:.]/g, '')}-${String(number % 10_000).padStart(4, '0')}.jsonl.gz`;

/** The files of a recording, oldest first. Rejects with Node's own error when there is no such folder. */
export const recordingFiles = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => NAME.test(name)).sort();

/** Writes lines to packed files that follow one another. What fails is told once, and nothing more is written then. */
export const createWriter = (options: WriterOptions): Writer => {
  const { folder, maxBytes, rotateAfterMs, maxFiles, queueBytesMax, heading, trouble } = options;
  let open: Open | null = null;
  let files = 0;
  let batch: string[] = [];
  let batched = 0;
  let flushedMs = -Infinity;
  let leftOut = 0;
  let failed = false;
  let tidying = Promise.resolve();
  const endings = new Set<Promise<unknown>>();

  const until = (ending: Promise<unknown>): void => {
    endings.add(ending);
    void ending.finally(() => endings.delete(ending));
  };
  const fail = (error: Error): void => {
    if (!failed) trouble(`the recording cannot be written (${(error as NodeJS.ErrnoException).code ?? 'error'})`, 0);
    failed = true;
  };
  const makeFolder = (): void => {
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      fail(error as Error);
    }
  };
  const tidy = async (): Promise<void> => {
    try {
      const names = await recordingFiles(folder);
      for (const name of names.slice(0, Math.max(0, names.length - maxFiles))) await unlink(join(folder, name));
    } catch (error) {
      fail(error as Error);
    }
  };
  const start = (timeMs: number): Open => {
    const gzip = createGzip();
    gzip.on('error', fail);
    const file = createWriteStream(join(folder, nameOf(timeMs, files++)), { flags: 'wx' });
    until(
      new Promise<void>((resolve) => {
        file.on('close', resolve);
        file.on('error', (error) => {
          fail(error);
          gzip.destroy();
          resolve();
        });
      }),
    );
    // One after the other: two that tidy at once would remove the same file.
    file.on('open', () => {
      tidying = tidying.then(tidy);
      until(tidying);
    });
    gzip.pipe(file);
    batch.push(...heading(timeMs));
    return { gzip, file, openedMs: timeMs };
  };
  const hand = (): void => {
    if (batch.length > 0 && open !== null) open.gzip.write(batch.join(''));
    batch = [];
    batched = 0;
  };
  const stop = (): void => {
    hand();
    open?.gzip.end();
    open = null;
  };
  const waiting = (): number => (open === null ? 0 : open.gzip.writableLength + open.file.writableLength) + batched;
  const tellLeftOut = (): void => {
    if (leftOut > 0) trouble(`the disk is too slow for the recording: ${leftOut} lines were left out`, leftOut);
    leftOut = 0;
  };

  makeFolder();
  return {
    write: (timeMs, line) => {
      if (failed) return;
      if (waiting() > queueBytesMax) {
        leftOut++;
        return;
      }
      tellLeftOut();
      if (open !== null && (open.file.bytesWritten >= maxBytes || timeMs - open.openedMs >= rotateAfterMs)) stop();
      open ??= start(timeMs);
      batch.push(line);
      batched += line.length;
      const isDue = timeMs - flushedMs >= FLUSH_MS;
      if (batched >= BATCH || isDue) hand();
      if (!isDue) return;
      flushedMs = timeMs;
      open.gzip.flush(constants.Z_SYNC_FLUSH);
    },
    close: async () => {
      tellLeftOut();
      stop();
      while (endings.size > 0) await Promise.all(endings);
    },
  };
};
