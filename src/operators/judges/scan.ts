import type { Layout, Row } from '../../model/row.js';
import { cellAt } from '../../model/row.js';

/** That a value, times a factor, lies above an edge, or at least on it. Every comparison can be put so. */
export interface Test {
  readonly factor: number;
  readonly edge: number;
  readonly strict: boolean;
}

export const holds = (value: number, factor: number, edge: number, isStrict: boolean): boolean => {
  const turned = value * factor;
  return turned > edge || (!isStrict && turned === edge);
};

/** A test of one measure. */
export interface MeasureTest extends Test {
  readonly measure: string;
}

/**
 * Asks of a row whether any of the tests holds, or all of them: one loop over numbers, without an evaluation for each, since a rule
 * may have dozens of conditions on every bar. A value that is absent passes none.
 */
export const createScan = (word: 'all' | 'any', tests: readonly MeasureTest[]): ((row: Row) => boolean) => {
  const decides = word === 'any';
  const factors = Float64Array.from(tests, ({ factor }) => factor);
  const edges = Float64Array.from(tests, ({ edge }) => edge);
  const strict = Uint8Array.from(tests, (each) => Number(each.strict));
  const places = new Int32Array(tests.length);
  let known: Layout | undefined;
  return (row) => {
    const { layout } = row;
    if (layout !== known) {
      known = layout;
      tests.forEach(({ measure }, i) => (places[i] = layout.placeOf(measure)));
    }
    for (let i = 0; i < places.length; i++) {
      const value = cellAt(row, places[i] as number);
      const isHolding = typeof value === 'number' && holds(value, factors[i] as number, edges[i] as number, strict[i] === 1);
      if (isHolding === decides) return decides;
    }
    return !decides;
  };
};
