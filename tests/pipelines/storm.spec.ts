import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadReplay, replayAlerts } from '../../src/commands/replay.js';
import { sharedPathOrSay } from '../support/shared.js';

/*
 * The real storm of 2025-10-10, when the whole market fell within minutes: what would have been hundreds of messages is a handful,
 * and nothing is missing from the record.
 */

interface Line {
  readonly id: string;
  readonly kind: 'single' | 'market';
  readonly symbol: string;
  readonly direction: 'up' | 'down';
  readonly openTimeMs: number;
  readonly emitted: boolean;
  readonly suppressedBy: string | null;
  readonly mergedInto: string | null;
  readonly peers?: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), 'storm-spec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const klines = sharedPathOrSay('the storm of 2025-10-10', 'data/klines/usdm');
const SETTINGS = ['pipeline.unknownLiquidity=high', 'pipeline.shortHistory=judge'];

let runs = 0;
const replayed = async (set: string, more: readonly string[] = []): Promise<readonly Line[]> => {
  const bars = readdirSync(klines ?? '').filter((name) => name.includes(`-15m-${set}`)).map((name) => join(klines ?? '', name));
  const loaded = loadReplay({ config: 'config/replay.yaml', bars, set: [...SETTINGS, ...more], env: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const path = join(folder, `${++runs}.jsonl`);
  const { code } = await replayAlerts(loaded.settings, path);
  expect(code).toBe(0);
  return readFileSync(path, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
};

const countsOf = (lines: readonly Line[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { openTimeMs, direction } of lines) counts.set(`${openTimeMs} ${direction}`, (counts.get(`${openTimeMs} ${direction}`) ?? 0) + 1);
  return counts;
};
const most = (lines: readonly Line[]): number => Math.max(0, ...countsOf(lines).values());
const keysOf = (lines: readonly Line[]): readonly string[] => lines.map(({ symbol, openTimeMs, direction }) => `${openTimeMs} ${symbol} ${direction}`).sort();

describe.skipIf(klines === null)('the storm', { timeout: 300_000 }, () => {
  it.each(['20251009_20251012', '20251001_20251022'])('of %s is told in at most six messages for any close and direction, and recorded whole', async (set) => {
    const without = await replayed(set, ['pipeline.flood=off', 'pipeline.correlation=off']);
    const lines = await replayed(set);
    const singles = lines.filter(({ kind }) => kind === 'single');
    // Nothing is missing from the record, and nothing is in it twice.
    expect(keysOf(singles)).toStrictEqual(keysOf(without));
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
    const candidates = without.filter(({ emitted }) => emitted);
    if (set === '20251009_20251012') expect(most(candidates)).toBeGreaterThanOrEqual(100);
    expect(most(candidates)).toBeGreaterThan(6);
    expect(most(lines.filter(({ emitted }) => emitted))).toBeLessThanOrEqual(6);
    // Every merged one says what tells it, at the same close and in the same direction.
    const byId = new Map(lines.map((line) => [line.id, line]));
    const merged = singles.filter(({ suppressedBy }) => suppressedBy === 'flood' || suppressedBy === 'correlation');
    expect(merged.length).toBeGreaterThan(100);
    for (const { mergedInto, suppressedBy, openTimeMs, direction, symbol } of merged) {
      const teller = byId.get(mergedInto ?? '');
      expect(teller).toMatchObject({ openTimeMs, direction, kind: suppressedBy === 'flood' ? 'market' : 'single' });
      if (suppressedBy === 'correlation') expect(teller?.peers).toContain(symbol);
    }
    for (const { suppressedBy, mergedInto, emitted } of lines) {
      expect(emitted).toBe(suppressedBy === null);
      if (mergedInto !== null) expect(['flood', 'correlation']).toContain(suppressedBy);
    }
    console.log(`${set}: ${most(candidates)} candidates in one close and direction, ${most(lines.filter(({ emitted }) => emitted))} messages; ${candidates.length} → ${lines.filter(({ emitted }) => emitted).length} in all`);
  });
});
