import type { Bar } from './bar.js';
import type { Scene } from './scene.js';

/**
 * A read-only, columnar view of a series' most recent bars; `back` counts bars backwards from the latest (0).
 * The view is live: it is the same object at every bar and shows the newest state, so read it at once and keep nothing but numbers.
 * A column that a bar does not have reads `null`. Asking for a bar that is not held (`back >= length`) is a bug and throws.
 */
export interface Window<B extends Bar = Bar> {
  /** Bars held, at least 1 and at most the size asked for. */
  readonly length: number;
  /** Bars since the series began (or began anew after a hole of a day), this one included. */
  readonly barCount: number;
  /** The bar that has just been added. */
  readonly latest: B;
  /** Length of a bar, ms. */
  readonly intervalMs: number;
  openTimeMs(back: number): number;
  open(back: number): number;
  high(back: number): number;
  low(back: number): number;
  close(back: number): number;
  volume(back: number): number | null;
  quoteVolume(back: number): number | null;
  tradeCount(back: number): number | null;
  takerVolume(back: number): number | null;
  /** How many bars back the bar `bars` intervals before the latest lies, or -1 when it is missing or not held. */
  backOf(bars: number): number;
  /**
   * A copy of the recent bars, which may be more than are held for measuring. Absent where nobody wants pictures: then there is no
   * room for them.
   */
  readonly scene?: (() => Scene) | undefined;
}
