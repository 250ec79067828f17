import fc from 'fast-check';
import { basename } from 'node:path';
import { readdirSync } from 'node:fs';
import { from, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Bar, PlacedBar } from '../../../src/model/bar.js';
import { decimalOf } from '../../../src/model/decimal.js';
import { createExactSum } from '../../../src/operators/bars/exact-sum.js';
import { createResampler, resample } from '../../../src/operators/bars/resample.js';
import { bar, barAt, barsOf, START_MS } from '../../support/bars.js';
import { readEdgeCases, readGoldenBars } from '../../support/golden.js';
import { marbles } from '../../support/marbles.js';
import { placed } from '../../support/parts.js';
import { goldenPath, sharedPathOrSay } from '../../support/shared.js';

const LETTERS = 'abcdefgh';
const bars = Object.fromEntries(Array.from(LETTERS, (letter, i) => [letter, placed(barAt(i, { open: 99 + i, high: 110 - i, low: 90 + i, volume: 0.1 }))]));
const hour = (given: Partial<Bar>): Bar => bar({ interval: '1h', provenance: 'rebuilt', ...given });
const A = hour({ open: 99, high: 110, low: 90, close: 103, volume: 0.4 });

const rebuilt = (given: readonly PlacedBar[], to: '1h' | '4h' | '1d' = '1h'): readonly Bar[] => {
  const out: Bar[] = [];
  from(given).pipe(resample({ to })).subscribe((each) => out.push(each));
  return out;
};

/** The same, spelt out with whole numbers without a limit. */
const exactly = (values: readonly number[]): number => {
  const parts = values.map(decimalOf);
  const scale = Math.max(0, ...parts.map((part) => part.scale));
  const digits = parts.reduce((sum, part) => sum + part.digits * 10n ** BigInt(scale - part.scale), 0n);
  return Number(`${digits}e-${scale}`);
};

describe('resample', () => {
  it('gives the longer bar with its last one, and none of an hour with a hole', marbles((m) => {
    const bar$ =     m.hot('-a-b-c-d-e-g-h-|', bars);
    const expected =       '-------A-------|';
    m.expect(bar$.pipe(resample({ to: '1h' }))).toBeObservable(expected, { A });
  }));

  it('is silent when nothing comes, passes an error on and leaves its source', marbles((m) => {
    m.expect(m.hot<PlacedBar>('-').pipe(resample({ to: '1h' }))).toBeObservable('-');
    m.expect(m.hot<PlacedBar>('-|').pipe(resample({ to: '1h' }))).toBeObservable('-|');
    m.expect(m.hot('-a-#', bars).pipe(resample({ to: '1h' }))).toBeObservable('---#');
    const bar$ = m.hot('-a-b-', bars);
    m.expect(bar$.pipe(resample({ to: '1h' })), '---!').toBeObservable('---');
    m.expect(bar$).toHaveSubscriptions('^--!');
  }));

  it.each(['15m', '1h', '1m'] as const)('refuses to make %s of bars that do not fit', (to) => {
    const source = to === '1m' ? bar({ interval: '15m' }) : bar({ interval: to === '15m' ? '15m' : '1d' });
    let seen: unknown;
    from([placed(source)]).pipe(resample({ to })).subscribe({ error: (error: unknown) => (seen = error) });
    expect(seen).toBeInstanceOf(RangeError);
  });

  it('leaves a column unknown that one bar does not have, and no other', () => {
    const four = barsOf([{ quoteVolume: 1 }, { quoteVolume: 2 }, { quoteVolume: null }, { quoteVolume: 4 }].map((given) => ({ ...given, tradeCount: 5 })));
    expect(rebuilt(four.map((each) => placed(each)))).toMatchObject([{ volume: 4, quoteVolume: null, tradeCount: 20, takerVolume: null }]);
  });

  it('starts with the first whole bucket and goes on after a hole', () => {
    const hours = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15].map((i) => placed(barAt(i)));
    expect(rebuilt(hours).map(({ openTimeMs }) => (openTimeMs - START_MS) / 3_600_000)).toStrictEqual([1, 3]);
  });

  it('leaves out what history completes, for the longer series warms itself', () => {
    const eight = Array.from({ length: 8 }, (_, i) => placed(barAt(i), { timing: i < 7 ? 'history' : 'due' }));
    expect(rebuilt(eight)).toMatchObject([{ openTimeMs: START_MS + 3_600_000 }]);
  });

  it('makes the longer bar of a corrected one again', () => {
    const first = Array.from({ length: 8 }, (_, i) => placed(barAt(i)));
    const again = first.map((each, i): PlacedBar => ({
      ...each,
      timing: i === 2 ? 'revision' : 'history',
      follows: i === 0 ? 'restart' : 'neighbour',
      high: i === 2 ? 500 : each.high,
    }));
    expect(rebuilt([...first, ...again]).map(({ openTimeMs, high }) => [openTimeMs - START_MS, high])).toStrictEqual([[0, 103], [3_600_000, 107], [0, 500]]);
  });
});

describe('the sums of a longer bar', () => {
  it('are exact where adding doubles is not', () => {
    expect([0.1, 0.2, 0.3].reduce((sum, each) => sum + each, 0)).not.toBe(0.6);
    const sum = createExactSum();
    for (const each of [0.1, 0.2, 0.3]) sum.add(each);
    expect(sum.total()).toBe(0.6);
  });

  const wire = fc.tuple(fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 0, max: 8 })).map(([digits, decimals]) => digits / 10 ** decimals);
  const wild = fc.double({ min: 0, max: 1e30, noNaN: true });
  it('are the exact sum of the decimals, rounded once, whatever the numbers and however many sums before', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.oneof({ weight: 5, arbitrary: wire }, { weight: 1, arbitrary: wild }), { maxLength: 60 }), { minLength: 1, maxLength: 4 }), (sums) => {
        const sum = createExactSum();
        for (const values of sums) {
          sum.clear();
          for (const value of values) sum.add(value);
          expect(sum.total()).toBe(exactly(values));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

const golden = sharedPathOrSay('resampling of real bars', 'golden');

describe.skipIf(golden === null)('resampled real bars', () => {
  const folder = golden ?? '';
  const names = golden === null ? [] : readdirSync(`${folder}/resampled`);
  const comparable = ({ market: _, provenance: __, ...rest }: Bar) => rest;
  const cases = names.flatMap((name) => ['5m', '15m'].map((interval) => [name, interval] as const));

  it.each(cases)('%s of the %s bars', (name, interval) => {
    const input = `${folder}/input/${basename(name).replace('-1h', `-${interval}`)}`;
    const expected = readGoldenBars(`${folder}/resampled/${name}`).map(comparable);
    let inputs: readonly Bar[] = [];
    try {
      inputs = readGoldenBars(input);
    } catch {
      console.log(`skipped: there are no ${interval} bars for ${name}`);
      return;
    }
    expect(rebuilt(inputs.map((each) => placed(each))).map(comparable)).toStrictEqual(expected);
  });

  it.each(['AVAXUSDT-2025-02', 'NEARUSDT-2024-06', 'NEARUSDT-2025-02'])('%s: 15m of 5m', (name) => {
    const resampler = createResampler('15m');
    const made = readGoldenBars(`${folder}/input/${name}-5m.csv.gz`).flatMap((each) => resampler.take(each) ?? []);
    expect(made.map(comparable)).toStrictEqual(readGoldenBars(`${folder}/input/${name}-15m.csv.gz`).map(comparable));
  });

  it.each(golden === null ? [] : readEdgeCases(`${folder}/edge-cases.json`, 'resample').map((each) => [each.name, each] as const))('%s', (_, { input, expected }) => {
    const rows = input['bars'] as readonly Record<string, string | number>[];
    const given = rows.map((row) =>
      placed(bar({ openTimeMs: Number(row['openTime']), open: Number(row['open']), high: Number(row['high']), low: Number(row['low']), close: Number(row['close']), volume: Number(row['volume']) })),
    );
    const wanted = (expected as readonly Record<string, string | number>[]).map((row) => ({
      openTimeMs: row['openTime'], open: Number(row['open']), high: Number(row['high']), low: Number(row['low']), close: Number(row['close']), volume: Number(row['volume']),
    }));
    expect(rebuilt(given)).toMatchObject(wanted);
    expect(rebuilt(given)).toHaveLength(wanted.length);
  });

  it('have the goldens to compare with', () => {
    expect(names.length).toBeGreaterThan(3);
  });
});

describe('the sample of golden bars that travels with the project', () => {
  it('makes whole hours that hold every quarter once', () => {
    const quarters = readGoldenBars(goldenPath('series', 'input', 'NEARUSDT-2024-06-15m.csv.gz'));
    const hours: Bar[] = [];
    from(quarters).pipe(map((each) => placed(each)), resample({ to: '1h' })).subscribe((each) => hours.push(each));
    expect(hours).toHaveLength(Math.floor(quarters.length / 4));
    hours.forEach((each, i) => {
      const four = quarters.slice(4 * i, 4 * i + 4);
      expect(each.volume).toBe(exactly(four.map(({ volume }) => volume ?? NaN)));
      expect(each.high).toBe(Math.max(...four.map(({ high }) => high)));
    });
  });
});
