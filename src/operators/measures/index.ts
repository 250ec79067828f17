import type { Measure } from '../../ports/measure.js';
import { acceleration } from './acceleration.js';
import { averageTrueRangeBefore } from './average-true-range-before.js';
import { breakoutDown } from './breakout-down.js';
import { regime } from './regime.js';
import { relativeVolume } from './relative-volume.js';
import { tradesLogZ } from './trades-log-z.js';
import { averageTrueRangeBook } from './average-true-range-book.js';
import { averageTrueRangeSimple } from './average-true-range-simple.js';
import { averageTrueRange } from './average-true-range.js';
import { barChange } from './bar-change.js';
import { breakout } from './breakout.js';
import { choppiness } from './choppiness.js';
import { averageDirectionalIndex } from './directional-index.js';
import { efficiencyRatio } from './efficiency-ratio.js';
import { exponentialMovingAverage } from './exponential-moving-average.js';
import { liquidityPerHour } from './liquidity-per-hour.js';
import { logReturn } from './log-return.js';
import { averageTrueRangePercent } from './average-true-range-percent.js';
import { normalisedMove } from './normalised-move.js';
import { rateOfChange } from './rate-of-change.js';
import { realisedVolatility } from './realised-volatility.js';
import { returnZ } from './return-z.js';
import { simpleMovingAverage } from './simple-moving-average.js';
import { takerImbalance } from './taker-imbalance.js';
import { trendSlope } from './trend-slope.js';
import { trendState } from './trend-state.js';
import { trueRange } from './true-range.js';
import { volumeLogZ } from './volume-log-z.js';
import { volumeMadLogZ } from './volume-mad-log-z.js';
import { volumeSpike } from './volume-spike.js';
import { volumeThin } from './volume-thin.js';
import { volumeZ } from './volume-z.js';

/** Every measure of this build, as `--readings` writes them: in the order of the golden columns, then the further ones. */
export const measures: readonly Measure[] = [
  rateOfChange(1),
  rateOfChange(4),
  rateOfChange(16),
  logReturn(1),
  trueRange(),
  averageTrueRange(),
  averageTrueRangeBook(),
  averageTrueRangeSimple(),
  averageTrueRangePercent(),
  simpleMovingAverage(),
  exponentialMovingAverage(20),
  exponentialMovingAverage(50),
  volumeZ(),
  volumeLogZ(),
  volumeMadLogZ(),
  efficiencyRatio(),
  realisedVolatility(),
  normalisedMove(1),
  normalisedMove(4),
  returnZ(),
  averageDirectionalIndex(),
  choppiness(),
  breakout(),
  trendSlope(),
  trendState(),
  takerImbalance(),
  volumeThin(),
  liquidityPerHour(),
  volumeSpike(),
  barChange(),
  averageTrueRangeBefore(),
  breakoutDown(),
  acceleration(1),
  acceleration(4),
  tradesLogZ(),
  regime(),
  relativeVolume(),
];

export {
  tradesLogZ,
  relativeVolume,
  regime,
  breakoutDown,
  averageTrueRangeBefore,
  acceleration,
  averageDirectionalIndex,
  averageTrueRange,
  averageTrueRangeBook,
  averageTrueRangeSimple,
  barChange,
  breakout,
  choppiness,
  efficiencyRatio,
  exponentialMovingAverage,
  liquidityPerHour,
  logReturn,
  averageTrueRangePercent,
  normalisedMove,
  rateOfChange,
  realisedVolatility,
  returnZ,
  simpleMovingAverage,
  takerImbalance,
  trendSlope,
  trendState,
  trueRange,
  volumeLogZ,
  volumeMadLogZ,
  volumeSpike,
  volumeThin,
  volumeZ,
};
