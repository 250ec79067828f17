import type { Measured, Values } from './reading.js';

/** Which measure's value stands where in a row: one for all series of which the same is measured. */
export interface Layout {
  readonly names: readonly string[];
  /** −1 for a measure that no row of this layout holds. */
  placeOf(name: string): number;
  /** The values of a row by name. */
  valuesOf(row: Pick<Row, 'cells' | 'besideCells'>): Values;
}

/** The values of one bar, each at the place of its measure: first the cells, then those beside them. */
export interface Row {
  readonly layout: Layout;
  readonly cells: readonly Measured[];
  /** Mostly the very same for several bars in a row, which are spared a copy. None if absent. */
  readonly besideCells?: readonly Measured[] | undefined;
}

/** The value at a place of its layout; nothing at -1. */
export const cellAt = ({ cells, besideCells }: Pick<Row, 'cells' | 'besideCells'>, place: number): Measured | undefined => {
  // An array asked for what lies before it answers slowly.
  if (place < 0) return undefined;
  return place < cells.length ? cells[place] : besideCells?.[place - cells.length];
};

export const createLayout = (names: readonly string[]): Layout => {
  const places = new Map(names.map((name, place) => [name, place]));
  // A copy has its place for every name from the beginning; an object that grows name by name is copied several times.
  const blank: Values = Object.fromEntries(names.map((name) => [name, 'warmup' as const]));
  return {
    names,
    placeOf: (name) => places.get(name) ?? -1,
    valuesOf: (row) => {
      const values: Record<string, Measured> = { ...blank };
      for (let i = 0; i < names.length; i++) values[names[i] as string] = cellAt(row, i) as Measured;
      return values;
    },
  };
};

/**
 * What was measured of one bar. Where it comes from the measures themselves it is a row, and the object of named values is made of
 * it when somebody asks: with all measures at two bar lengths, making it costs as much as half of the measuring.
 */
export interface Measurements {
  readonly values: Values;
  readonly row?: Row | undefined;
}

/** Looks one measure up by its name, in bar after bar: where it stands in their rows is found once. */
export const lookUp = (name: string): ((of: Measurements) => Measured | undefined) => {
  let known: Layout | undefined;
  let place = -1;
  return (of) => {
    const { row } = of;
    if (row === undefined) return of.values[name];
    if (row.layout !== known) {
      known = row.layout;
      place = known.placeOf(name);
    }
    return cellAt(row, place);
  };
};
