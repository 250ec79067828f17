import type { Measured } from '../../model/reading.js';
import type { Window } from '../../model/window.js';
import type { Measure } from '../../ports/measure.js';
import { logReturnOf } from './log-return.js';
import { brokenRun } from './parts/anchor.js';
import { createTrail } from './parts/trail.js';

/**
 * Root mean square of logarithmic returns: volatility per bar around a mean of zero, because at these lengths the mean is noise
 * (signals.md §2.3).
 */
export const realisedVolatilityOf = (returns: readonly number[]): number => {
  let squares = 0;
  for (const each of returns) squares += each * each;
  return Math.sqrt(squares / returns.length);
};

/**
 * Reads the volatility of the `returns` returns that end `endBack` bars back, 0 or 1. The bars must follow one another without
 * a hole up to the latest, for a return across one is not formed.
 */
export const realisedVolatilityReader = (returns: number, endBack: 0 | 1): ((window: Window) => Measured) => {
  const trail = createTrail(returns);
  const read = (window: Window): Measured => {
    const broken = brokenRun(window, returns + endBack);
    if (broken !== null) return broken;
    const value = realisedVolatilityOf(trail.values);
    return Number.isFinite(value) ? value : 'no-data';
  };
  return (window) => {
    if (window.barCount === 1) trail.clear();
    const before = endBack === 1 ? read(window) : 'warmup';
    trail.push(window.length > 1 ? logReturnOf(window.close(0), window.close(1)) : NaN);
    return endBack === 1 ? before : read(window);
  };
};

/** `sigma96`: realised volatility of the last `n` returns, this bar's included; a fraction per bar. */
export const realisedVolatility = (returns = 96): Measure => ({
  name: `sigma${returns}`,
  unit: '1',
  windowBars: () => returns + 1,
  warmupBars: () => returns + 1,
  start: () => realisedVolatilityReader(returns, 0),
});
