import type { Observable } from 'rxjs';
import type { Bar } from '../model/bar.js';
import type { Series } from '../model/series.js';

/**
 * The recent closed bars of every series, kept on this machine so that a restart need not ask the exchange for them again. It
 * is no store: nothing rests on it, nothing in it is durable, and its loss costs time alone (decisions.md 20). It never errors:
 * what it cannot read or write it reports and does without.
 */
export interface BarCache {
  /**
   * What is held of a series from `fromMs` to `toMs`, both included, oldest first; there may be holes. Emits once and completes.
   * A series is handed out once: what is held is held for the restart, and memory is not spent on it afterwards.
   */
  bars(series: Series, fromMs: number, toMs: number): Observable<readonly Bar[]>;
  /** Keeps closed bars that came from the exchange; they are written a little later. Other bars are passed over. */
  add(bars: readonly Bar[]): void;
  /** Writes what is not yet written, and completes. */
  close(): Observable<never>;
}
