import type { Interval } from '../model/interval.js';
import type { Measured } from '../model/reading.js';
import type { Window } from '../model/window.js';

/** Reads one series: called once at every bar, in order, with the series' live window. Holds what the formula must remember. */
export type Reader = (window: Window) => Measured;

/**
 * Readers that several measures of one series have in common: `of` makes one under its name, or gives the one that is there.
 * Each reads a bar once, however many ask.
 */
export interface Shared {
  of(name: string, make: () => Reader): Reader;
}

/**
 * A quantity of one series. `start` makes a fresh reader for one series; a reader that remembers begins anew when
 * `window.barCount` is 1 (the series began, or began anew after a hole of a day).
 */
export interface Measure {
  /** The one name, with its period in it: the column name of the golden vectors (`atr14`, `volume_logz20`). */
  readonly name: string;
  /** `%`, `ATR`, `σ`, `quote/hour`, `quote`, `1`, … for people. */
  readonly unit: string;
  /** Bars the reader looks at, the latest included: the window must hold at least these. */
  windowBars(interval: Interval): number;
  /** Bars after which a decision may rest on the value: where history began no longer matters (signals.md §2.2). */
  warmupBars(interval: Interval): number;
  start(interval: Interval, shared?: Shared): Reader;
}
