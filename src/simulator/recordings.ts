import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Interval } from '../model/interval.js';
import { isInterval } from '../model/interval.js';
import type { Market } from '../model/series.js';
import { MARKETS } from '../model/series.js';
import { ARCHIVE_COLUMNS, openTimeOf, PLACE_OF, RecordingError } from './exchange/columns.js';
import type { Recording } from './exchange/recording.js';
import { createRecording } from './exchange/recording.js';

/** Recordings by market; a market without any is empty. */
export type Recordings = Readonly<Record<Market, readonly Recording[]>>;

const FILE_NAME = /^([^-]+)-.*?(\d+[mhd])(?:-[\d_-]+)?\.csv(\.gz)?$/;
const unzip = promisify(gunzip);

/** Symbol and interval of a recording's file name, `<SYMBOL>-<interval>[-…].csv[.gz]`; `null` when it is none. */
export const readFileName = (name: string): { readonly symbol: string; readonly interval: Interval } | null => {
  const match = FILE_NAME.exec(name);
  const [, symbol, interval] = match ?? [];
  return symbol !== undefined && interval !== undefined && isInterval(interval) ? { symbol, interval } : null;
};

const inArchiveOrder = (header: string, rows: readonly string[]): readonly string[] => {
  const names = header.split(',').map((name) => name.trim());
  const places = ARCHIVE_COLUMNS.map((name) => names.indexOf(name));
  if (places[PLACE_OF.open_time] === -1 || places[PLACE_OF.close] === -1)
    throw new RecordingError(`the header "${header}" names no open_time or no close`);
  if (places.every((place, index) => place === index)) return rows;
  return rows.map((row) => {
    const cells = row.split(',');
    return places.map((place) => cells[place] ?? '').join(',');
  });
};

/** The rows of a CSV in the archive's column order: by its header, or by position when its first cell is a number. */
export const readRows = (csv: string): readonly string[] => {
  const [first = '', ...rest] = csv.split(/\r?\n/).filter((line) => line !== '');
  return /^\d/.test(first) ? [first, ...rest] : inArchiveOrder(first, rest);
};

const readCsv = async (path: string): Promise<string> => {
  const bytes = await readFile(path);
  return (path.endsWith('.gz') ? await unzip(bytes) : bytes).toString('utf8');
};

const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

/** All recordings of one folder at one interval, one per symbol; files of the same symbol are joined if they do not overlap. */
const readFolder = async (folder: string, interval: Interval): Promise<readonly Recording[]> => {
  const names = (await namesIn(folder)).filter((name) => readFileName(name)?.interval === interval);
  const files = await Promise.all(names.map(async (name) => ({ name, rows: readRows(await readCsv(join(folder, name))) })));
  const rowsOf = new Map<string, (readonly string[])[]>();
  for (const { name, rows } of files) {
    const symbol = readFileName(name)?.symbol ?? name;
    rowsOf.set(symbol, [...(rowsOf.get(symbol) ?? []), rows]);
  }
  return [...rowsOf].map(([symbol, parts]) => {
    const inTime = parts.sort((a, b) => openTimeOf(a[0] ?? '') - openTimeOf(b[0] ?? ''));
    return createRecording(symbol, interval, inTime.flat());
  });
};

/**
 * Reads the recordings of a folder: those in its subfolders `usdm` and `spot`, and those that lie in the folder itself,
 * which belong to the market that the folder is named after, else to `usdm` (decisions.md 10). Rejects with a
 * `RecordingError` when a file cannot be played or none is there.
 */
export const readRecordings = async (folder: string, interval: Interval): Promise<Recordings> => {
  const own: Market = basename(folder) === 'spot' ? 'spot' : 'usdm';
  const found: Record<Market, readonly Recording[]> = { usdm: [], spot: [] };
  for (const market of MARKETS) {
    const beside = market === own ? await readFolder(folder, interval) : [];
    found[market] = [...beside, ...(await readFolder(join(folder, market), interval))];
  }
  if (found.usdm.length + found.spot.length === 0) throw new RecordingError(`no ${interval} recording in ${folder}`);
  return found;
};
