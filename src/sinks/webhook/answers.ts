import type { HttpResponse } from '../../ports/http.js';
import { DeliveryError } from '../../ports/sink.js';
import { cutTo, plain } from '../words/plain.js';
import { retryAfterMsOf } from '../wire/wait.js';

const SAID_CODE_POINTS_MAX = 120;
/** A gateway that waited in vain: what it waited for may have happened. */
const STRONG_STATUSES: ReadonlySet<number> = new Set([504, 520, 524]);

/** Secrets go before anything is cut off: half a token would not be known again. */
const saidIn = ({ body }: HttpResponse, redact: (text: string) => string): string => {
  const text = plain(redact(body).slice(0, 1_000));
  return text === '?' || text.startsWith('<') ? '' : `: ${cutTo(text, SAID_CODE_POINTS_MAX)}`;
};

/**
 * Throws what an answer means unless it is one of acceptance (Standard Webhooks 1.0.0): any 2xx accepts, 410 asks not to be asked
 * again, 429 and a 503 that names a time ask to wait, other 4xx refuse this event for good, and after a 5xx nobody knows.
 */
export const readAnswer = (response: HttpResponse, redact: (text: string) => string, nowMs: number): void => {
  const { status, headers } = response;
  if (status >= 200 && status < 300) return;
  const detail = `the receiver answers ${status}${saidIn(response, redact)}`;
  const retryAfterMs = retryAfterMsOf(headers, nowMs);
  const wait = retryAfterMs === null ? {} : { retryAfterMs };
  if (status === 410) throw new DeliveryError('disabled', detail);
  if (status === 429 || (status === 503 && retryAfterMs !== null)) throw new DeliveryError('refused', detail, wait);
  // A redirect may lead anywhere and is never followed; it is no answer of one that has taken the event.
  if (status >= 300 && status < 400) throw new DeliveryError('refused', detail);
  // The request did not come through whole, and nothing is known of what was done with it.
  if (status >= 400 && status < 500 && status !== 408) throw new DeliveryError('dead', detail);
  throw new DeliveryError('unknown', detail, { ...wait, strong: STRONG_STATUSES.has(status) });
};
