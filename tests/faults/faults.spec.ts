import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULT_LEVELS } from '../../src/model/fault.js';
import { FAULTS } from './table.js';

/*
 * The table of faults is itself tested: every row has a spec whose title names it, and every counter exists and is reported
 * by something in src.
 */

const textsUnder = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('faults'))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'));

const TITLE = /['"`](F\d+(?:(?: and |, )F\d+)*):/g;

/** Numbers of faults that begin a title. */
const named = new Set(
  textsUnder('tests').flatMap((text) => [...text.matchAll(TITLE)].flatMap(([, ids = '']) => ids.match(/F\d+/g) ?? [])),
);
const sources = textsUnder('src').join('\n');

describe('the table of faults', () => {
  it.each(FAULTS)('has a spec for $id, $what', ({ id }) => {
    expect(named).toContain(id);
  });

  it.each(FAULTS.filter(({ counter }) => typeof counter === 'string'))(
    'counts $id as a fault that src reports',
    ({ counter }) => {
      expect(FAULT_LEVELS).toHaveProperty([counter as string]);
      expect(sources.split(`'${counter as string}'`).length).toBeGreaterThan(2);
    },
  );

  it('holds every fault of ingestion and of delivery once', () => {
    const ids = FAULTS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (let number = 1; number <= 81; number++) expect(ids).toContain(`F${number}`);
  });
});
