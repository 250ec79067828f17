import type { Observable } from 'rxjs';
import type { Bar } from '../model/bar.js';
import type { Interval } from '../model/interval.js';
import type { Market, Series } from '../model/series.js';

/**
 * What a source tells. Bars may come repeated, late, out of order and with holes: `inOrder` alone decides what comes next.
 *
 * - `bar`: a closed bar has arrived.
 * - `closed`: the exchange has closed this bar by now, so it should have arrived. Told once for every series when it joins
 *   (the last closed bar: that is how warm-up begins) and after each close + grace (that is how silence is checked).
 * - `roster`: the symbols now expected at each close of a market and interval; replaces the earlier roster.
 */
export type FeedEvent =
  | { readonly kind: 'bar'; readonly bar: Bar }
  | { readonly kind: 'closed'; readonly series: Series; readonly openTimeMs: number }
  | {
      readonly kind: 'roster';
      readonly market: Market;
      readonly interval: Interval;
      readonly symbols: readonly string[];
      /** Open time of the last bar the exchange had closed when the roster was drawn, ms UTC; absent in replay. */
      readonly closedUpToMs?: number;
    };

/** An event that speaks of one series. */
export type SeriesEvent = Exclude<FeedEvent, { kind: 'roster' }>;
export type Roster = Extract<FeedEvent, { kind: 'roster' }>;

/** The exchange's memory of a series. */
export interface History {
  /**
   * The closed bars of a series with open times from `fromMs` to `toMs`, both included, oldest first, in pages; completes.
   * It tries for itself until it has an answer and never errors: a bar that is not in the answer does not exist at the
   * exchange, or is out of reach for good, which the history has reported. Unsubscribing gives up.
   */
  bars(series: Series, fromMs: number, toMs: number): Observable<readonly Bar[]>;
}

/** Where bars come from. `event$` is cold: subscribing connects, unsubscribing leaves; it completes only if the source is finite. */
export interface Source {
  readonly event$: Observable<FeedEvent>;
  readonly history: History;
  /** For health: what the source sees of itself now. */
  status(): SourceStatus;
}

export interface SourceStatus {
  readonly sockets: readonly { readonly name: string; readonly open: boolean; readonly lastFrameAgeMs: number | null }[];
  /** Series that should be followed now. */
  readonly series: number;
  /** In plain words what the source is doing when it is not simply following. */
  readonly note: string | null;
}
