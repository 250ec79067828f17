import { z } from 'zod';
import type { Measured, Reading } from '../../model/reading.js';
import { lookUp } from '../../model/row.js';
import { isCertain, ratioReaches, sumRatioReaches } from '../../model/decimal.js';
import type { Condition } from '../../model/verdict.js';
import type { Rule } from '../../ports/rule.js';
import { percent } from '../../ports/settings.js';
import { barChange } from '../measures/bar-change.js';
import { liquidityPerHour } from '../measures/liquidity-per-hour.js';
import { volumeSpike } from '../measures/volume-spike.js';

export interface ClassicSettings {
  /** Bars whose mean volume is the baseline, the judged bar excluded. */
  readonly lookbackBars: number;
  /** Percent above the baseline. */
  readonly volumeThreshold: number;
  /** Percent from open to close. */
  readonly priceThreshold: number;
  /** Quote units per hour; at or below it the stricter volume threshold holds. */
  readonly liquidityLevel: number;
  readonly lowLiquidityVolumeThreshold: number;
  readonly unknownLiquidity: 'low' | 'high';
}

/** The settings as they are written in YAML, for every pipeline that has the rule. */
export const classicShape = {
  lookbackBars: z.int().positive().max(500).default(8).describe('Bars whose mean volume is the baseline.'),
  volumeThreshold: percent.prefault('150%').describe('Least volume above the baseline; 150% is two and a half times the mean.'),
  priceThreshold: percent.prefault('5%').describe('Least change from open to close.'),
  liquidityLevel: z
    .number()
    .nonnegative()
    .default(10_000)
    .describe('Quote volume per hour at or below which the stricter volume threshold holds.'),
  lowLiquidityVolumeThreshold: percent
    .prefault('250%')
    .describe('The volume threshold of illiquid symbols, where it is higher than volumeThreshold.'),
  unknownLiquidity: z.enum(['low', 'high']).default('low').describe('What a series without quote volume counts as.'),
} as const;

const told = (measure: string, held: Measured, threshold: number, passed: boolean): Condition =>
  typeof held === 'number'
    ? { measure, value: held, threshold, margin: held - threshold, passed }
    : { measure, value: null, threshold, margin: null, passed, reason: held };

/**
 * The original scanner's rule without its defects (signals.md §1.1), upward only: volume of the closed bar against the mean of
 * the bars before it, and its change from open to close; both thresholds inclusive and compared exactly.
 */
export const classicRule = (settings: ClassicSettings, id = 'classic'): Rule => {
  const { lookbackBars, priceThreshold, liquidityLevel, unknownLiquidity } = settings;
  const [spikeAt, changeAt, liquidityAt] = [lookUp('spikePct'), lookUp('changePct'), lookUp('liquidityPerHour')];

  const thresholdAt = (liquidity: Measured): number => {
    const isLiquid = typeof liquidity === 'number' ? liquidity > liquidityLevel : unknownLiquidity === 'high';
    // Never more lenient where little is traded, however high the usual threshold was set (signals.md §1.3, D19).
    return isLiquid ? settings.volumeThreshold : Math.max(settings.lowLiquidityVolumeThreshold, settings.volumeThreshold);
  };

  /** Volumes of the bars before the judged one; asked only when the spike has a value, so that none is missing. */
  const baselineOf = ({ window }: Reading): readonly number[] =>
    Array.from({ length: lookbackBars }, (_, i) => window.volume(i + 1) ?? NaN);

  /** The volumes before are only looked at again where binary rounding could decide. */
  const spikes = (reading: Reading, spikePct: number, volume: number, threshold: number): boolean =>
    isCertain(spikePct, threshold) ? spikePct >= threshold : sumRatioReaches(volume, baselineOf(reading), threshold);

  return {
    id,
    version: 1,
    measures: [volumeSpike(lookbackBars), barChange(), liquidityPerHour()],
    mayFire: ({ open, close }) => 100 * (close / open - 1) >= priceThreshold - 1e-6,
    judge: (reading) => {
      const spikePct = spikeAt(reading) ?? 'no-data';
      const changePct = changeAt(reading) ?? 'no-data';
      const liquidity = liquidityAt(reading) ?? 'no-data';
      const threshold = thresholdAt(liquidity);
      const { open, close, volume } = reading.bar;
      const isSpike = typeof spikePct === 'number' && volume !== null && spikes(reading, spikePct, volume, threshold);
      const isMove = typeof changePct === 'number' && ratioReaches(close, open, priceThreshold);
      return [
        {
          rule: id,
          ruleVersion: 1,
          direction: 'up',
          fired: isSpike && isMove,
          conditions: [told('spikePct', spikePct, threshold, isSpike), told('changePct', changePct, priceThreshold, isMove)],
          shown: { spikePct, changePct, liquidityPerHour: liquidity, volumeThresholdPct: threshold },
          shortHistory: false,
        },
      ];
    },
  };
};
