import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadReplay, replayAlerts } from '../src/commands/replay.js';
import type { Result } from './rounds.js';
import { cpuNs, resultOf } from './rounds.js';

const SET = '-15m-20251001_20251022.csv.gz';

/** The bars to replay: three weeks of 94 symbols where the shared recordings are there, else the demo's own recordings. */
export const barsOf = (): readonly string[] => {
  const shared = join(process.env['SHARED_DIR'] ?? '../shared', 'data/klines/usdm');
  if (!existsSync(shared)) return ['recordings/usdm'];
  return readdirSync(shared)
    .filter((name) => name.endsWith(SET))
    .map((name) => join(shared, name));
};

/** Whole replays with reading of CSV and `--alerts`, as CPU time per bar (decisions.md 24). */
export const benchReplay = async ({ rounds }: { readonly rounds: number }): Promise<readonly Result[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-replay-'));
  const bars = barsOf();
  const results: Result[] = [];
  try {
    for (const [name, config] of [
      ['replay-classic', 'config/replay-classic.yaml'] as const,
      ['replay-momentum', 'config/replay.yaml'] as const,
    ]) {
      const loaded = loadReplay({ config, bars, set: ['pipeline.unknownLiquidity=high'], env: {} });
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
      const nsPerBar: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const before = cpuNs();
        const { code, tally } = await replayAlerts(loaded.settings, join(folder, 'alerts.jsonl'));
        if (code !== 0) throw new Error(`replay ended with ${code}`);
        nsPerBar.push((cpuNs() - before) / tally.barsSeen);
      }
      results.push(resultOf(name, nsPerBar));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return results;
};
