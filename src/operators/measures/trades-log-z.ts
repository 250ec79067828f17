import type { Window } from '../../model/window.js';
import type { Measure } from '../../ports/measure.js';
import { trailScore } from './parts/standard-score.js';
import { createTrail } from './parts/trail.js';
import { baselineReader } from './parts/volume-baseline.js';

/** `ln(max(trades, 1))`: trades come one by one, so one is the floor that the quantity step is for volumes (signals.md §3.1). */
export const logTrades = (trades: number): number => Math.log(Math.max(trades, 1));

const logTradesOf = (window: Window): number => {
  const trades = window.tradeCount(0);
  return trades === null ? NaN : logTrades(trades);
};

/**
 * `trades_logz20`: how many sample standard deviations the logarithm of the bar's number of trades lies above that of the `n`
 * bars before it (signals.md §5). `no-data` while one of the counts is not known.
 */
export const tradesLogZ = (periodBars = 20): Measure => ({
  name: `trades_logz${periodBars}`,
  unit: 'σ',
  windowBars: () => 1,
  warmupBars: () => periodBars + 1,
  start: () => baselineReader(createTrail(periodBars), logTradesOf, trailScore),
});
