import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadReplay, replayAlerts } from '../../src/commands/replay.js';
import type { Condition } from '../../src/model/verdict.js';
import { goldenPath } from '../support/shared.js';

interface Line {
  readonly rule: string;
  readonly direction: 'up' | 'down';
  readonly emitted: boolean;
  readonly openTimeMs: number;
  readonly measures: Readonly<Record<string, number | null>>;
  readonly conditions: readonly Condition[];
}

const folder = mkdtempSync(join(tmpdir(), 'rules-example-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const replayed = async (file: string): Promise<readonly Line[]> => {
  const loaded = loadReplay({ config: 'config/rules-example.yaml', bars: [file], set: [], env: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const path = join(folder, 'alerts.jsonl');
  expect((await replayAlerts(loaded.settings, path)).code).toBe(0);
  return readFileSync(path, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
};

describe('config/rules-example.yaml on recorded bars', () => {
  it('makes alerts of every rule in it, and tells each condition with its place', { timeout: 60_000 }, async () => {
    const lines = await replayed(goldenPath('series/input/ALCHUSDT-alt-15m.csv.gz'));
    const counts = Object.fromEntries(['burst', 'climb', 'classic'].map((id) => [id, lines.filter(({ rule }) => rule === id).length]));
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
    expect(new Set(lines.filter(({ rule }) => rule === 'burst').map(({ direction }) => direction))).toStrictEqual(new Set(['up', 'down']));
    for (const { rule, conditions, measures } of lines) {
      if (rule === 'classic') continue;
      const written = conditions.filter(({ path }) => path !== undefined);
      const places = rule === 'burst' ? ['when.0', 'when.1', 'when.2.any.0', 'when.2.any.1'] : ['when.0', 'when.0', 'when.1'];
      expect(written.map(({ path }) => path)).toStrictEqual(places);
      expect(written.filter(({ path }) => path?.includes('any') !== true).every(({ passed }) => passed)).toBe(true);
      if (rule === 'burst') expect(written.slice(2).some(({ passed }) => passed)).toBe(true);
      for (const { measure, value } of written) if (!measure.startsWith('bars of')) expect(measures[measure] ?? null).toBe(value);
    }
  });
});
