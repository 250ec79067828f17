import type { Observable } from 'rxjs';
import { catchError, concatMap, defer, map, of, throwError } from 'rxjs';
import { z } from 'zod';
import { defineSink } from '../../ports/plugin.js';
import { durationMs, secret } from '../../ports/settings.js';
import type { Posting, Receipt } from '../../ports/sink.js';
import { DeliveryError } from '../../ports/sink.js';
import { templateShape } from '../templates/check.js';
import { codePoints } from '../words/plain.js';
import { ADDRESS_SHAPE, parseAddress } from './address.js';
import type { Answer } from './answers.js';
import type { Attachment } from './attachment.js';
import { letterOf } from './attachment.js';
import type { GroupMessage } from './batch.js';
import { composeAnnouncement, composeBatch, DISCORD_EMBEDS_PER_MESSAGE } from './batch.js';
import { styleOf } from './card.js';
import { courierOf, USER_AGENT } from './courier.js';
import { illustrate, withPictures } from './illustrate.js';
import { editorOf } from './edit.js';
import { linkOf } from './jump.js';
import { DISCORD_USERNAME_MAX } from './limits.js';
import { compose } from './message.js';
import { probeWebhook } from './probe.js';
import { placeOf, threadNamer, threadShape } from './thread.js';

/*
 * Setup: Discord → channel settings → Integrations → Webhooks → New Webhook → Copy Webhook URL.
 *
 * Delivery: at least once. Discord knows no key by which it could tell a copy, and a webhook cannot look for its own
 * messages (discord-protocol.md §1), so after a lost answer nobody knows whether the message is there. The sink sends once
 * for each `deliver` and says what became of it; whether to send again is decided by who asked.
 */

/** Names that Discord is known to refuse (§3.5). Others it keeps to itself: then the webhook's own name is used. */
const isName = (name: string): boolean =>
  codePoints(name) <= DISCORD_USERNAME_MAX &&
  name.trim() !== '' &&
  !/discord|clyde|[@#:]|```|^(everyone|here)$/i.test(name.trim());

const options = z
  .strictObject({
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
    picture: z
      .enum(['off', 'light', 'dark'])
      .default('dark')
      .describe('A chart of the recent bars with each alert, on light or on dark paper; off: words alone.'),
    pictureDeadline: durationMs
      .prefault('1.5s')
      .describe('How long a message waits for its pictures; then it goes without them.'),
    ...threadShape,
    ...templateShape('discord'),
  })
  .refine(
    ({ webhookUrl, thread, threadName }) =>
      threadName === undefined || (thread === undefined && !webhookUrl.reveal().includes('thread_id=')),
    { path: ['threadName'], error: 'left out where a thread is named that is there already' },
  );

/** One embed per alert to a Discord webhook. */
export const discord = defineSink({
  type: 'discord',
  summary: 'Posts alerts to a Discord channel through a webhook, within all of its limits.',
  options,
  create: ({ name, webhookUrl, username: wanted, deadline: deadlineMs, picture, pictureDeadline, ...words }, context) => {
    const address = parseAddress(webhookUrl.reveal(), placeOf(words));
    if (address === null) throw new Error(`${name}: webhookUrl must be ${ADDRESS_SHAPE}`);
    const courier = courierOf(name, address, deadlineMs, context);
    const wantsScene = picture !== 'off' && context.pictures !== undefined;
    const pictureMs = wantsScene ? pictureDeadline : 0;
    const draw = illustrate(context, { sink: name, theme: picture === 'light' ? 'light' : 'dark', deadlineMs: pictureMs });
    const style = styleOf(words);
    const threadName = threadNamer(words);
    let username = wanted ?? null;
    let disabled: DeliveryError | null = null;

    const post = (message: GroupMessage, files: readonly Attachment[]): Observable<Answer> =>
      courier.carry({ method: 'POST', url: address.post, ...letterOf(message, files) });

    const withoutName = (
      { username: refused, ...message }: GroupMessage,
      files: readonly Attachment[],
      detail: string,
    ): Observable<Answer> => {
      username = null;
      const said = address.redact(`${detail}; "${refused ?? ''}" is given up for the webhook's own name`);
      context.report({ kind: 'delivery-odd', detail: said, sink: name });
      return post(message, files);
    };

    const receipt = (answer: Answer): Receipt => {
      if (answer.kind === 'name-refused') throw new DeliveryError('dead', address.redact(answer.detail));
      return { messageId: answer.kind === 'accepted' ? answer.messageId : null };
    };

    const postNamed = (message: GroupMessage, files: readonly Attachment[]): Observable<Answer> =>
      post(message, files).pipe(
        concatMap((answer) =>
          answer.kind === 'name-refused' && message.username !== undefined
            ? withoutName(message, files, answer.detail)
            : of(answer),
        ),
      );

    const cutTold = (alertId: string): void =>
      context.report({ kind: 'text-shortened', detail: 'the text was cut to Discord’s limits', alertId, sink: name });
    const editor = editorOf({ address, courier, style, cut: ({ id }) => cutTold(id) });
    const link = linkOf(context.http, address, courier);

    const send = (messageOf: () => GroupMessage, postings: readonly Posting[], title = ''): Observable<Receipt> =>
      unlessDisabled(() =>
        draw(wantsScene ? postings : []).pipe(
          concatMap((pictures) => {
            const files = pictures.filter((each) => each !== null);
            const message = { ...withPictures(messageOf(), pictures), ...threadName(postings, title) };
            return postNamed(message, files).pipe(
              map(receipt),
              map((taken) => editor.posted(taken, files)),
            );
          }),
        ),
      );

    const unlessDisabled = (ask: () => Observable<Receipt>): Observable<Receipt> =>
      defer(() => (disabled === null ? ask() : throwError(() => disabled))).pipe(
        catchError((error: unknown) => {
          // Asking on after such an answer brings a ban for the whole address, so the answer is remembered.
          if (error instanceof DeliveryError && error.failure === 'disabled') disabled = error;
          return throwError(() => error);
        }),
      );

    return {
      name,
      deadlineMs: deadlineMs + pictureMs,
      wantsScene,
      readyInMs: () => courier.readyInMs(),
      spareInMs: () => courier.spareInMs(),
      deliver: (alert, attempt) =>
        (disabled === null ? link(attempt) : of(attempt)).pipe(
          concatMap((linked) =>
            send(() => {
              const { message, shortened } = compose(alert, linked, username, style);
              if (shortened) cutTold(alert.id);
              return message;
            }, [{ alert, attempt: linked }]),
          ),
        ),
      edit: (messageId, episode, attempt) => unlessDisabled(() => editor.edit(messageId, episode, attempt)),
      batchMax: DISCORD_EMBEDS_PER_MESSAGE,
      deliverBatch: (postings) => send(() => composeBatch(postings, username, style), postings),
      announce: (announcement) => send(() => composeAnnouncement(announcement, username), [], announcement.title),
      probe: (withTest) => probeWebhook({ address, http: context.http, userAgent: USER_AGENT, deadlineMs }, withTest),
    };
  },
});
