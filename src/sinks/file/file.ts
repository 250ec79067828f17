import { dirname, join, resolve } from 'node:path';
import type { Observable } from 'rxjs';
import { catchError, defer, from, map, of } from 'rxjs';
import { z } from 'zod';
import type { Check } from '../../ports/check.js';
import { failed, fine } from '../../ports/check.js';
import type { Context } from '../../ports/context.js';
import type { Files } from '../../ports/files.js';
import { defineSink } from '../../ports/plugin.js';
import { sizeBytes } from '../../ports/settings.js';
import type { Receipt } from '../../ports/sink.js';
import { sinkName } from '../wire/options.js';
import { answer, causeOf, createLineFile, done } from './line-file.js';
import type { Line } from './records.js';
import { alertLine, announcementLine } from './records.js';

/*
 * Delivery: effectively once. A line that is there already, in this file or in the one before it, is not written again; half a line
 * is never left behind. With `fsync: always` an alert counts as delivered when it would survive a power cut, with `never` when it
 * would survive the end of this process.
 */

const BYTES_MIN = 65_536;
const BYTES_MAX = 268_435_456;

const options = z.strictObject({
  name: sinkName('file'),
  path: z
    .string({ error: 'the path of a file, such as data/alerts.jsonl' })
    .regex(/[^/\\]$/, { error: 'the path of a file, such as data/alerts.jsonl' })
    .default('data/alerts.jsonl')
    .describe('File to write to; it is made, with its folder, when it is not there. One monitor at a time may write to it.'),
  maxBytes: sizeBytes
    .refine((bytes) => bytes >= BYTES_MIN && bytes <= BYTES_MAX, { error: 'from 64KiB to 256MiB' })
    .prefault('16MiB')
    .describe('A file that would grow beyond this is moved aside (alerts.1.jsonl, alerts.2.jsonl, …) and a new one begun.'),
  maxFiles: z.int().min(2).max(1_000).default(8).describe('Files that are kept, the newest included; the oldest go.'),
  fsync: z
    .enum(['always', 'never'])
    .default('always')
    .describe('always: an alert counts as written when it would survive a power cut. never: the machine syncs when it likes.'),
});

const CURE = 'give this user the right to write there, free some space, or set another path';

/** The folder, or what it would be made in. */
const nearest = async (files: Files, folder: string): Promise<string> => {
  const above = dirname(folder);
  return above === folder || (await answer(files.stat(folder))) !== null ? folder : nearest(files, above);
};

/** Writes a file beside the one of alerts, syncs it and removes it. */
const tryFolder = async ({ files, wireTime }: Context, path: string): Promise<Check> => {
  const folder = await nearest(files, resolve(dirname(path)));
  const probe = join(folder, `doctor-${files.processes.self.pid}-alerts.probe`);
  const startedMs = wireTime.now();
  try {
    await done(files.create(probe, 'written by doctor, which removes it at once\n'));
    await done(files.syncFolder(folder));
  } finally {
    await done(files.remove(probe));
  }
  return fine('folder', `${folder} can be written to: a file was synced in ${(wireTime.now() - startedMs).toFixed(1)} ms`);
};

/** Alerts as lines of JSON. */
export const file = defineSink({
  type: 'file',
  summary: 'Writes alerts to a file as JSON lines, whole, once each, and rotates it.',
  options,
  create: ({ name, path, maxBytes, maxFiles, fsync }, context) => {
    const { files, report } = context;
    const lines = createLineFile({
      files,
      path,
      bytesMax: maxBytes,
      filesMax: maxFiles,
      isSynced: fsync === 'always',
      sink: name,
      report,
    });
    const write = (line: () => Line | string, messageId: string | null): Observable<Receipt> =>
      defer(() => from(lines.write(line()))).pipe(map(() => ({ messageId })));
    return {
      name,
      deliver: (alert, attempt) => write(() => alertLine(alert, attempt), alert.id),
      announce: (announcement) => write(() => announcementLine(announcement), null),
      probe: () =>
        defer(() => from(tryFolder(context, path))).pipe(
          catchError((error: unknown) => of(failed('folder', `writing beside ${path}: ${causeOf(error)}`, CURE))),
        ),
    };
  },
});
