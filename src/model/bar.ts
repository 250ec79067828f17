import type { Series } from './series.js';
import { INTERVAL_MS } from './interval.js';

/** How a bar came to us. `rebuilt` is a bar made from smaller ones. */
export type Provenance = 'stream' | 'rest' | 'replay' | 'rebuilt';

/**
 * One closed candlestick. A bar that is still forming never becomes a `Bar`.
 * Prices are in the quote asset, `volume` in the base asset, `quoteVolume` in the quote asset; times are ms UTC.
 * A column the recording does not have is `null`, never 0.
 */
export interface Bar extends Series {
  readonly openTimeMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number | null;
  readonly quoteVolume: number | null;
  readonly tradeCount: number | null;
  readonly takerVolume: number | null;
  readonly takerQuoteVolume: number | null;
  readonly provenance: Provenance;
}

/**
 * A bar with its place in its series, as `inOrder` hands it on.
 * `history` fills windows and is never judged; `due` is judged exactly once; `revision` is a bar that was due before and has
 * been corrected since: it is judged for the record only, and nothing of it is ever sent (decisions.md 8).
 * `follows` says what lies before it: nothing (`start`), its neighbour, a `gap` that nobody could fill,
 * or a hole so long, or a correction, that the series begins anew (`restart`).
 */
export interface PlacedBar extends Bar {
  readonly timing: 'history' | 'due' | 'revision';
  readonly follows: 'start' | 'neighbour' | 'gap' | 'restart';
}

/**
 * A bar as it was seen while it was still forming: its close is the price then, and its volumes are those so far. It lacks what a
 * `Bar` has, so that neither can be taken for the other.
 */
export interface FormingBar extends Omit<Bar, 'provenance'> {
  readonly forming: true;
  /** Market time, ms UTC. */
  readonly seenAtMs: number;
}

/** The first instant at which the bar is known: open time + length, ms UTC (signals.md §0, T_t). */
export const decisionTimeMs = (bar: Pick<Bar, 'openTimeMs' | 'interval'>): number => bar.openTimeMs + INTERVAL_MS[bar.interval];
