import { z } from 'zod';
import type { Measured, Reading, Values } from '../../model/reading.js';
import { lookUp } from '../../model/row.js';
import type { Condition, Direction, Verdict } from '../../model/verdict.js';
import type { Rule } from '../../ports/rule.js';
import { ATR_WARMUP_BARS } from '../measures/average-true-range.js';
import { liquidityPerHour } from '../measures/liquidity-per-hour.js';
import { normalisedMove } from '../measures/normalised-move.js';
import { rateOfChange } from '../measures/rate-of-change.js';
import { volumeLogZ } from '../measures/volume-log-z.js';
import { volumeThin } from '../measures/volume-thin.js';
import { volumeZ } from '../measures/volume-z.js';
import { reaches } from './reaches.js';
import { unfired } from './unfired.js';

export interface MomentumSettings {
  /** Multiples of the average true range before the move. */
  readonly moveThreshold: number;
  readonly volumeLogZThreshold: number;
  /** Quote units per hour over the last day. */
  readonly liquidityLevel: number;
  /** What a series without quote volume counts as. */
  readonly unknownLiquidity: 'low' | 'high';
  /** Whether a series younger than the warm-up may be judged. */
  readonly shortHistory: 'judge' | 'skip';
}

/** The settings as they are written in YAML, for every pipeline that has the rule. */
export const momentumShape = {
  moveThreshold: z.number().positive().default(3).describe('Least move over one bar, in average true ranges before it.'),
  volumeLogZThreshold: z
    .number()
    .positive()
    .default(3)
    .describe('Least z-score of the logarithm of volume against the 20 bars before.'),
  liquidityLevel: z.number().nonnegative().default(10_000).describe('Least quote volume per hour over the last day.'),
  unknownLiquidity: z.enum(['low', 'high']).default('low').describe('What a series without quote volume counts as.'),
  shortHistory: z
    .enum(['judge', 'skip'])
    .default('judge')
    .describe('Whether a series with fewer than 294 bars, but at least 29, is judged.'),
} as const;

const RANGE_BARS = 14;
/** Bars from which a series whose whole life is shorter than the warm-up may be judged (signals.md §2.2). */
const WARM_BARS_SHORT = 2 * RANGE_BARS + 1;
const VOLUME_BARS = 20;
const SCORE = `volume_logz${VOLUME_BARS}`;
const LIQUIDITY = 'liquidityPerHour';
/** A move that rounding might still lift over the threshold is looked at. */
const NEARLY = 1 - 1e-6;

/** A condition that the value, taken in the direction of `sign`, reaches `level`. */
const reached = (measure: string, held: Measured | undefined, level: number, sign = 1): Condition =>
  typeof held === 'number'
    ? { measure, value: held, threshold: sign * level, margin: sign * held - level, passed: reaches(sign * held, level) }
    : { measure, value: null, threshold: sign * level, margin: null, passed: false, reason: held ?? 'no-data' };

/**
 * The default rule (signals.md §7.3): the move is at least `moveThreshold` average true ranges and the volume at least
 * `volumeLogZThreshold` deviations above the usual on a log scale, in a liquid market; both directions.
 */
export const momentumRule = (settings: MomentumSettings, id = 'momentum'): Rule => {
  const measures = [
    normalisedMove(1),
    volumeLogZ(VOLUME_BARS),
    volumeThin(VOLUME_BARS),
    liquidityPerHour(),
    rateOfChange(1),
    volumeZ(VOLUME_BARS),
  ];
  const [moveAt, scoreAt, thinAt, liquidityAt] = [lookUp('m_1'), lookUp(SCORE), lookUp('volume_thin20'), lookUp(LIQUIDITY)];
  const shownOf = ({ values }: Reading): Values =>
    Object.fromEntries(['m_1', SCORE, 'roc_1', 'volume_z20', LIQUIDITY].map((name) => [name, values[name] ?? 'no-data']));

  const neededBars = settings.shortHistory === 'judge' ? WARM_BARS_SHORT : ATR_WARMUP_BARS;

  /** The score of a baseline of which too much is at the floor is not to be judged (signals.md §3.1). */
  const scoreOf = (reading: Reading): Measured | undefined => {
    const thin = thinAt(reading);
    return typeof thin === 'number' && thin > VOLUME_BARS / 4 ? 'zero-volume' : scoreAt(reading);
  };
  const isLiquid = (held: Measured | undefined): boolean =>
    typeof held === 'number' ? reaches(held, settings.liquidityLevel) : settings.unknownLiquidity === 'high';

  const conditionsOf = (reading: Reading, sign: 1 | -1): readonly Condition[] => {
    const { barCount } = reading;
    const liquidity = liquidityAt(reading);
    return [
      reached('m_1', moveAt(reading), settings.moveThreshold, sign),
      { measure: 'warm', value: barCount, threshold: neededBars, margin: barCount - neededBars, passed: barCount >= neededBars },
      reached(SCORE, scoreOf(reading), settings.volumeLogZThreshold),
      { ...reached(LIQUIDITY, liquidity, settings.liquidityLevel), passed: isLiquid(liquidity) },
    ];
  };
  const tellers = { up: (reading: Reading) => conditionsOf(reading, 1), down: (reading: Reading) => conditionsOf(reading, -1) };

  /** Asked of every bar of every series, so nothing is made for it. */
  const isFit = (reading: Reading): boolean => {
    const score = scoreOf(reading);
    return (
      reading.barCount >= neededBars &&
      typeof score === 'number' &&
      reaches(score, settings.volumeLogZThreshold) &&
      isLiquid(liquidityAt(reading))
    );
  };
  const fires = (reading: Reading, sign: 1 | -1): boolean => {
    const move = moveAt(reading);
    return typeof move === 'number' && reaches(sign * move, settings.moveThreshold) && isFit(reading);
  };

  const rule = { id, version: 1, measures };
  const verdict = (reading: Reading, direction: Direction): Verdict => {
    const shortHistory = reading.barCount < ATR_WARMUP_BARS;
    const sign = direction === 'up' ? 1 : -1;
    const tell = tellers[direction];
    if (!fires(reading, sign)) return unfired(rule, direction, shortHistory, reading, tell);
    return { rule: id, ruleVersion: 1, direction, fired: true, conditions: tell(reading), shown: shownOf(reading), shortHistory };
  };

  return {
    ...rule,
    mayFire: ({ close }, before) =>
      typeof before.averageRange === 'number' &&
      Math.abs(close - before.close) >= NEARLY * settings.moveThreshold * before.averageRange,
    judge: (reading) => [verdict(reading, 'up'), verdict(reading, 'down')],
  };
};
