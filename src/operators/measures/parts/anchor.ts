import type { Window } from '../../../model/window.js';

/**
 * How many bars back the bar lies that opened exactly `bars` intervals before the latest (signals.md §0 rule 5: returns are
 * anchored in time, not counted in rows). `warmup` when the series begins later than that, `gap` when the bar is missing.
 * The window must hold `bars + 1` bars.
 */
export const anchoredBack = (window: Window, bars: number): number | 'warmup' | 'gap' => {
  const back = window.backOf(bars);
  if (back >= 0) return back;
  const neededMs = window.openTimeMs(0) - bars * window.intervalMs;
  return neededMs < window.openTimeMs(window.length - 1) ? 'warmup' : 'gap';
};

/** Why the last `bars + 1` bars are not an unbroken run, or `null` when they are. */
export const brokenRun = (window: Window, bars: number): 'warmup' | 'gap' | null => {
  const back = anchoredBack(window, bars);
  if (back === bars) return null;
  // Fewer rows than intervals: something between is missing, though both ends are there.
  return back === 'warmup' ? 'warmup' : 'gap';
};
