import type { Observable, SchedulerLike } from 'rxjs';
import { catchError, concat, defer, EMPTY, ignoreElements, map, take, throwError, throwIfEmpty, timer } from 'rxjs';
import type { Http, HttpRequest, HttpResponse } from '../../ports/http.js';
import { HttpError } from '../../ports/http.js';
import { DeliveryError } from '../../ports/sink.js';
import type { Pace } from './pace.js';

/** The largest answer read. */
export const ANSWER_BYTES_MAX = 65_536;
/**
 * A longer wait is not sat through here but handed back, so that the alert's age is looked at again before it is sent and
 * a crash in the meantime finds nothing in flight.
 */
const HOLD_MS_MAX = 5_000;

export interface PostParts {
  /** How the receiver is called in sentences. */
  readonly service: string;
  readonly http: Http;
  readonly wireTime: SchedulerLike;
  readonly pace: Pace;
  /** Takes everything secret out of a text from outside. */
  readonly redact: (text: string) => string;
}

/** Waits inside a delivery only while an alert stays news. */
const turnOf = (pace: Pace, wireTime: SchedulerLike): Observable<never> => {
  const turn: Observable<never> = defer(() => {
    const waitMs = pace.waitMs(wireTime.now());
    if (waitMs > HOLD_MS_MAX)
      return throwError(() => new DeliveryError('refused', 'not sent: waiting for the rate limit', { retryAfterMs: waitMs }));
    // The limit is looked at again after the wait: in the meantime another sink may have been told to wait longer.
    if (waitMs > 0) return concat(timer(waitMs, wireTime).pipe(ignoreElements()), turn);
    pace.take(wireTime.now());
    return EMPTY;
  });
  return turn;
};

/** No answer at all. What surely never left can be sent again without a second thought. */
const lost = (error: unknown, { service, redact }: PostParts): DeliveryError => {
  if (error instanceof DeliveryError) return error;
  if (!(error instanceof HttpError)) {
    const kind = error instanceof Error ? error.name : typeof error;
    return new DeliveryError('unknown', `the request failed in an unforeseen way: ${kind}`, { strong: true });
  }
  const detail = redact(`no answer from ${service}: ${error.code}, ${error.detail}`);
  // A redirect that the network refuses to follow is an answer, and not the one of a message saved.
  if (error.sent === 'no' || error.code === 'redirect') return new DeliveryError('refused', detail);
  return new DeliveryError('unknown', detail, { strong: true });
};

/**
 * Waits for its turn, sends once, and reads the answer. `request` is made when the turn has come; `read` throws a
 * `DeliveryError` for an answer that is none of acceptance. Errors are `DeliveryError`s.
 */
export const postOnce = <T>(parts: PostParts, request: () => HttpRequest, read: (response: HttpResponse) => T): Observable<T> =>
  concat(turnOf(parts.pace, parts.wireTime), defer(() => parts.http.request(request())).pipe(take(1), map(read))).pipe(
    throwIfEmpty(() => new HttpError('maybe', 'empty', 'the request ended without an answer')),
    catchError((error: unknown) => throwError(() => lost(error, parts))),
  );
