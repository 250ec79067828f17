import { dirname } from 'node:path';
import type { Observable } from 'rxjs';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import type { Report } from '../../model/fault.js';
import type { AppendFile, Files } from '../../ports/files.js';
import { DeliveryError } from '../../ports/sink.js';
import type { Line } from './records.js';
import { firstLine, readRecords } from './records.js';
import { agedPath, rotation } from './rotation.js';

/** Keys that are remembered, the latest: those of more than one file of the usual size. */
const KEYS_MAX = 50_000;

export interface LineFileOptions {
  readonly files: Files;
  readonly path: string;
  readonly bytesMax: number;
  /** Those that are kept, the one that is written to included. */
  readonly filesMax: number;
  /** Whether each line is synced before it counts as written. */
  readonly isSynced: boolean;
  readonly sink: string;
  readonly report: Report;
}

/** A rotating file of lines. Errors are `DeliveryError`s. */
export interface LineFile {
  /** Writes a line unless one of this key is there already. */
  write(line: Line | string): Promise<void>;
}

export const done = (step: Observable<never>): Promise<void> => lastValueFrom(step, { defaultValue: undefined });
// A step that answers never ends without an answer, so there is no default to give.
// eslint-disable-next-line rxjs-x/no-ignored-default-value
export const answer = <T>(step: Observable<T>): Promise<T> => firstValueFrom(step);

/** What a file error means, in a sentence. */
export const causeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `no space left (${code})`;
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return `not allowed (${code})`;
    case 'ELOOP':
      return 'it is a symbolic link; set path to the file itself';
    default:
      return typeof code === 'string' ? `it failed (${code})` : 'it failed';
  }
};

/** The file as it was left by the last write. */
interface Left {
  readonly identity: string;
  readonly bytes: number;
}

/**
 * A file of lines that is appended to, and moved aside when it is full. It is not held open: whoever looks after the machine may
 * move it away at any time. When it is not as the last write left it, it is looked at anew: half a line that a killed life has left
 * at its end is cut off, and what is there whole is known, so that it is not written twice. After any error nothing is assumed.
 */
export const createLineFile = ({ files, path, bytesMax, filesMax, isSynced, sink, report }: LineFileOptions): LineFile => {
  const folder = dirname(path);
  let left: Left | null = null;
  /** A `Set` keeps the order in which keys came, so the first is the oldest. */
  const known = new Set<string>();

  const remember = (key: string): void => {
    known.add(key);
    if (known.size > KEYS_MAX) for (const oldest of known) return void known.delete(oldest);
  };

  const withFile = async <T>(work: (file: AppendFile) => Promise<T>): Promise<T> => {
    const file = await answer(files.append(path));
    try {
      return await work(file);
    } finally {
      // What counts as written was so before; nothing hangs on how closing ends.
      await done(file.close()).catch(() => undefined);
    }
  };

  /** Makes the file with its first line, which is durable before it has its name: what is there later is ours, or it is not. */
  const begin = async (): Promise<Left> => {
    const made = `${path}.new`;
    const first = firstLine(sink);
    await done(files.remove(made));
    await done(files.create(made, first));
    await done(files.rename(made, path));
    await done(files.syncFolder(folder));
    return withFile(({ identity }) => Promise.resolve({ identity, bytes: Buffer.byteLength(first) }));
  };

  const resume = async (bytes: Buffer): Promise<Left> => {
    const { keys, wholeBytes, isOurs } = readRecords(bytes);
    if (!isOurs)
      throw new DeliveryError('disabled', `${path} holds something else than alerts: set another path, or move it away`);
    keys.forEach(remember);
    return withFile(async (file) => {
      if (wholeBytes < bytes.length) {
        await done(file.truncate(wholeBytes));
        const detail = `${path}: half a line at its end, left by a life that was cut off, was removed; it had not counted as written`;
        report({ kind: 'delivery-odd', detail, sink });
      }
      const first = wholeBytes === 0 ? firstLine(sink) : '';
      if (first !== '') await done(file.append(first));
      return { identity: file.identity, bytes: wholeBytes + Buffer.byteLength(first) };
    });
  };

  const look = async (): Promise<Left> => {
    const found = left === null ? null : await answer(files.stat(path));
    if (left !== null && found?.identity === left.identity && found.bytes === left.bytes) return left;
    await done(files.makeFolder(folder));
    const before = await answer(files.read(agedPath(path, 1)));
    if (before !== null) readRecords(before).keys.forEach(remember);
    const bytes = await answer(files.read(path));
    return bytes === null ? begin() : resume(bytes);
  };

  const rotate = async (): Promise<Left> => {
    for (const move of rotation(path, new Set(await answer(files.list(folder))), filesMax)) {
      if (move.kind === 'remove') await done(files.remove(move.path));
      else await done(files.rename(move.path, move.to));
    }
    return begin();
  };

  const append = ({ identity, bytes }: Left, text: string): Promise<Left> =>
    withFile(async (file) => {
      // Moved away in this very moment: the next attempt finds where to write.
      if (file.identity !== identity) throw new DeliveryError('refused', `${path} was moved`);
      try {
        await done(isSynced ? file.append(text) : file.write(text));
      } catch (error) {
        const detail = `writing to ${path}: ${causeOf(error)}`;
        try {
          await done(file.truncate(bytes));
        } catch {
          // What became of the line is seen when the file is looked at again: it is there whole and known then, or cut off.
          throw new DeliveryError('unknown', `${detail}, and it could not be undone`, { strong: true });
        }
        throw new DeliveryError('refused', detail);
      }
      return { identity, bytes: bytes + Buffer.byteLength(text) };
    });

  const write = async (line: Line | string): Promise<void> => {
    const [key, text] = typeof line === 'string' ? [null, line] : [line.key, line.text];
    const found = await look();
    left = found;
    if (key !== null && known.has(key)) return;
    left = null;
    const isFull = found.bytes + Buffer.byteLength(text) > bytesMax;
    left = await append(isFull ? await rotate() : found, text);
    if (key !== null) remember(key);
  };

  /** One after another, whoever asks. */
  let turn: Promise<unknown> = Promise.resolve();
  return {
    write: (line) => {
      const mine = turn.then(async () => {
        try {
          await write(line);
        } catch (error) {
          left = null;
          throw error instanceof DeliveryError ? error : new DeliveryError('refused', `opening ${path}: ${causeOf(error)}`);
        }
      });
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
};
