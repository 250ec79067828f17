import type { Measure } from '../../ports/measure.js';
import { rateOfChangePercent } from './rate-of-change.js';

/** `changePct`: open to close of the same bar, in percent; the price half of the classic rule (signals.md §1.1). `no-data` for an open of 0. */
export const barChange = (): Measure => ({
  name: 'changePct',
  unit: '%',
  windowBars: () => 1,
  warmupBars: () => 1,
  start: () => (window) => {
    const open = window.open(0);
    return open === 0 ? 'no-data' : rateOfChangePercent(window.close(0), open);
  },
});
