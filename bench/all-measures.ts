import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { config } from '../src/config/index.js';
import type { Settings } from '../src/config/settings.js';
import { replayAlerts } from '../src/commands/replay.js';
import { measures } from '../src/operators/measures/index.js';
import { barsOf } from './replay.js';
import type { Result } from './rounds.js';
import { cpuNs, resultOf } from './rounds.js';

const LONGER = '1h';
/** Beyond whatever any measure says, so that the rule looks at all of them and never fires. */
const NEVER_REACHED = 1e12;

/** A rule that reads every measure there is, of the judged bars and of those of an hour. */
const settingsOf = (bars: readonly string[]): Settings => {
  const when = measures.flatMap(({ name, unit }) =>
    [name, `${name}@${LONGER}`].map((measure) => ({ measure, above: unit === '%' ? `${NEVER_REACHED}%` : NEVER_REACHED })),
  );
  const loaded = config.loadText({
    file: null,
    env: {},
    overrides: [
      { path: 'source', from: 'bench', value: { type: 'replay', bars } },
      { path: 'store', from: 'bench', value: { type: 'memory' } },
      { path: 'sinks', from: 'bench', value: [] },
      { path: 'health', from: 'bench', value: { enabled: false } },
      { path: 'pipeline', from: 'bench', value: { type: 'rules', rules: [{ id: 'all', direction: 'up', when }] } },
    ],
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.settings;
};

/** A whole replay in which every measure is read at two bar lengths, with reading of CSV and `--alerts`, as CPU time per bar. */
export const benchAllMeasures = async ({ rounds }: { readonly rounds: number }): Promise<Result> => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-measures-'));
  const settings = settingsOf(barsOf());
  const nsPerBar: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const before = cpuNs();
      const { code, tally } = await replayAlerts(settings, join(folder, 'alerts.jsonl'));
      if (code !== 0) throw new Error(`replay ended with ${code}`);
      nsPerBar.push((cpuNs() - before) / tally.barsSeen);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return resultOf('replay-all-measures', nsPerBar);
};
