import type { Observable } from 'rxjs';
import { defer, map, of } from 'rxjs';
import { z } from 'zod';
import type { Secret } from '../../model/secret.js';
import { skipped } from '../../ports/check.js';
import type { Context } from '../../ports/context.js';
import { defineSink } from '../../ports/plugin.js';
import { durationMs, secret } from '../../ports/settings.js';
import type { DeliveryError, Posting, Receipt } from '../../ports/sink.js';
import { renderer } from '../templates/renderer.js';
import { createDisabling } from '../wire/disabling.js';
import { eventId } from '../wire/event-id.js';
import { sinkName } from '../wire/options.js';
import { paceOf } from '../wire/pace.js';
import { ANSWER_BYTES_MAX, postOnce } from '../wire/post.js';
import { TEST_TEXT, tried } from '../wire/probe.js';
import { readAnswer } from './answers.js';
import type { Body } from './body.js';
import { alertBody, alertsBody, announcementBody, episodeBody, testBody } from './body.js';
import { isNetwork, isOutOfReach, reachOf } from './reach.js';
import { keyOf, SECRET_SHAPE, signatureOf } from './sign.js';

/*
 * Setup: give your receiver a secret (`openssl rand -base64 32`, with `whsec_` in front) and this sink the same one. Any library of
 * Standard Webhooks checks the signature.
 *
 * Delivery: at least once; effectively once for a receiver that remembers `webhook-id`, which is the same for every copy of an
 * event. In a body that tells several alerts each has an `id` of its own, because a second try may tell them in other company.
 */

const USER_AGENT = 'binance-momentum-monitor/0.1.0';
const URL_SHAPE = 'an https address without user and password, such as https://example.com/alerts';

const urlOf = (url: Secret): URL | null => {
  const text = url.reveal().trim();
  if (!URL.canParse(text)) return null;
  const parsed = new URL(text);
  const isHttp = parsed.protocol === 'https:' || parsed.protocol === 'http:';
  return isHttp && parsed.username === '' && parsed.password === '' ? parsed : null;
};

const options = z
  .strictObject({
    name: sinkName('webhook'),
    url: secret
      .refine((url) => urlOf(url) !== null, { error: URL_SHAPE })
      .describe('Address of the receiver. It is kept secret, because many hold a token: best as ${WEBHOOK_URL}.'),
    secrets: z
      .array(secret.refine((each) => keyOf(each) !== null, { error: SECRET_SHAPE }))
      .max(3)
      .default([])
      .describe('Secrets to sign with, the newest first; two while they are being changed. Not signed when there is none.'),
    allowInsecure: z.boolean().default(false).describe('Allows http, which anybody on the way can read and change.'),
    allowNetworks: z
      .array(z.string().refine(isNetwork, { error: 'an address or a network, such as 10.1.0.0/16' }))
      .max(32)
      .default([])
      .describe(
        'Addresses inside your own network that may be reached, such as 127.0.0.1 or 10.1.0.0/16. Public ones always may.',
      ),
    batchMax: z.int().min(1).max(100).default(1).describe('Alerts that one request may tell when they come late.'),
    episodes: z
      .boolean()
      .default(false)
      .describe(
        'Tells what follows an alert in its episode, and what became of it, as momentum.episode instead of further alerts.',
      ),
    deadline: durationMs.prefault('15s').describe('How long one request may take.'),
  })
  .refine(({ url, allowInsecure }) => allowInsecure || urlOf(url)?.protocol !== 'http:', {
    path: ['url'],
    error: 'an https address, or stand beside "allowInsecure: true"',
  })
  .refine(({ url, allowNetworks }) => !isOutOfReach(urlOf(url)?.hostname ?? '', reachOf(allowNetworks)), {
    path: ['url'],
    error: 'a public address, or one that is named in allowNetworks',
  });

type Options = z.output<typeof options>;

/** Takes the secrets, the address, and whatever of its path and query could be a token, out of a text from outside. */
const redactOf = (url: URL, keys: readonly Secret[]): ((text: string) => string) => {
  const held = [url.href, ...url.pathname.split('/'), ...url.searchParams.values(), ...keys.map((key) => key.reveal())];
  const parts = held.filter((part) => part.length >= 4);
  const spellings = parts.flatMap((part) => [part, decodeURIComponent(part.replace(/%(?![\da-f]{2})/gi, '%25'))]);
  const byLength = [...new Set(spellings)].sort((a, b) => b.length - a.length);
  return (text) => byLength.reduce((clean, part) => clean.replaceAll(part, '[redacted]'), text);
};

const senderOf = (
  { url: address, secrets, allowNetworks, deadline: deadlineMs }: Options,
  { http, wireTime, marketTime }: Context,
) => {
  const url = urlOf(address);
  if (url === null) throw new Error(`url must be ${URL_SHAPE}`);
  const keys = secrets.map(keyOf).filter((key) => key !== null);
  const redact = redactOf(url, keys);
  const pace = paceOf(http, url.href, []);
  const parts = { service: 'the receiver', http, wireTime, pace, redact };
  const admits = reachOf(allowNetworks);

  /** Sends one event and reads the answer. Errors are `DeliveryError`s. */
  return (id: string, body: string): Observable<Receipt> =>
    postOnce(
      parts,
      () => {
        // The exchange's time is right even after this machine has slept; in the demo it runs away.
        const atSeconds = Math.floor((marketTime.speed === 1 ? marketTime : wireTime).now() / 1_000);
        return {
          method: 'POST',
          url: url.href,
          headers: {
            'content-type': 'application/json',
            'user-agent': USER_AGENT,
            'webhook-id': id,
            'webhook-timestamp': String(atSeconds),
            ...(keys.length === 0 ? {} : { 'webhook-signature': signatureOf(keys, id, atSeconds, body) }),
          },
          body,
          deadlineMs,
          bodyBytesMax: ANSWER_BYTES_MAX,
          admits,
        };
      },
      (response) => {
        readAnswer(response, redact, wireTime.now());
        return { messageId: id };
      },
    );
};

const cureOf = ({ failure }: DeliveryError): string =>
  failure === 'refused'
    ? 'look at the network, its name service, the certificate of the receiver, and allowNetworks'
    : 'look into the log of the receiver, and whether it holds one of the secrets';

/** Signed events to an address of yours. */
export const webhook = defineSink({
  type: 'webhook',
  summary: 'Posts alerts as signed JSON (Standard Webhooks) to an address of yours.',
  options,
  create: (given, context) => {
    const { name, batchMax, episodes, deadline: deadlineMs } = given;
    const send = senderOf(given, context);
    const unlessDisabled = createDisabling();
    const render = renderer({ template: 'full', escape: 'plain' });
    const tell = ({ alert, attempt }: Posting): string => render(alert, attempt);

    const deliver = (postings: readonly Posting[], { text, isCut }: Body): Observable<Receipt> => {
      const ids = postings.map(({ alert }) => alert.id);
      if (isCut) context.report({ kind: 'text-shortened', detail: 'parts of the alert were left out of the event', sink: name });
      return unlessDisabled(() => send(eventId(name, ...ids), text));
    };

    return {
      name,
      deadlineMs,
      deliver: (alert, attempt) =>
        defer(() => {
          const posting = { alert, attempt };
          return deliver([posting], alertBody(name, posting, tell));
        }),
      ...(batchMax === 1
        ? {}
        : { batchMax, deliverBatch: (postings) => defer(() => deliver(postings, alertsBody(name, postings, tell))) }),
      ...(episodes
        ? {
            edit: (messageId, episode, attempt) =>
              defer(() => {
                const body = episodeBody(name, episode, render(episode.opened, attempt, episode));
                // An id of its own for each change: a receiver that has had this one drops it.
                return unlessDisabled(() => send(eventId(name, `${episode.id}-${episode.version}`), body));
              }).pipe(map(() => ({ messageId }))),
          }
        : {}),
      announce: (announcement) =>
        defer(() => {
          const { title, lines } = announcement;
          const body = announcementBody(name, announcement, context.marketTime.now());
          return unlessDisabled(() => send(eventId(name, 'announcement', title, ...lines), body));
        }),
      probe: (isSending) => {
        if (!isSending)
          return of(skipped('receiver', 'nothing can be asked of a webhook without sending: doctor --send-test does'));
        const atMs = context.wireTime.now();
        const sent$ = send(eventId(name, 'test', String(atMs)), testBody(name, TEST_TEXT, context.marketTime.now()));
        return tried('test event', sent$, 'accepted: look at the receiver', cureOf);
      },
    };
  },
});
