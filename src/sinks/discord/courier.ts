import type { Observable } from 'rxjs';
import { catchError, concat, defer, EMPTY, ignoreElements, map, take, throwError, throwIfEmpty, timer } from 'rxjs';
import type { Secret } from '../../model/secret.js';
import type { Context } from '../../ports/context.js';
import type { HttpResponse } from '../../ports/http.js';
import { HttpError } from '../../ports/http.js';
import { DeliveryError } from '../../ports/sink.js';
import type { WebhookAddress } from './address.js';
import type { Answer } from './answers.js';
import { readAnswer } from './answers.js';
import { gateOf } from './rate.js';

/** The largest answer read. */
const ANSWER_BYTES_MAX = 65_536;
/**
 * A longer wait is not sat through here but handed back, so that the alert's age is looked at again before it is sent and
 * a crash in the meantime finds nothing in flight.
 */
const HOLD_MS_MAX = 5_000;
/** Demanded in this shape by Discord; without it Cloudflare may refuse. */
export const USER_AGENT = 'DiscordBot (https://binance-momentum-monitor.example, 0.1.0)';

/** One request to the webhook. */
export interface Letter {
  readonly method: 'POST' | 'PATCH';
  readonly url: Secret;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** Carries letters to one webhook, within its limits. */
export interface Courier {
  /** Waits for its turn, sends once, and learns from the answer. Errors are `DeliveryError`s. */
  carry(letter: Letter): Observable<Answer>;
  /** Wire milliseconds until the next letter may leave. */
  readyInMs(): number;
  /** The same for a letter that can wait for others. */
  spareInMs(): number;
}

const failureOf = (answer: Extract<Answer, { kind: 'failed' }>, address: WebhookAddress): DeliveryError =>
  new DeliveryError(answer.failure, address.redact(answer.detail), { strong: answer.strong });

/** No answer at all. What surely never left can be sent again without a second thought. */
const lost = (error: unknown, address: WebhookAddress): DeliveryError => {
  if (error instanceof DeliveryError) return error;
  if (!(error instanceof HttpError)) {
    const kind = error instanceof Error ? error.name : typeof error;
    return new DeliveryError('unknown', `the request failed in an unforeseen way: ${kind}`, { strong: true });
  }
  const detail = address.redact(`no answer from Discord: ${error.code}, ${error.detail}`);
  // A redirect that the network refuses to follow is an answer, and not the one of a message saved.
  if (error.sent === 'no' || error.code === 'redirect') return new DeliveryError('refused', detail);
  return new DeliveryError('unknown', detail, { strong: true });
};

export const courierOf = (
  name: string,
  address: WebhookAddress,
  deadlineMs: number,
  { http, wireTime, report }: Context,
): Courier => {
  const gate = gateOf(http, address);
  const odd = (detail: string | null): void => {
    if (detail !== null) report({ kind: 'delivery-odd', detail: address.redact(detail), sink: name });
  };

  const turn: Observable<never> = defer(() => {
    const waitMs = gate.waitMs(wireTime.now());
    if (waitMs > HOLD_MS_MAX)
      return throwError(() => new DeliveryError('refused', 'not sent: waiting for the rate limit', { retryAfterMs: waitMs }));
    // The limit is looked at again after the wait: in the meantime another sink may have been told to wait longer.
    if (waitMs > 0) return concat(timer(waitMs, wireTime).pipe(ignoreElements()), turn);
    gate.take(wireTime.now());
    return EMPTY;
  });

  const read = (response: HttpResponse): Answer => {
    odd(gate.hear(response, wireTime.now()));
    // Secrets go before anything of an answer is cut off: half a token would not be known again.
    const answer = readAnswer(response.status < 300 ? response : { ...response, body: address.redact(response.body) });
    if (answer.kind === 'limited') {
      const waitMs = gate.obey(answer, wireTime.now());
      odd(answer.odd);
      const detail = answer.scope === 'banned' ? 'Cloudflare refuses this address' : `rate limit (${answer.scope})`;
      throw new DeliveryError('refused', detail, { retryAfterMs: waitMs });
    }
    if (answer.kind === 'accepted') odd(answer.odd);
    if (answer.kind === 'failed') throw failureOf(answer, address);
    return answer;
  };

  return {
    readyInMs: () => Math.max(0, gate.waitMs(wireTime.now())),
    spareInMs: () => Math.max(0, gate.spareMs(wireTime.now())),
    carry: ({ method, url, contentType, body }) =>
      concat(
        turn,
        defer(() =>
          http.request({
            method,
            url: url.reveal(),
            headers: { 'content-type': contentType, 'user-agent': USER_AGENT },
            body,
            deadlineMs,
            bodyBytesMax: ANSWER_BYTES_MAX,
          }),
        ).pipe(take(1), map(read)),
      ).pipe(
        throwIfEmpty(() => new HttpError('maybe', 'empty', 'the request ended without an answer')),
        catchError((error: unknown) => throwError(() => lost(error, address))),
      ),
  };
};
