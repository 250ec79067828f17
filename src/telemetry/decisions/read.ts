import { join } from 'node:path';
import type { Observable } from 'rxjs';
import { concatMap, from, map } from 'rxjs';
import type { RingFiles } from '../../ports/ring-files.js';
import type { DecidedFile } from './decode.js';
import { decodeFile } from './decode.js';
import { parseRingName } from './format.js';

/** One file of the ring and what it says. */
export interface ReadFile extends DecidedFile {
  readonly name: string;
}

const NOTHING: DecidedFile = { header: null, closes: [], symbols: new Set(), ending: 'clean' };

/**
 * The files of a ring, oldest first, one in memory at a time; nothing when there is none. The monitor may be running: a file that
 * it removes meanwhile is empty, and a close that it is writing ends its file as `torn`. `wanted` picks the symbols whose records
 * are read.
 */
export const readDecisions = (
  files: RingFiles,
  folder: string,
  wanted: (symbol: string) => boolean = () => true,
): Observable<ReadFile> =>
  files.list(folder).pipe(
    concatMap((found) => {
      const ours = found.map(({ name }) => parseRingName(name)).filter((parsed) => parsed !== null);
      return from(ours.sort((a, b) => a.sequence - b.sequence));
    }),
    concatMap(({ name }) =>
      files.read(join(folder, name)).pipe(map((bytes) => ({ name, ...(bytes === null ? NOTHING : decodeFile(bytes, wanted)) }))),
    ),
  );
