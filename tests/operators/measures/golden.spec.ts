import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { measures } from '../../../src/operators/measures/index.js';
import { readAll } from '../../support/bars.js';
import { comparisonOf, disagreements, readColumns, readGoldenBars } from '../../support/golden.js';
import { goldenPath, sharedPathOrSay } from '../../support/shared.js';

/** Every measure that the expected file has a column for, against that column; at least 25 of them. */
const compare = (inputPath: string, expectedPath: string): void => {
  const bars = readGoldenBars(inputPath);
  const golden = readColumns(expectedPath);
  const compared = measures.filter(({ name }) => golden.has(name));
  expect(compared.map(({ name }) => name)).toEqual([...golden.keys()].slice(1));
  for (const measure of compared) {
    const found = disagreements(readAll(measure, bars), golden.get(measure.name) ?? [], comparisonOf(measure.name));
    expect({ measure: measure.name, found }).toEqual({ measure: measure.name, found: [] });
  }
};

describe('the measures agree with exact arithmetic', () => {
  it.each(readdirSync(goldenPath('series/expected')))('on the first 700 bars of %s', (file) => {
    compare(goldenPath('series/input', file), goldenPath('series/expected', file));
  });

  const golden = sharedPathOrSay('comparing the measures with every golden series', 'golden');
  const files = golden === null ? [] : readdirSync(join(golden, 'series'));
  it.skipIf(golden === null).each(files)('on all of %s', (file) => {
    const folder = file.includes('-1h') ? 'resampled' : 'input';
    compare(join(golden ?? '', folder, file), join(golden ?? '', 'series', file));
  });
});
