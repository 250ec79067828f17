import { z } from 'zod';
import type { Reading, Reason, Values } from '../../model/reading.js';
import { numberOf } from '../../model/reading.js';
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
/** A move that rounding might still lift over the threshold is looked at. */
const NEARLY = 1 - 1e-6;
/** Shown of a verdict that has not fired: hardly any does, and none of them is shown. */
const NOTHING: Values = {};

const condition = (
  measure: string,
  value: number | null,
  threshold: number,
  margin: number | null,
  passed: boolean,
  reason?: Reason,
): Condition =>
  reason === undefined ? { measure, value, threshold, margin, passed } : { measure, value, threshold, margin, passed, reason };

/** A condition that the value, taken in the direction of `sign`, reaches `level`. */
const reached = (reading: Reading, measure: string, level: number, sign = 1): Condition => {
  const held = reading.values[measure];
  if (typeof held !== 'number') return condition(measure, null, sign * level, null, false, held ?? 'no-data');
  return condition(measure, held, sign * level, sign * held - level, reaches(sign * held, level));
};

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
  const shownOf = ({ values }: Reading): Values => ({
    m_1: values.m_1 ?? 'no-data',
    volume_logz20: values.volume_logz20 ?? 'no-data',
    roc_1: values.roc_1 ?? 'no-data',
    volume_z20: values.volume_z20 ?? 'no-data',
    liquidityPerHour: values.liquidityPerHour ?? 'no-data',
  });

  const warm = ({ barCount }: Reading): Condition => {
    const needed = settings.shortHistory === 'judge' ? WARM_BARS_SHORT : ATR_WARMUP_BARS;
    return condition('warm', barCount, needed, barCount - needed, barCount >= needed);
  };

  const volume = (reading: Reading): Condition => {
    const thin = numberOf(reading.values, 'volume_thin20');
    if (thin !== null && thin > VOLUME_BARS / 4) {
      return condition('volume_logz20', null, settings.volumeLogZThreshold, null, false, 'zero-volume');
    }
    return reached(reading, 'volume_logz20', settings.volumeLogZThreshold);
  };

  const liquidity = (reading: Reading): Condition => {
    const told = reached(reading, 'liquidityPerHour', settings.liquidityLevel);
    return told.value === null && settings.unknownLiquidity === 'high' ? { ...told, passed: true } : told;
  };

  return {
    id,
    version: 1,
    measures,
    mayFire: ({ close }, before) =>
      typeof before.averageRange === 'number' &&
      Math.abs(close - before.close) >= NEARLY * settings.moveThreshold * before.averageRange,
    judge: (reading) => {
      const isWarm = warm(reading);
      const isLoud = volume(reading);
      const isLiquid = liquidity(reading);
      const isShared = isWarm.passed && isLoud.passed && isLiquid.passed;
      let shown: Values = NOTHING;
      const verdict = (direction: Direction): Verdict => {
        const move = reached(reading, 'm_1', settings.moveThreshold, direction === 'up' ? 1 : -1);
        const conditions = [move, isWarm, isLoud, isLiquid];
        const fired = isShared && move.passed;
        if (fired) shown = shownOf(reading);
        return {
          rule: id,
          ruleVersion: 1,
          direction,
          fired,
          conditions,
          shown,
          shortHistory: reading.barCount < ATR_WARMUP_BARS,
        };
      };
      return [verdict('up'), verdict('down')];
    },
  };
};
