import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Bar } from '../../src/model/bar.js';
import type { Interval } from '../../src/model/interval.js';
import { INTERVAL_MS } from '../../src/model/interval.js';
import type { Measured } from '../../src/model/reading.js';
import type { OracleSeries } from '../golden/momentum-oracle.js';

/** A CSV file with a header, as columns of text. */
export const readColumns = (path: string): ReadonlyMap<string, readonly string[]> => {
  const data = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(data) : data).toString('utf8');
  const [head = '', ...rows] = text.trimEnd().split('\n');
  const cells = rows.map((row) => row.split(','));
  return new Map(head.split(',').map((name, column) => [name, cells.map((row) => row[column] ?? '')]));
};

/** The bars of a golden input, read by the plainest means there are. */
export const readGoldenBars = (path: string): readonly Bar[] => {
  const columns = readColumns(path);
  const [symbol = ''] = basename(path).split('-');
  const interval = (/-(\d+[mhd])\.csv/.exec(basename(path))?.[1] ?? '15m') as Interval;
  const cell = (name: string, row: number): number | null => {
    const text = columns.get(name)?.[row] ?? '';
    return text === '' ? null : Number(text);
  };
  return (columns.get('open_time') ?? []).map((openTime, row) => ({
    market: 'usdm',
    symbol,
    interval,
    openTimeMs: Number(openTime),
    open: cell('open', row) ?? NaN,
    high: cell('high', row) ?? NaN,
    low: cell('low', row) ?? NaN,
    close: cell('close', row) ?? NaN,
    volume: cell('volume', row),
    quoteVolume: cell('quote_volume', row),
    tradeCount: cell('count', row),
    takerVolume: cell('taker_buy_volume', row),
    takerQuoteVolume: cell('taker_buy_quote_volume', row),
    provenance: 'replay',
  }));
};

/** How two values of one quantity are compared: those with a unit relatively, the dimensionless ones at least absolutely. */
export type Comparison = 'relative' | 'dimensionless' | 'exact';

/** Golden columns that carry a unit (golden README); `trend_state` is a state and must be identical. */
export const comparisonOf = (measure: string): Comparison => {
  if (measure === 'trend_state') return 'exact';
  return /^(tr|atr|sma|ema|sigma|liquidity)/.test(measure) ? 'relative' : 'dimensionless';
};

/** The bound of signals.md §9.6; no value equals only no value. */
export const agrees = (actual: Measured, expected: Measured | null, comparison: Comparison): boolean => {
  if (typeof actual !== 'number' || typeof expected !== 'number')
    return typeof actual !== 'number' && typeof expected !== 'number';
  if (comparison === 'exact') return actual === expected;
  const scale = comparison === 'relative' ? Math.abs(expected) : Math.max(1, Math.abs(expected));
  return Math.abs(actual - expected) <= 1e-9 * scale;
};

/** The first few rows where a column departs from its golden values, as text; empty when it agrees. */
export const disagreements = (
  actual: readonly Measured[],
  golden: readonly string[],
  comparison: Comparison,
): readonly string[] => {
  const rows = golden.length === actual.length ? [] : [`${actual.length} rows, expected ${golden.length}`];
  golden.forEach((text, row) => {
    const expected = text === '' ? null : Number(text);
    const value = actual[row] ?? 'no-data';
    if (!agrees(value, expected, comparison)) rows.push(`row ${row}: ${value}, expected ${text === '' ? 'none' : text}`);
  });
  return rows.slice(0, 5);
};

export interface EdgeCase {
  readonly kind: string;
  readonly name: string;
  // The shape of an input differs from kind to kind: each spec knows its own.
  readonly input: Readonly<Record<string, unknown>>;
  readonly expected: readonly unknown[];
}

export const readEdgeCases = (path: string, kind: string): readonly EdgeCase[] =>
  (JSON.parse(readFileSync(path, 'utf8')) as { readonly cases: readonly EdgeCase[] }).cases.filter((each) => each.kind === kind);

/** The same bars as columns of numbers, as the momentum oracle takes them. */
export const readOracleSeries = (path: string): OracleSeries => {
  const bars = readGoldenBars(path);
  const [first] = bars;
  return {
    symbol: first?.symbol ?? '',
    barMs: first === undefined ? 0 : INTERVAL_MS[first.interval],
    openTimeMs: bars.map((bar) => bar.openTimeMs),
    high: bars.map((bar) => bar.high),
    low: bars.map((bar) => bar.low),
    close: bars.map((bar) => bar.close),
    volume: bars.map((bar) => bar.volume ?? NaN),
    quoteVolume: bars.map((bar) => bar.quoteVolume),
  };
};
