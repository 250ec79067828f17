import type { Interval } from '../model/interval.js';
import type { Market, Series } from '../model/series.js';

/** A table of counters with a row for every series, which never has to be made: asking for it is enough. */
export interface Rows<Column extends string> {
  /** The number of the row of a series: 0, 1, 2, … as they are first asked for. */
  of(series: Series): number;
  add(row: number, column: Column, count: number): void;
  /** The counters of a series; `null` when it was never asked for. */
  readonly read: (series: Series) => Readonly<Record<Column, number>> | null;
  forEach(told: (series: Series, counters: Readonly<Record<Column, number>>) => void): void;
}

interface Shelf {
  readonly market: Market;
  readonly interval: Interval;
  readonly rows: Map<string, number>;
}

const ROWS_AT_FIRST = 64;

/** *Memory.* Four bytes per series and column; symbols that leave keep their row, and the exchange bounds how many there are. */
export const createRows = <Column extends string>(columns: readonly Column[]): Rows<Column> => {
  const width = columns.length;
  const placeOf = Object.fromEntries(columns.map((column, i) => [column, i])) as Readonly<Record<Column, number>>;
  const shelves: Shelf[] = [];
  let cells = new Uint32Array(ROWS_AT_FIRST * width);
  let used = 0;
  let recent: Shelf | undefined;

  const shelfOf = ({ market, interval }: Series): Shelf | undefined => {
    if (recent?.market === market && recent.interval === interval) return recent;
    return (recent = shelves.find((shelf) => shelf.market === market && shelf.interval === interval));
  };

  const newRow = (): number => {
    const row = used++;
    if (used * width > cells.length) {
      const larger = new Uint32Array(2 * cells.length);
      larger.set(cells);
      cells = larger;
    }
    return row;
  };

  const countersAt = (row: number): Readonly<Record<Column, number>> =>
    Object.fromEntries(columns.map((column, i) => [column, cells[row * width + i] ?? 0])) as Record<Column, number>;

  return {
    of: (series) => {
      let shelf = shelfOf(series);
      if (shelf === undefined) {
        shelf = { market: series.market, interval: series.interval, rows: new Map() };
        shelves.push(shelf);
        recent = shelf;
      }
      let row = shelf.rows.get(series.symbol);
      if (row === undefined) shelf.rows.set(series.symbol, (row = newRow()));
      return row;
    },
    add: (row, column, count) => {
      const at = row * width + placeOf[column];
      cells[at] = (cells[at] as number) + count;
    },
    read: (series) => {
      const row = shelfOf(series)?.rows.get(series.symbol);
      return row === undefined ? null : countersAt(row);
    },
    forEach: (told) => {
      for (const { market, interval, rows } of shelves)
        for (const [symbol, row] of rows) told({ market, symbol, interval }, countersAt(row));
    },
  };
};
