import type { Measured } from '../../model/reading.js';
import type { Measure, Reader, Shared } from '../../ports/measure.js';
import { logReturnOf } from './log-return.js';
import { brokenRun } from './parts/anchor.js';
import { createSumTree } from './parts/sum-tree.js';

/**
 * Root mean square of logarithmic returns: volatility per bar around a mean of zero, because at these lengths the mean is noise
 * (signals.md §2.3).
 */
export const realisedVolatilityOf = (squares: number, returns: number): Measured => {
  const value = Math.sqrt(squares / returns);
  return Number.isFinite(value) ? value : 'no-data';
};

/**
 * Reads the volatility of the last `returns` returns, once for all measures that share. The bars must follow one another without a
 * hole, for a return across one is not formed; so each square has its slot by the number of its bar, and nearly all of the sums over
 * them are those of the bar before.
 */
export const realisedVolatilityReader = (returns: number, shared?: Shared): Reader => {
  const make = (): Reader => {
    const squares = createSumTree(returns);
    return (window) => {
      // The slots of bars that are missing, or were before the series began anew, are set before they are needed.
      const change = window.length > 1 ? logReturnOf(window.close(0), window.close(1)) : NaN;
      squares.set(Math.round(window.openTimeMs(0) / window.intervalMs) % returns, change * change);
      return brokenRun(window, returns) ?? realisedVolatilityOf(squares.sum(), returns);
    };
  };
  return shared?.of(`sigma${returns}`, make) ?? make();
};

/** `sigma96`: realised volatility of the last `n` returns, this bar's included; a fraction per bar. */
export const realisedVolatility = (returns = 96): Measure => ({
  name: `sigma${returns}`,
  unit: '1',
  windowBars: () => returns + 1,
  warmupBars: () => returns + 1,
  start: (_interval, shared) => realisedVolatilityReader(returns, shared),
});
