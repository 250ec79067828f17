import type { Window } from '../../model/window.js';
import type { Measure, Reader, Shared } from '../../ports/measure.js';
import { createTrail } from './parts/trail.js';

/** Wilder's true range, in the quote asset: the bar's range, widened to the previous close (signals.md §2.2). */
export const trueRangeOf = (high: number, low: number, previousClose: number): number =>
  Math.max(high - low, Math.abs(high - previousClose), Math.abs(low - previousClose));

/** True range of the bar `back` bars before the latest; the window must hold its predecessor, which after a gap is the last known bar. */
export const trueRangeAt = (window: Window, back: number): number =>
  trueRangeOf(window.high(back), window.low(back), window.close(back + 1));

/** Reads the sum of the true ranges of the last `bars` bars, in the quote asset: once for all measures that share. */
export const trueRangeSumReader = (bars: number, shared?: Shared): Reader => {
  const make = (): Reader => {
    const trail = createTrail(bars);
    return (window) => {
      if (window.barCount === 1) trail.clear();
      else trail.push(trueRangeAt(window, 0));
      return trail.isFull() ? trail.sum() : 'warmup';
    };
  };
  return shared?.of(`tr${bars}_sum`, make) ?? make();
};

/** `tr`: the true range of the bar, in the quote asset. The first bar of a series has none. */
export const trueRange = (): Measure => ({
  name: 'tr',
  unit: 'quote',
  windowBars: () => 2,
  warmupBars: () => 2,
  start: () => (window) => (window.barCount === 1 ? 'warmup' : trueRangeAt(window, 0)),
});
