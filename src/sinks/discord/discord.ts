import type { Observable } from 'rxjs';
import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  ignoreElements,
  map,
  of,
  take,
  throwError,
  throwIfEmpty,
  timer,
} from 'rxjs';
import { z } from 'zod';
import type { Context } from '../../ports/context.js';
import type { HttpResponse } from '../../ports/http.js';
import { HttpError } from '../../ports/http.js';
import { defineSink } from '../../ports/plugin.js';
import { durationMs, secret } from '../../ports/settings.js';
import type { Receipt } from '../../ports/sink.js';
import { DeliveryError } from '../../ports/sink.js';
import { codePoints } from '../words/plain.js';
import type { WebhookAddress } from './address.js';
import { ADDRESS_SHAPE, parseAddress } from './address.js';
import type { Answer } from './answers.js';
import { readAnswer } from './answers.js';
import { DISCORD_USERNAME_MAX } from './limits.js';
import type { Message } from './message.js';
import { compose, unnamed } from './message.js';
import { probeWebhook } from './probe.js';
import { gateOf } from './rate.js';

/*
 * Setup: Discord → channel settings → Integrations → Webhooks → New Webhook → Copy Webhook URL.
 *
 * Delivery: at least once. Discord knows no key by which it could tell a copy, and a webhook cannot look for its own
 * messages (discord-protocol.md §1), so after a lost answer nobody knows whether the message is there. The sink sends once
 * for each `deliver` and says what became of it; whether to send again is decided by who asked.
 */

/** The largest answer read. */
const ANSWER_BYTES_MAX = 65_536;
/**
 * A longer wait is not sat through here but handed back, so that the alert's age is looked at again before it is sent and
 * a crash in the meantime finds nothing in flight.
 */
const HOLD_MS_MAX = 5_000;
/** Demanded in this shape by Discord; without it Cloudflare may refuse. */
const USER_AGENT = 'DiscordBot (https://binance-momentum-monitor.example, 0.1.0)';

/** Names that Discord is known to refuse (§3.5). Others it keeps to itself: then the webhook's own name is used. */
const isName = (name: string): boolean =>
  codePoints(name) <= DISCORD_USERNAME_MAX &&
  name.trim() !== '' &&
  !/discord|clyde|[@#:]|```|^(everyone|here)$/i.test(name.trim());

const options = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]{1,64}$/, { error: 'up to 64 letters, digits, dots, dashes' })
    .default('discord')
    .describe('Name of this sink; part of what the store remembers, so it must stay the same.'),
  webhookUrl: secret
    .refine((url) => parseAddress(url.reveal()) !== null, { error: ADDRESS_SHAPE })
    .describe('Address of the webhook. It is a secret: best as ${DISCORD_WEBHOOK_URL}.'),
  username: z
    .string()
    .refine(isName, { error: '1 to 80 characters without "discord", "clyde", @, # or :' })
    .optional()
    .describe('Name to post under; the name of the webhook when it is left out.'),
  deadline: durationMs.prefault('10s').describe('How long one request may take.'),
});

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

type Post = (message: Message) => Observable<Answer>;

/** Waits for its turn, sends once, and learns from the answer. Errors are `DeliveryError`s. */
const poster = (name: string, address: WebhookAddress, deadlineMs: number, { http, wireTime, report }: Context): Post => {
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
    const answer = readAnswer(response);
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

  return (message) =>
    concat(
      turn,
      defer(() =>
        http.request({
          method: 'POST',
          url: address.post.reveal(),
          headers: { 'content-type': 'application/json', 'user-agent': USER_AGENT },
          body: JSON.stringify(message),
          deadlineMs,
          bodyBytesMax: ANSWER_BYTES_MAX,
        }),
      ).pipe(take(1), map(read)),
    ).pipe(
      throwIfEmpty(() => new HttpError('maybe', 'empty', 'the request ended without an answer')),
      catchError((error: unknown) => throwError(() => lost(error, address))),
    );
};

/** One embed per alert to a Discord webhook. */
export const discord = defineSink({
  type: 'discord',
  summary: 'Posts alerts to a Discord channel through a webhook, within all of its limits.',
  options,
  create: ({ name, webhookUrl, username: wanted, deadline: deadlineMs }, context) => {
    const address = parseAddress(webhookUrl.reveal());
    if (address === null) throw new Error(`${name}: webhookUrl must be ${ADDRESS_SHAPE}`);
    const post = poster(name, address, deadlineMs, context);
    let username = wanted ?? null;
    let disabled: DeliveryError | null = null;

    const withoutName = (message: Message, detail: string): Observable<Answer> => {
      username = null;
      const said = address.redact(`${detail}; from now on under the webhook's own name`);
      context.report({ kind: 'delivery-odd', detail: said, sink: name });
      return post(unnamed(message));
    };

    const receipt = (answer: Answer): Receipt => {
      if (answer.kind === 'name-refused') throw new DeliveryError('dead', address.redact(answer.detail));
      return { messageId: answer.kind === 'accepted' ? answer.messageId : null };
    };

    return {
      name,
      deliver: (alert, attempt) =>
        defer(() => {
          if (disabled !== null) return throwError(() => disabled);
          const { message, shortened } = compose(alert, attempt, username);
          if (shortened)
            context.report({
              kind: 'text-shortened',
              detail: 'the text was cut to Discord’s limits',
              alertId: alert.id,
              sink: name,
            });
          return post(message).pipe(
            concatMap((answer) =>
              answer.kind === 'name-refused' && message.username !== undefined ? withoutName(message, answer.detail) : of(answer),
            ),
            map(receipt),
          );
        }).pipe(
          catchError((error: unknown) => {
            // Asking on after such an answer brings a ban for the whole address, so the answer is remembered.
            if (error instanceof DeliveryError && error.failure === 'disabled') disabled = error;
            return throwError(() => error);
          }),
        ),
      probe: (send) => probeWebhook({ address, http: context.http, userAgent: USER_AGENT, deadlineMs }, send),
    };
  },
});
