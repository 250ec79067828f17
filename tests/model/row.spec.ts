import { describe, expect, it } from 'vitest';
import type { Measurements } from '../../src/model/row.js';
import { createLayout, lookUp } from '../../src/model/row.js';

const layout = createLayout(['m_1', 'atr14', '__proto__', 'hasOwnProperty']);
const cells = [1.5, 'warmup', 3, 'gap'] as const;

/** A row, and what must not be asked for where the row says it. */
const ofRow = (over = layout, values = cells as readonly (number | 'warmup' | 'gap')[]): Measurements => ({
  row: { layout: over, cells: values },
  get values(): never {
    throw new Error('named without need');
  },
});

describe('a layout', () => {
  it('knows the place of every name, and of no other', () => {
    expect(['m_1', 'atr14', '__proto__', 'hasOwnProperty', 'm_4', 'toString'].map((name) => layout.placeOf(name))).toEqual([
      0, 1, 2, 3, -1, -1,
    ]);
  });

  it('names the values of a row in their order', () => {
    const plain = createLayout(['m_1', 'atr14', 'roc_1']);
    const values = plain.valuesOf({ cells: [1.5, 'warmup', 0] });
    expect(values).toStrictEqual({ m_1: 1.5, atr14: 'warmup', roc_1: 0 });
    expect(Object.keys(values)).toEqual(['m_1', 'atr14', 'roc_1']);
    expect(plain.valuesOf({ cells: [2, 3, 4] })).not.toBe(values);
  });
});

describe('lookUp', () => {
  it('reads a row by its place, without its values being named', () => {
    expect(['m_1', 'atr14', 'hasOwnProperty', 'm_4'].map((name) => lookUp(name)(ofRow()))).toEqual([
      1.5,
      'warmup',
      'gap',
      undefined,
    ]);
  });

  it('reads what stands beside the cells behind them', () => {
    const row = { layout, cells: cells.slice(0, 2), besideCells: [3, 'gap'] as const };
    expect(['atr14', '__proto__', 'hasOwnProperty'].map((name) => lookUp(name)({ values: {}, row }))).toEqual([
      'warmup',
      3,
      'gap',
    ]);
    expect(createLayout(['m_1', 'm_1@1h']).valuesOf({ cells: [1], besideCells: [2] })).toStrictEqual({ m_1: 1, 'm_1@1h': 2 });
  });

  it('finds the place anew in rows of another layout', () => {
    const read = lookUp('atr14');
    const other = createLayout(['roc_1', 'm_1', 'atr14']);
    expect([ofRow(), ofRow(other, [1, 2, 3]), ofRow(createLayout(['roc_1']), [1]), ofRow()].map(read)).toEqual([
      'warmup',
      3,
      undefined,
      'warmup',
    ]);
  });

  it('reads values that have no row by their names', () => {
    expect(lookUp('m_1')({ values: { m_1: 7 } })).toBe(7);
    expect(lookUp('m_4')({ values: { m_1: 7 } })).toBeUndefined();
  });
});
