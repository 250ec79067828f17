import type { Measure, Reader, Shared } from '../../ports/measure.js';
import { logReturnOf } from './log-return.js';
import { brokenRun } from './parts/anchor.js';
import { createTrail } from './parts/trail.js';

/**
 * Root mean square of logarithmic returns: volatility per bar around a mean of zero, because at these lengths the mean is noise
 * (signals.md §2.3).
 */
export const realisedVolatilityOf = (returns: readonly number[]): number => {
  let squares = 0;
  for (let i = 0; i < returns.length; i++) squares += (returns[i] as number) * (returns[i] as number);
  return Math.sqrt(squares / returns.length);
};

/**
 * Reads the volatility of the last `returns` returns, once for all measures that share. The bars must follow one another without a
 * hole, for a return across one is not formed.
 */
export const realisedVolatilityReader = (returns: number, shared?: Shared): Reader => {
  const make = (): Reader => {
    const trail = createTrail(returns);
    return (window) => {
      if (window.barCount === 1) trail.clear();
      trail.push(window.length > 1 ? logReturnOf(window.close(0), window.close(1)) : NaN);
      const broken = brokenRun(window, returns);
      if (broken !== null) return broken;
      const value = realisedVolatilityOf(trail.values);
      return Number.isFinite(value) ? value : 'no-data';
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
