import type { Observable } from 'rxjs';
import type { Bar, FormingBar } from '../model/bar.js';
import type { Interval } from '../model/interval.js';
import type { Market, Series } from '../model/series.js';
import type { Check } from './check.js';

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

/**
 * The history has no answer and will not have one soon: it has tried as often as it may, or must not ask at all. `detail` says
 * why. Nothing is known of the bars that the pages before it did not hold.
 */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
  constructor(
    readonly kind: 'unreachable',
    readonly detail: string,
  ) {
    super(`${kind}: ${detail}`);
  }
}

/** The exchange's memory of a series. */
export interface History {
  /**
   * The closed bars of a series with open times from `fromMs` to `toMs`, both included, oldest first, in pages. It tries for
   * itself as long as trying is worth while.
   *
   * *Completes*: the answer is whole, and a bar that is not in it does not exist at the exchange (`bars-missing`).
   * *Errors with a `HistoryError`*: the answer cannot be had now; what its pages did not hold is lost (`bars-lost`), unless the
   * bar after it, or the next announcement, asks again and is answered. Any other error is a bug. Unsubscribing gives up.
   */
  bars(series: Series, fromMs: number, toMs: number): Observable<readonly Bar[]>;
}

/** Where bars come from. `event$` is cold: subscribing connects, unsubscribing leaves; it completes only if the source is finite. */
export interface Source {
  readonly event$: Observable<FeedEvent>;
  readonly history: History;
  /**
   * Bars that are still forming, of the series that `event$` follows while that is subscribed to: each at most once in `everyMs` of
   * market time. Only while this is subscribed to are they read at all. One subscriber at a time; never completes. Absent where
   * a source has none.
   */
  readonly forming?: (everyMs: number) => Observable<FormingBar>;
  /** For health: what the source sees of itself now. */
  status(): SourceStatus;
  /**
   * Tries once everything the source needs of the outer world, for `doctor`: emits what it finds as it finds it, completes within
   * a minute, never errors.
   */
  probe?(): Observable<Check>;
  /** How the symbols of each market are chosen now, for `universe`. Emits once for each market; asks until it is answered. */
  survey?(): Observable<Survey>;
}

/** How the symbols of a market are chosen: one step after another, each with what it removes. */
export interface Survey {
  readonly market: Market;
  /** The most traded first. */
  readonly symbols: readonly string[];
  /** The first is everything that is listed. */
  readonly steps: readonly SurveyStep[];
}

export interface SurveyStep {
  /** Name of the step in the settings. */
  readonly filter: string;
  /** What is left after it, for people; goes on after a number: `trading now`. */
  readonly words: string;
  readonly left: number;
  readonly removed: number;
  /** Let pass because the exchange does not tell what the step asks for. */
  readonly unknown: number;
  /** Some of those it removed. */
  readonly examples: readonly string[];
}

/** One socket as it is now. */
export interface SocketStatus {
  readonly name: string;
  readonly open: boolean;
  /** Wire milliseconds since data last came; `null` before the first. */
  readonly lastFrameAgeMs: number | null;
  /** Wire milliseconds since the present connection was opened; `null` while there is none. */
  readonly ageMs?: number | null;
  /** Streams it is to carry. */
  readonly streams?: number;
  /** Connections lost since the start, and planned changes of connection. */
  readonly losses?: number;
  readonly rotations?: number;
}

export interface SourceStatus {
  readonly sockets: readonly SocketStatus[];
  /** Series that should be followed now. */
  readonly series: number;
  /** In plain words what the source is doing when it is not simply following. */
  readonly note: string | null;
}
