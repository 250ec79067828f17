import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Report } from '../../model/fault.js';
import { INTERVALS, isInterval } from '../../model/interval.js';
import type { Market, Series } from '../../model/series.js';
import { MARKETS } from '../../model/series.js';
import { RecordingError } from './error.js';

/** A file of bars of one series. */
export interface Recording {
  readonly path: string;
  readonly series: Series;
}

/** `<SYMBOL>[-…]-<interval>[-…].csv[.gz]`: the interval is the last token of its shape, the symbol what stands before the first dash. */
const NAME = /^([^-]+)(?=-)(?:.*)-(\d+[mhd])(?:-.*)?\.csv(?:\.gz)?$/;
const EXPECTED = 'expected a name such as BTCUSDT-15m-2025-10.csv or BTCUSDT-15m.csv.gz';

const isMarket = (text: string): text is Market => (MARKETS as readonly string[]).includes(text);

/**
 * The series a file's name speaks of; the market is the one given, else the folder's name if that is one, else `usdm`.
 * Throws `RecordingError` for a name that says none.
 */
export const recordingOf = (path: string, market?: Market): Recording => {
  const match = NAME.exec(basename(path));
  if (match === null) {
    const hint = path.endsWith('.zip') ? 'is a zip archive; unpack it first' : `does not say of which series it is; ${EXPECTED}`;
    throw new RecordingError(`${path}: ${hint}`);
  }
  const [, symbol = '', interval = ''] = match;
  if (!isInterval(interval))
    throw new RecordingError(`${path}: ${interval} is no bar length; expected one of ${INTERVALS.join(', ')}`);
  const folder = basename(dirname(resolve(path)));
  return { path, series: { market: market ?? (isMarket(folder) ? folder : 'usdm'), symbol, interval } };
};

const isFolder = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    throw new RecordingError(`${path}: there is no such file or folder`);
  }
};

/** CSV files in a folder and its folders, in the order of their names. */
const filesIn = async (folder: string): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesIn(path)));
    else if (/\.csv(?:\.gz)?$/.test(entry.name)) found.push(path);
  }
  return found;
};

/**
 * The recordings that files and folders hold, each file once. A CSV file that lies in a folder and is no recording by its
 * name is left out and reported; one that was asked for by name is an error. Rejects with `RecordingError`.
 */
export const findRecordings = async (
  paths: readonly string[],
  market: Market | undefined,
  report: Report,
): Promise<readonly Recording[]> => {
  const found = new Map<string, Recording>();
  for (const path of paths) {
    const isListed = await isFolder(path);
    const files = isListed ? await filesIn(path) : [path];
    const named = files.filter((file) => !isListed || NAME.test(basename(file)));
    for (const file of named) if (!found.has(resolve(file))) found.set(resolve(file), recordingOf(file, market));
    for (const file of files)
      if (!named.includes(file)) report({ kind: 'recording-ignored', detail: `${file} is left out: ${EXPECTED}` });
    if (named.length === 0) throw new RecordingError(`${path}: holds no recording; ${EXPECTED}`);
  }
  return [...found.values()];
};
