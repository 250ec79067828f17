import type { Bar } from '../../model/bar.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Series } from '../../model/series.js';
import { RecordingError } from './error.js';
import { endOfCell, NOT_A_NUMBER, readNumber } from './number.js';

/** The columns of the exchange's public archives, in their order (binance-protocol.md §10). */
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

/** What a bar is made of; the place in this list is the cell a column is read into. */
const CELLS = [
  'open_time',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'quote_volume',
  'count',
  'taker_buy_volume',
  'taker_buy_quote_volume',
] as const;
const NEEDED = CELLS.slice(0, 5);
/** Files without a header must go at least as far as the volume. */
const COLUMNS_MIN = 6;

/** Times above this are microseconds: as milliseconds they would lie beyond the year 5138. */
const MICROSECONDS_FROM = 1e14;

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57;

/** Which cell each column of the file fills, -1 for none. */
const layoutOf = (columns: readonly string[]): Int8Array =>
  Int8Array.from(columns, (name) => (CELLS as readonly string[]).indexOf(name));

/**
 * Reads the rows of one recording, one after another: the first may be a header (its first cell is no number), then columns go
 * by name, and those with other names are left out; without one they go by their place in the archive. Throws `RecordingError`.
 */
export const createRowReader = (path: string, series: Series): ((bytes: Buffer, from: number, to: number) => Bar | null) => {
  const { market, symbol, interval } = series;
  const intervalMs = INTERVAL_MS[interval];
  /** Written over by every row; a cell of which there is no column stays NaN. */
  const cells = new Float64Array(CELLS.length).fill(NaN);
  const place = { at: 0 };
  let layout: Int8Array | undefined;
  let line = 0;
  // Written over in place (in-order.ts).
  const last = { openTimeMs: -Infinity };

  const fail = (what: string): never => {
    throw new RecordingError(`${path}:${line}: ${what}`);
  };

  const readHeader = (text: string): Int8Array => {
    const names = text.split(',').map((name) => name.trim().toLowerCase());
    const missing = NEEDED.filter((name) => !names.includes(name));
    const twice = CELLS.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
    if (missing.length > 0)
      fail(`the header has no ${missing.join(', ')}; expected columns such as ${ARCHIVE_COLUMNS.join(',')}`);
    if (twice !== undefined) fail(`the header has ${twice} twice; expected it once`);
    return layoutOf(names);
  };

  const readCells = (bytes: Buffer, from: number, to: number, columns: Int8Array): void => {
    let column = 0;
    place.at = from - 1;
    do {
      const start = ++place.at;
      const cell = column < columns.length ? (columns[column] as number) : -1;
      if (cell >= 0) {
        const value = readNumber(bytes, place, to);
        if (value === NOT_A_NUMBER)
          fail(`${CELLS[cell]} "${bytes.toString('utf8', start, place.at)}" is not a number; expected a decimal`);
        cells[cell] = value;
      } else place.at = endOfCell(bytes, start, to);
      column++;
    } while (place.at < to);
    if (column !== columns.length) fail(`${column} columns, but the rows before have ${columns.length}; the row may be cut off`);
  };

  /** Says why the cells do not make a bar; called only when they do not. */
  const explain = (): never => {
    for (const [cell, name] of CELLS.entries()) {
      const value = cells[cell] as number;
      if (cell < NEEDED.length && Number.isNaN(value)) fail(`${name} is empty; expected a number`);
      if (value < 0) fail(`${name} ${value} is negative`);
    }
    return fail(`high ${cells[2]} and low ${cells[3]} do not hold open ${cells[1]} and close ${cells[4]} between them`);
  };

  const readOpenTimeMs = (): number => {
    const raw = cells[0] as number;
    const openTimeMs = raw > MICROSECONDS_FROM ? raw / 1_000 : raw;
    if (Math.floor(openTimeMs / intervalMs) * intervalMs !== openTimeMs)
      fail(`open_time ${raw} is not the beginning of a ${interval} bar; does the file's name say the right interval?`);
    if (openTimeMs <= last.openTimeMs)
      fail(`open_time ${raw} does not come after the row before; expected bars in order, each once`);
    return (last.openTimeMs = openTimeMs);
  };

  const orNull = (cell: number): number | null => {
    const value = cells[cell] as number;
    return value === value ? value : null;
  };

  return (bytes, from, to) => {
    line++;
    if (from === to) return null;
    if (layout === undefined) {
      const isHeader = !isDigit(bytes[from]);
      const text = bytes.toString('utf8', from, to);
      const count = text.split(',').length;
      if (isHeader) {
        layout = readHeader(text);
        return null;
      }
      if (count < COLUMNS_MIN)
        fail(`${count} columns; expected ${ARCHIVE_COLUMNS.slice(0, COLUMNS_MIN).join(',')} and perhaps more`);
      layout = layoutOf(Array.from({ length: count }, (_, i) => ARCHIVE_COLUMNS[i] ?? ''));
    }
    readCells(bytes, from, to, layout);
    const open = cells[1] as number;
    const high = cells[2] as number;
    const low = cells[3] as number;
    const close = cells[4] as number;
    const isWhole = low >= 0 && low <= open && low <= close && high >= open && high >= close;
    if (!isWhole || !((cells[0] as number) >= 0)) explain();
    for (let cell = 5; cell < cells.length; cell++) if ((cells[cell] as number) < 0) explain();
    return {
      market,
      symbol,
      interval,
      openTimeMs: readOpenTimeMs(),
      open,
      high,
      low,
      close,
      volume: orNull(5),
      quoteVolume: orNull(6),
      tradeCount: orNull(7),
      takerVolume: orNull(8),
      takerQuoteVolume: orNull(9),
      provenance: 'replay',
    };
  };
};
