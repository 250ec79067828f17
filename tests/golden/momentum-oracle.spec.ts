import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../src/model/bar.js';
import { reaches } from '../../src/operators/judges/reaches.js';
import { liquidityPerHour, normalisedMove, volumeLogZ, volumeThin } from '../../src/operators/measures/index.js';
import { barsOf, readAll } from '../support/bars.js';
import { readGoldenBars, readOracleSeries } from '../support/golden.js';
import { goldenPath, sharedPathOrSay } from '../support/shared.js';
import type { OracleSeries, OracleSettings, OracleVerdict } from './momentum-oracle.js';
import { ORACLE_DEFAULTS, momentumOracle } from './momentum-oracle.js';

const MINUTES_15 = 900_000;

/** The rule over the product's own measures, cooldown aside: `openTimeMs direction`. */
const firesOf = (bars: readonly Bar[], settings: OracleSettings): readonly string[] => {
  const [moves, scores, thin, liquidity] = [normalisedMove(1), volumeLogZ(), volumeThin(), liquidityPerHour()].map((measure) => readAll(measure, bars));
  const needed = settings.shortHistory === 'judge' ? 29 : 294;
  return bars.flatMap(({ openTimeMs }, i) => {
    const [move, score, count, perHour] = [moves?.[i], scores?.[i], thin?.[i], liquidity?.[i]];
    if (i + 1 < needed || typeof move !== 'number' || typeof score !== 'number' || typeof count !== 'number' || count > 5) return [];
    const isLiquid = typeof perHour === 'number' ? reaches(perHour, settings.liquidityLevel) : settings.unknownLiquidity === 'high';
    if (!isLiquid || !reaches(score, settings.volumeLogZThreshold)) return [];
    return [
      ...(reaches(move, settings.moveThreshold) ? [`${openTimeMs} up`] : []),
      ...(reaches(-move, settings.moveThreshold) ? [`${openTimeMs} down`] : []),
    ];
  });
};

const SETTINGS: readonly OracleSettings[] = [
  { ...ORACLE_DEFAULTS, unknownLiquidity: 'high' },
  { ...ORACLE_DEFAULTS, unknownLiquidity: 'high', shortHistory: 'judge', moveThreshold: 1.5, volumeLogZThreshold: 1.5 },
  { ...ORACLE_DEFAULTS, liquidityLevel: 5_000_000, moveThreshold: 1.5, volumeLogZThreshold: 1 },
];

const compare = (path: string): number => {
  let fired = 0;
  for (const settings of SETTINGS) {
    const oracle = momentumOracle([readOracleSeries(path)], settings);
    expect(oracle.map(({ openTimeMs, direction }) => `${openTimeMs} ${direction}`)).toEqual(firesOf(readGoldenBars(path), settings));
    fired += oracle.length;
  }
  return fired;
};

describe('the oracle and the measures say the same', () => {
  it('on the golden sample', () => {
    expect(readdirSync(goldenPath('series/input')).map((file) => compare(goldenPath('series/input', file))).every((fired) => fired > 0)).toBe(true);
  });

  const golden = sharedPathOrSay('comparing the momentum oracle on every golden input', 'golden/input');
  const files = golden === null ? [] : readdirSync(golden);
  it.skipIf(golden === null).each(files)('on %s', (file) => {
    expect(compare(join(golden ?? '', file))).toBeGreaterThan(0);
  });
});

/** A quiet market of 300 bars, then closes with ten times the volume; a number beside a close skips so many bars before it. */
const seriesOf = (...after: readonly (readonly [close: number, skipped?: number])[]): OracleSeries => {
  let at = 300;
  const quiet = Array.from({ length: 300 }, (_, i) => ({ close: 100 + (i % 2), volume: 10 + (i % 3), quoteVolume: 1e6 }));
  const loud = after.map(([close, skipped = 0]) => ({ close, volume: 1_000, quoteVolume: 1e6, openTimeMs: ((at += skipped + 1) - 1) * MINUTES_15 }));
  const bars = barsOf([...quiet, ...loud], 0);
  return {
    symbol: 'A',
    barMs: MINUTES_15,
    openTimeMs: bars.map((each) => each.openTimeMs),
    high: bars.map((each) => each.high),
    low: bars.map((each) => each.low),
    close: bars.map((each) => each.close),
    volume: bars.map((each) => each.volume ?? NaN),
    quoteVolume: bars.map((each) => each.quoteVolume),
  };
};

const inWords = (verdicts: readonly OracleVerdict[]): readonly string[] =>
  verdicts.map(({ openTimeMs, direction, emitted }) => `${openTimeMs / MINUTES_15} ${direction}${emitted ? '' : ' suppressed'}`);

describe('the oracle', () => {
  it.each<[string, OracleSeries, Partial<OracleSettings>, readonly string[]]>([
    ['hears a rise', seriesOf([110]), {}, ['300 up']],
    ['hears a fall', seriesOf([90]), {}, ['300 down']],
    ['is silent about a small move', seriesOf([102]), {}, []],
    ['is silent in an illiquid market', seriesOf([110]), { liquidityLevel: 1e8 }, []],
    ['suppresses the next rise within the cooldown', seriesOf([110], [160]), { volumeLogZThreshold: 0 }, ['300 up', '301 up suppressed']],
    ['lets a rise through at the end of the cooldown', seriesOf([110], [160], [300]), { volumeLogZThreshold: 0 }, ['300 up', '301 up suppressed', '302 up']],
    ['cools each direction down for itself', seriesOf([110], [50]), { volumeLogZThreshold: 0 }, ['300 up', '301 down']],
    ['does not judge a move across a hole', seriesOf([110, 1]), {}, []],
    ['begins anew after a hole of a day', seriesOf([110, 96], [160]), { volumeLogZThreshold: 0 }, []],
  ])('%s', (_, series, settings, expected) => {
    expect(inWords(momentumOracle([series], settings))).toEqual(expected);
  });
});
