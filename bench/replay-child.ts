import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadReplay, replayAlerts } from '../src/commands/replay.js';
import { config } from '../src/config/index.js';
import type { Loaded } from '../src/config/load.js';
import type { Settings } from '../src/config/settings.js';
import type { Resampler } from '../src/operators/bars/resample.js';
import { createResampler } from '../src/operators/bars/resample.js';
import { measures } from '../src/operators/measures/index.js';
import type { Context } from '../src/ports/context.js';
import { createVirtualClock } from '../src/runtime/virtual-clock.js';
import type { Replayed } from './replay.js';
import { barsOf } from './replay.js';
import { cpuNs } from './rounds.js';

/*
 * Whole replays with reading of CSV and `--alerts`, as CPU time per bar (decisions.md 24), in a process of their own as `replay` has
 * one: whoever goes before would shape the operators. It is told which by its arguments and answers with one `Replayed`.
 */

const LONGER = '1h';
/** Beyond whatever any measure says, so that the rule looks at all of them and never fires. */
const NEVER_REACHED = 1e12;

/** A rule that reads every measure there is, of the judged bars and of those of an hour: of none before it has looked at all. */
const ofAllMeasures = (): Loaded => {
  const any = measures.flatMap(({ name, unit }) =>
    [name, `${name}@${LONGER}`].map((measure) => ({ measure, above: unit === '%' ? `${NEVER_REACHED}%` : NEVER_REACHED })),
  );
  const rules = [{ id: 'all', direction: 'up', when: [{ any }] }];
  return config.loadText({
    file: null,
    env: {},
    overrides: [
      { path: 'source', from: 'bench', value: { type: 'replay', bars: barsOf() } },
      { path: 'store', from: 'bench', value: { type: 'memory' } },
      { path: 'sinks', from: 'bench', value: [] },
      { path: 'health', from: 'bench', value: { enabled: false } },
      { path: 'pipeline', from: 'bench', value: { type: 'rules', rules } },
    ],
  });
};

const ofFile = (file: string): Loaded =>
  loadReplay({ config: file, bars: barsOf(), set: ['pipeline.unknownLiquidity=high'], env: {} });

const SETTINGS: Readonly<Record<string, () => Loaded>> = {
  classic: () => ofFile('config/replay-classic.yaml'),
  momentum: () => ofFile('config/replay.yaml'),
  'all-measures': ofAllMeasures,
};

/** Bars of an hour that these recordings make, for each of their bars. */
const longerPerBar = async ({ source }: Settings): Promise<number> => {
  const hours = new Map<string, Resampler>();
  let [bars, longer] = [0, 0];
  const { event$ } = source.create({ marketTime: createVirtualClock(), report: () => undefined } as unknown as Context);
  await event$.forEach((event) => {
    if (event.kind !== 'bar') return;
    const hour = hours.get(event.bar.symbol) ?? createResampler(LONGER);
    hours.set(event.bar.symbol, hour);
    bars++;
    if (hour.take(event.bar) !== null) longer++;
  });
  return longer / bars;
};

const [what = '', rounds = '0'] = process.argv.slice(2);
const loaded = SETTINGS[what]?.();
if (loaded?.ok !== true) throw new Error(JSON.stringify(loaded?.problems ?? what));
const folder = mkdtempSync(join(tmpdir(), 'bench-replay-'));
const nsPerBar: number[] = [];
// The first is not counted: the compiler warms up in it.
for (let round = 0; round <= Number(rounds); round++) {
  const before = cpuNs();
  const { code, tally } = await replayAlerts(loaded.settings, join(folder, 'alerts.jsonl'));
  if (code !== 0) throw new Error(`replay ended with ${code}`);
  if (round > 0) nsPerBar.push((cpuNs() - before) / tally.barsSeen);
}
rmSync(folder, { recursive: true, force: true });
process.send?.({ nsPerBar, longerPerBar: what === 'all-measures' ? await longerPerBar(loaded.settings) : 0 } satisfies Replayed);
