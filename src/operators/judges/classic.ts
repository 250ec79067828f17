import type { Measured, Reading } from '../../model/reading.js';
import { isCertain, ratioReaches, sumRatioReaches } from '../../model/decimal.js';
import type { Condition } from '../../model/verdict.js';
import type { Rule } from '../../ports/rule.js';
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

const told = (measure: string, held: Measured, threshold: number, passed: boolean): Condition =>
  typeof held === 'number'
    ? { measure, value: held, threshold, margin: held - threshold, passed }
    : { measure, value: null, threshold, margin: null, passed, reason: held };

/**
 * The original scanner's rule without its defects (signals.md §1.1), upward only: volume of the closed bar against the mean of
 * the bars before it, and its change from open to close; both thresholds inclusive and compared exactly.
 */
export const classicRule = (settings: ClassicSettings): Rule => {
  const { lookbackBars, priceThreshold, liquidityLevel, unknownLiquidity } = settings;

  const thresholdAt = (liquidity: Measured): number => {
    const isLiquid = typeof liquidity === 'number' ? liquidity > liquidityLevel : unknownLiquidity === 'high';
    return isLiquid ? settings.volumeThreshold : settings.lowLiquidityVolumeThreshold;
  };

  /** Volumes of the bars before the judged one; asked only when the spike has a value, so that none is missing. */
  const baselineOf = ({ window }: Reading): readonly number[] =>
    Array.from({ length: lookbackBars }, (_, i) => window.volume(i + 1) ?? NaN);

  /** The volumes before are only looked at again where binary rounding could decide. */
  const spikes = (reading: Reading, spikePct: number, volume: number, threshold: number): boolean =>
    isCertain(spikePct, threshold) ? spikePct >= threshold : sumRatioReaches(volume, baselineOf(reading), threshold);

  return {
    id: 'classic',
    version: 1,
    measures: [volumeSpike(lookbackBars), barChange(), liquidityPerHour()],
    judge: (reading) => {
      const { spikePct = 'no-data', changePct = 'no-data', liquidityPerHour: liquidity = 'no-data' } = reading.values;
      const threshold = thresholdAt(liquidity);
      const { open, close, volume } = reading.bar;
      const isSpike = typeof spikePct === 'number' && volume !== null && spikes(reading, spikePct, volume, threshold);
      const isMove = typeof changePct === 'number' && ratioReaches(close, open, priceThreshold);
      return [
        {
          rule: 'classic',
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
