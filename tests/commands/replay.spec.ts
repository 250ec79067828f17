import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadReplay, replay, replayAlerts } from '../../src/commands/replay.js';
import { measures } from '../../src/operators/measures/index.js';
import type { OracleSettings } from '../golden/momentum-oracle.js';
import { momentumOracle, ORACLE_DEFAULTS } from '../golden/momentum-oracle.js';
import { agrees, comparisonOf, readColumns, readOracleSeries } from '../support/golden.js';
import { goldenPath, sharedPathOrSay } from '../support/shared.js';

const folder = mkdtempSync(join(tmpdir(), 'replay-spec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface AlertLine {
  readonly id: string;
  readonly symbol: string;
  readonly openTimeMs: number;
  readonly decisionTimeMs: number;
  readonly direction: 'up' | 'down';
  readonly emitted: boolean;
  readonly suppressedBy: string | null;
  readonly measures: Readonly<Record<string, number | null>>;
}
interface Fire {
  readonly symbol?: string;
  readonly openTime: number;
  readonly decisionTime?: number;
  readonly spikePct: number;
  readonly changePct: number;
  readonly liqPerHour?: number | null;
  readonly threshold?: number;
  readonly emitted: boolean;
}
interface Params {
  readonly N: number;
  readonly volumeThreshold: number;
  readonly priceThreshold: number;
  readonly liquidityLevel?: number;
  readonly cooldownMinutes: number;
  readonly liquidity: string;
}
interface Golden {
  readonly symbol?: string;
  readonly runs: readonly { readonly params: Params; readonly barsJudged: number; readonly fires: readonly Fire[] }[];
}

const linesOf = <Line>(path: string): Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

const settingsOf = (params: Params): readonly string[] => [
  `pipeline.lookbackBars=${params.N}`,
  `pipeline.volumeThreshold=${params.volumeThreshold}%`,
  `pipeline.priceThreshold=${params.priceThreshold}%`,
  ...(params.liquidityLevel === undefined ? [] : [`pipeline.liquidityLevel=${params.liquidityLevel}`]),
  `pipeline.cooldown=${params.cooldownMinutes}m`,
  `pipeline.unknownLiquidity=${params.liquidity === 'real' ? 'low' : 'high'}`,
];

let runs = 0;
const alertsOf = async (
  bars: readonly string[],
  set: readonly string[],
  config = 'config/replay-classic.yaml',
): Promise<AlertLine[]> => {
  const loaded = loadReplay({ config, bars, set, env: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const path = join(folder, `alerts-${runs++}.jsonl`);
  const { code } = await replayAlerts(loaded.settings, path);
  expect(code).toBe(0);
  return linesOf<AlertLine>(path);
};

/** One golden list against one replay: the same fires in the same order, with the same flags and figures. */
const compare = (lines: readonly AlertLine[], fires: readonly Fire[], symbol?: string): void => {
  expect(lines.map((line) => [line.symbol, line.openTimeMs, line.decisionTimeMs, line.emitted])).toEqual(
    fires.map((fire) => [fire.symbol ?? symbol, fire.openTime, fire.openTime + 900_000, fire.emitted]),
  );
  for (const [i, line] of lines.entries()) {
    const fire = fires[i] as Fire;
    expect(agrees(line.measures['spikePct'] as number, fire.spikePct, 'dimensionless')).toBe(true);
    expect(agrees(line.measures['changePct'] as number, fire.changePct, 'dimensionless')).toBe(true);
    if (fire.threshold !== undefined) expect(line.measures['volumeThresholdPct']).toBe(fire.threshold);
    if (typeof fire.liqPerHour === 'number')
      expect(agrees(line.measures['liquidityPerHour'] as number, fire.liqPerHour, 'relative')).toBe(true);
    expect(line.suppressedBy).toBe(fire.emitted ? null : 'cooldown');
  }
};

describe('replay with the classic pipeline', () => {
  const lists = sharedPathOrSay('the golden lists of the classic rule', 'golden', 'classic');
  for (const name of lists === null ? [] : readdirSync(lists)) {
    it(`reproduces every list of ${name}`, async () => {
      const golden = JSON.parse(readFileSync(join(lists as string, name), 'utf8')) as Golden;
      const bars = join(lists as string, '../input', name.replace('.json', '-15m.csv.gz'));
      for (const { params, fires } of golden.runs) compare(await alertsOf([bars], settingsOf(params)), fires, golden.symbol);
    });
  }

  const fleets = sharedPathOrSay('the golden lists of the fleet', 'golden', 'classic-fleet');
  for (const name of fleets === null ? [] : readdirSync(fleets)) {
    it(`reproduces every list of the fleet ${name}`, { timeout: 180_000 }, async () => {
      const golden = JSON.parse(readFileSync(join(fleets as string, name), 'utf8')) as Golden;
      const klines = join(fleets as string, '../../data/klines/usdm');
      const set = name.replace('usdm-', '').replace('.json', '.csv.gz');
      const bars = readdirSync(klines)
        .filter((file) => file.endsWith(`-${set}`))
        .map((file) => join(klines, file));
      for (const { params, fires } of golden.runs) {
        const lines = await alertsOf(bars, settingsOf(params));
        // Golden lists are in order of open time then symbol, which with one interval is the order of the lines.
        compare(lines, fires);
      }
    });
  }
});

/** The oracle's settings as the momentum pipeline spells them. */
const momentumSet = (settings: OracleSettings): readonly string[] => [
  `pipeline.moveThreshold=${settings.moveThreshold}`,
  `pipeline.volumeLogZThreshold=${settings.volumeLogZThreshold}`,
  `pipeline.liquidityLevel=${settings.liquidityLevel}`,
  `pipeline.unknownLiquidity=${settings.unknownLiquidity}`,
  `pipeline.shortHistory=${settings.shortHistory}`,
  `pipeline.cooldown=${settings.cooldownMs / 60_000}m`,
];

describe('replay with the momentum pipeline', () => {
  const inputs = sharedPathOrSay('the momentum oracle on every golden input', 'golden', 'input');
  const folderOf = inputs ?? goldenPath('series', 'input');
  const variants: readonly OracleSettings[] = [
    { ...ORACLE_DEFAULTS, unknownLiquidity: 'high' },
    ORACLE_DEFAULTS,
    {
      ...ORACLE_DEFAULTS,
      unknownLiquidity: 'high',
      shortHistory: 'judge',
      moveThreshold: 1.5,
      volumeLogZThreshold: 1,
      liquidityLevel: 0,
      cooldownMs: 3_600_000,
    },
  ];
  it.each(readdirSync(folderOf))('gives the list of the plain-loop oracle on %s, both directions', async (name) => {
    const path = join(folderOf, name);
    const series = readOracleSeries(path);
    let fired = 0;
    for (const settings of variants) {
      const lines = await alertsOf([path], momentumSet(settings), 'config/replay.yaml');
      const expected = momentumOracle([series], settings);
      expect(lines.map(({ symbol, openTimeMs, direction, emitted }) => ({ symbol, openTimeMs, direction, emitted }))).toEqual(
        expected,
      );
      fired += expected.length;
    }
    expect(fired).toBeGreaterThan(0);
  });
});

describe('replay --readings', () => {
  /** Inputs whose expected columns travel with the project, and all of them where the shared data is. */
  const shared = sharedPathOrSay('the golden series of every input', 'golden', 'series');
  const cases =
    shared === null
      ? readdirSync(goldenPath('series', 'expected')).map(
          (name) => [goldenPath('series', 'input', name), goldenPath('series', 'expected', name)] as const,
        )
      : readdirSync(shared).map((name) => {
          const input = name.endsWith('-1h.csv.gz') ? join(shared, '../resampled', name) : join(shared, '../input', name);
          return [input, join(shared, name)] as const;
        });
  it.each(cases)('writes the columns of %s', async (input, expectedPath) => {
    const path = join(folder, 'readings.jsonl');
    expect(await replay({ config: 'config/replay.yaml', bars: [input], readings: path, set: [], env: {} })).toBe(0);
    const lines = linesOf<{ openTimeMs: number; measures: Record<string, number | null>; reasons: Record<string, string> }>(path);
    const expected = readColumns(expectedPath);
    const times = expected.get('open_time') ?? [];
    expect(lines.map(({ openTimeMs }) => String(openTimeMs))).toEqual(times);
    const built = new Set(measures.map(({ name }) => name));
    const wrong: string[] = [];
    for (const [column, cells] of expected) {
      if (column === 'open_time') continue;
      expect(built, `golden column ${column} is built`).toContain(column);
      for (const [row, cell] of cells.entries()) {
        const line = lines[row] as (typeof lines)[number];
        const value = line.measures[column];
        const wanted = cell === '' ? null : Number(cell);
        if (
          wanted === null
            ? value !== null || line.reasons[column] === undefined
            : !agrees(value as number, wanted, comparisonOf(column))
        )
          wrong.push(`${column} ${row}: ${value} instead of ${wanted}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
