import type { Measure } from '../../ports/measure.js';
import { anchoredBack } from './parts/anchor.js';

/** `100 · (now / before − 1)`, in percent (signals.md §2.1). */
export const rateOfChangePercent = (now: number, before: number): number => 100 * (now / before - 1);

/**
 * `roc_<bars>`: how far the close has moved in `bars` intervals, in percent. Anchored in time: `gap` when the bar exactly so
 * long ago is missing; `no-data` when its close is 0.
 */
export const rateOfChange = (bars: number): Measure => ({
  name: `roc_${bars}`,
  unit: '%',
  windowBars: () => bars + 1,
  warmupBars: () => bars + 1,
  start: () => (window) => {
    const back = anchoredBack(window, bars);
    if (typeof back !== 'number') return back;
    const before = window.close(back);
    return before === 0 ? 'no-data' : rateOfChangePercent(window.close(0), before);
  },
});
