import type { Observable } from 'rxjs';
import type { Alert } from '../model/alert.js';
import type { InsteadOf } from '../model/delivery.js';
import type { Episode } from '../model/episode.js';
import type { Scene } from '../model/scene.js';
import type { Check } from './check.js';

/** The sink has taken the alert; `messageId` is the sink's own name for it, when it gives one. */
export interface Receipt {
  readonly messageId: string | null;
}

export interface Attempt {
  /** 1 for the first send of this alert to this sink. */
  readonly number: number;
  /** True when an earlier send may have arrived: the copy must say that it may be a repeat. */
  readonly mayRepeat: boolean;
  /** The sink whose place this one takes: the copy must say so. Absent where this sink was the first choice. */
  readonly insteadOf?: InsteadOf;
  /** What a picture may be drawn of; absent where the bars are not at hand any more. */
  readonly scene?: Scene;
  /** Of an escalation: the episode that it belongs to, the message that tells it here, if there is one, and its address, where the sink knows it. */
  readonly escalates?: { readonly episode: Episode; readonly messageId: string | null; readonly link?: string };
}

/** One alert of a message that tells several. */
export interface Posting {
  readonly alert: Alert;
  readonly attempt: Attempt;
}

/** What is to be said without an alert: one line after another, of what was not sent and why. Plain text, escaped by the sink. */
export interface Announcement {
  readonly title: string;
  readonly lines: readonly string[];
}

/**
 * How an attempt failed, decided where it is seen.
 * - `refused`: certainly not saved (429, connection refused); try again, after `retryAfterMs` if given.
 * - `unknown`: nobody knows (reply lost, time-out, 5xx); `strong` unknowns use up the budget of copies.
 * - `dead`: this alert will never be accepted (400).
 * - `disabled`: the sink will accept nothing any more (401, 403, 404): it is not asked again.
 */
export type Failure = 'refused' | 'unknown' | 'dead' | 'disabled';

export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly retryAfterMs: number | null;
  /** For `unknown`: true when the request was written and no reply came; false for a prompt 5xx. */
  readonly strong: boolean;
  constructor(
    readonly failure: Failure,
    /** One clear sentence without secrets. */
    readonly detail: string,
    more: { readonly retryAfterMs?: number; readonly strong?: boolean } = {},
  ) {
    super(detail);
    this.retryAfterMs = more.retryAfterMs ?? null;
    this.strong = more.strong ?? false;
  }
}

/**
 * Where alerts go. `deliver` is cold, emits one receipt and completes when the alert is accepted; it errors with a
 * `DeliveryError` and with nothing else. One delivery at a time is asked of a sink; a sink that knows its limits waits
 * inside `deliver` (on the wire clock) before it writes the first byte.
 */
export interface Sink {
  /** Unique among the configured sinks; part of the store's row key, so it must stay the same over restarts. */
  readonly name: string;
  deliver(alert: Alert, attempt: Attempt): Observable<Receipt>;
  /** Wire milliseconds until a message may leave, by what the sink knows of its limits: asked before each. At once if absent. */
  readyInMs?(): number;
  /** The same for a change that can wait for others, which come first. At once if absent. */
  spareInMs?(): number;
  /** Wire milliseconds that a send may take from its first byte; 15 s if absent. */
  readonly deadlineMs?: number;
  /** Another one whenever its settings are others, and tells nothing of them; the run gives it. Costs some work. */
  fingerprint?(): string;
  /** Whether its attempts shall carry scenes: a pipeline remembers recent bars only where a sink wants them. */
  readonly wantsScene?: boolean;
  /** Alerts that one message may tell; 1 if absent. */
  readonly batchMax?: number;
  /**
   * One message for several alerts, in this order, at most `batchMax`; all of them share its fate and its receipt. The rules are
   * those of `deliver`; `dead` of several says nothing of each: they are then sent one by one. Absent where `batchMax` is.
   */
  deliverBatch?(postings: readonly Posting[]): Observable<Receipt>;
  /** Whether an alert has no place in a message of several; none if absent. */
  isToldAlone?(alert: Alert): boolean;
  /**
   * Makes a delivered message tell the episode as it is now. Doing it twice does no harm, so an unknown outcome is simply tried
   * again; `dead`: the message is not there any more. `attempt` is the one by which it was delivered: what that said of the copy
   * stays true. Absent where messages cannot be changed.
   */
  edit?(messageId: string, episode: Episode, attempt: Attempt): Observable<Receipt>;
  /** Says something that is no alert, once; the rules are those of `deliver`. Absent where there is no room for it. */
  announce?(announcement: Announcement): Observable<Receipt>;
  /**
   * Finds out whether the sink can be reached, for `doctor`: emits what it has found, completes within seconds, never errors.
   * Nothing is posted unless `send`: then one message that says that it is a test.
   */
  probe?(send: boolean): Observable<Check>;
}
