import type { Observable } from 'rxjs';
import type { Alert } from '../model/alert.js';
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
  /**
   * Finds out whether the sink can be reached, for `doctor`: emits what it has found, completes within seconds, never errors.
   * Nothing is posted unless `send`: then one message that says that it is a test.
   */
  probe?(send: boolean): Observable<Check>;
}
