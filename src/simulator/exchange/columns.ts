import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import { decimalsOf } from './decimals.js';

/** The twelve columns of the exchange's public archives, in their order. */
export const ARCHIVE_COLUMNS = [
  'open_time',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'close_time',
  'quote_volume',
  'count',
  'taker_buy_volume',
  'taker_buy_quote_volume',
  'ignore',
] as const;

export type ArchiveColumn = (typeof ARCHIVE_COLUMNS)[number];
/** The columns that hold measured quantities. */
export type NumberColumn = Exclude<ArchiveColumn, 'open_time' | 'close_time' | 'ignore'>;

const PLACES = ARCHIVE_COLUMNS.map((name, place) => ({ name, place })).filter(
  (column): column is { name: NumberColumn; place: number } => !['open_time', 'close_time', 'ignore'].includes(column.name),
);
/** Where a column stands in a row. */
export const PLACE_OF = Object.fromEntries(ARCHIVE_COLUMNS.map((name, place) => [name, place])) as Record<ArchiveColumn, number>;

/** A recording that cannot be played; the message names the symbol, the row and what is wrong. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

/** Archive rows on their grid: a cell is one bar length; a cell without a bar has no row and NaN in every column. */
export interface Columns {
  readonly firstMs: number;
  readonly cells: number;
  readonly rows: readonly (string | undefined)[];
  readonly numbers: Readonly<Record<NumberColumn, Float64Array>>;
  /** The most digits after the point that each column shows; `null` for a column that the source does not have. */
  readonly decimals: Readonly<Record<NumberColumn, number | null>>;
}

/** Plain decimals as the exchange writes them, no sign, no exponent; only time and the four prices must be there. */
const PLAIN_ROW = /^\d+(?:,\d+(?:\.\d+)?){4}(?:,(?:\d+(?:\.\d+)?)?){6,7}$/;

const MICROSECONDS_FROM = 1e14;

/** Open time in ms; the spot archives carry microseconds since 2025. */
export const openTimeOf = (line: string): number => {
  const time = Number(line.slice(0, line.indexOf(',')));
  return time > MICROSECONDS_FROM ? Math.floor(time / 1000) : time;
};

/** Puts archive rows, oldest first, on their grid. Throws a `RecordingError`. */
export const readColumns = (symbol: string, interval: Interval, lines: readonly string[]): Columns => {
  const stepMs = INTERVAL_MS[interval];
  const firstMs = openTimeOf(lines[0] ?? '');
  const cells = (openTimeOf(lines[lines.length - 1] ?? '') - firstMs) / stepMs + 1;
  if (!Number.isInteger(cells) || cells < 1 || firstMs % stepMs !== 0)
    throw new RecordingError(`${symbol}: the rows do not lie on the ${interval} grid, oldest first`);
  const rows: (string | undefined)[] = new Array<string | undefined>(cells);
  const numbers = Object.fromEntries(PLACES.map(({ name }) => [name, new Float64Array(cells).fill(Number.NaN)]));
  const decimals: Partial<Record<NumberColumn, number>> = {};

  let before = -1;
  for (const line of lines) {
    if (!PLAIN_ROW.test(line)) throw new RecordingError(`${symbol}: not a row of plain decimals: ${line}`);
    const cell = (openTimeOf(line) - firstMs) / stepMs;
    if (!Number.isInteger(cell) || cell <= before)
      throw new RecordingError(`${symbol}: bars overlap, run backwards or lie off the ${interval} grid at ${line}`);
    before = cell;
    rows[cell] = line;
    const texts = line.split(',');
    for (const { name, place } of PLACES) {
      const text = texts[place] ?? '';
      if (text === '') continue;
      (numbers[name] as Float64Array)[cell] = Number(text);
      decimals[name] = Math.max(decimals[name] ?? 0, decimalsOf(text));
    }
  }
  for (const { name } of PLACES) {
    const holds = (cell: number): boolean => !Number.isNaN(numbers[name]?.[cell]);
    if (decimals[name] !== undefined && rows.some((row, cell) => row !== undefined && !holds(cell)))
      throw new RecordingError(`${symbol}: ${name} is recorded in some rows and not in others`);
  }
  return {
    firstMs,
    cells,
    rows,
    numbers: numbers as Record<NumberColumn, Float64Array>,
    decimals: Object.fromEntries(PLACES.map(({ name }) => [name, decimals[name] ?? null])) as Record<NumberColumn, number | null>,
  };
};
