import type { Window } from '../../model/window.js';
import type { Measure } from '../../ports/measure.js';

/** Wilder's true range, in the quote asset: the bar's range, widened to the previous close (signals.md §2.2). */
export const trueRangeOf = (high: number, low: number, previousClose: number): number =>
  Math.max(high - low, Math.abs(high - previousClose), Math.abs(low - previousClose));

/** True range of the bar `back` bars before the latest; the window must hold its predecessor, which after a gap is the last known bar. */
export const trueRangeAt = (window: Window, back: number): number =>
  trueRangeOf(window.high(back), window.low(back), window.close(back + 1));

/** `tr`: the true range of the bar, in the quote asset. The first bar of a series has none. */
export const trueRange = (): Measure => ({
  name: 'tr',
  unit: 'quote',
  windowBars: () => 2,
  warmupBars: () => 2,
  start: () => (window) => (window.barCount === 1 ? 'warmup' : trueRangeAt(window, 0)),
});
