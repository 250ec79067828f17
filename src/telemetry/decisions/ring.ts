import { join } from 'node:path';
import type { Observable, OperatorFunction, SchedulerLike } from 'rxjs';
import { catchError, concat, concatMap, defer, EMPTY, filter, finalize, from, ignoreElements, map, observeOn, tap } from 'rxjs';
import type { Close } from '../../model/close.js';
import type { Report } from '../../model/fault.js';
import type { RingFiles } from '../../ports/ring-files.js';
import type { Encoder } from './encode.js';
import { createEncoder } from './encode.js';
import { FORMAT, parseRingName, ringName } from './format.js';

export interface RingOptions {
  readonly files: RingFiles;
  readonly folder: string;
  /** All files together never take more. */
  readonly maxBytes: number;
  /** Files go whose closes are all so much older than the newest one, in milliseconds of bar time. */
  readonly keepMs: number;
  /** `ATR`, `%`, … by measure, for whoever reads. */
  readonly units: Readonly<Record<string, string>>;
  /** Where the task of its own runs that encodes a close. */
  readonly scheduler: SchedulerLike;
  readonly report: Report;
}

/** The ring consists of about so many files; the oldest goes as a whole. */
const FILES = 8;
/** Whoever reads holds one file at a time. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes that wait for a disk that does not take them; what comes then is left out. */
const WAITING_BYTES_MAX = 8 * 1024 * 1024;

/** One file of the ring. A name is found for it when it is first written: only then has the folder been looked at. */
interface Kept {
  name: string | null;
  readonly beganAtMs: number;
  bytes: number;
}

interface Piece {
  readonly file: Kept;
  readonly bytes: Uint8Array;
}

/** Puts closes into pieces of files, and begins a new file when one is full, old or spoilt. */
const createPieces = ({ maxBytes, keepMs, units }: RingOptions) => {
  const fileBytes = Math.min(FILE_BYTES_MAX, Math.floor(maxBytes / FILES));
  let encoder: Encoder | null = null;
  let file: Kept = { name: null, beganAtMs: 0, bytes: 0 };

  const isFull = (nowMs: number): boolean => file.bytes >= fileBytes || Math.abs(nowMs - file.beganAtMs) >= keepMs / FILES;

  /** What follows goes into a new file: names and shapes of this one were in bytes that are lost. */
  const spoil = (): void => {
    encoder = null;
  };

  return {
    spoil,
    current: () => file,
    encode: (close: Close): Piece => {
      const nowMs = close.decisionTimeMs;
      if (encoder === null || isFull(nowMs)) {
        file = { name: null, beganAtMs: nowMs, bytes: 0 };
        encoder = createEncoder({ format: FORMAT, beganAtMs: file.beganAtMs, units });
      }
      const bytes = encoder.encode(close);
      if (bytes.length > maxBytes / 2) throw new RangeError(`a close of ${bytes.length} bytes is more than half of the ring`);
      file.bytes += bytes.length;
      return { file, bytes };
    },
  };
};

/** Appends pieces to their files, and removes the oldest files so that all of them keep within their bounds. */
const createFolder = ({ files, folder, maxBytes, keepMs }: RingOptions, lose: (why: unknown) => void) => {
  /** Oldest first. */
  const kept: Kept[] = [];
  let sequence: number | null = null;

  /** Looks once at what an earlier life has left. */
  const account = (): Observable<never> =>
    sequence !== null
      ? EMPTY
      : files.list(folder).pipe(
          tap((found) => {
            const ours = found.flatMap(({ name, bytes }) => {
              const parsed = parseRingName(name);
              return parsed === null ? [] : [{ ...parsed, bytes }];
            });
            ours.sort((a, b) => a.sequence - b.sequence);
            kept.push(...ours);
            sequence = ours.at(-1)?.sequence ?? 0;
          }),
          ignoreElements(),
        );

  const remove = ({ name }: Kept): Observable<never> =>
    name === null ? EMPTY : files.remove(join(folder, name)).pipe(catchError((error: unknown) => (lose(error), EMPTY)));

  /** Its bytes have been counted when they were encoded. */
  const take = (file: Kept): void => {
    if (file.name !== null) return;
    sequence = (sequence ?? 0) + 1;
    file.name = ringName(sequence, file.beganAtMs);
    kept.push(file);
  };

  const prune = (): Observable<never> => {
    const gone: Kept[] = [];
    const oldestMs = Math.max(...kept.map(({ beganAtMs }) => beganAtMs)) - keepMs;
    let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
    while (kept.length > 1) {
      const [oldest, next] = kept as [Kept, Kept];
      if (total <= maxBytes && next.beganAtMs >= oldestMs) break;
      kept.shift();
      gone.push(oldest);
      total -= oldest.bytes;
    }
    return from(gone).pipe(concatMap(remove));
  };

  return {
    write: ({ file, bytes }: Piece): Observable<never> =>
      concat(
        account(),
        defer(() => {
          take(file);
          return concat(prune(), files.append(join(folder, file.name ?? ''), bytes));
        }),
      ),
  };
};

/**
 * Writes every decided close to a ring of files, so that `explain`, `why-not` and `nearest` can say later why something was told
 * or not. A task of its own encodes it after whoever else is told of the close; one append writes it, without a sync: a power cut
 * may cost the last closes, which nothing rests on. It emits nothing, never errors, and completes when all is written; what
 * cannot be written is reported and left out.
 */
export const recordDecisions = (options: RingOptions): OperatorFunction<Close, never> => {
  const { folder, scheduler, report } = options;
  const lose = (why: unknown): void => {
    const words = why instanceof Error ? why.message : String(why);
    report({ kind: 'decisions-lost', detail: `decisions could not be recorded in ${folder}: ${words}` });
  };
  return (close$) =>
    defer(() => {
      const pieces = createPieces(options);
      const ring = createFolder(options, lose);
      const spoilt = new Set<Kept>();
      let waitingBytes = 0;

      const encode = (close: Close): Piece | null => {
        if (waitingBytes > WAITING_BYTES_MAX) {
          lose('the disk does not keep up');
          return null;
        }
        try {
          const piece = pieces.encode(close);
          waitingBytes += piece.bytes.length;
          return piece;
        } catch (thrown) {
          pieces.spoil();
          lose(thrown);
          return null;
        }
      };

      const write = (piece: Piece): Observable<never> =>
        defer(() => (spoilt.has(piece.file) ? EMPTY : ring.write(piece))).pipe(
          catchError((error: unknown) => {
            spoilt.add(piece.file);
            if (pieces.current() === piece.file) pieces.spoil();
            lose(error);
            return EMPTY;
          }),
          finalize(() => (waitingBytes -= piece.bytes.length)),
        );

      return close$.pipe(
        observeOn(scheduler),
        map(encode),
        filter((piece) => piece !== null),
        concatMap(write),
      );
    });
};
