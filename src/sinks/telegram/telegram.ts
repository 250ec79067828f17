import type { Observable } from 'rxjs';
import { concat, concatMap, defer, map, of, throwError } from 'rxjs';
import { z } from 'zod';
import type { Context } from '../../ports/context.js';
import { defineSink } from '../../ports/plugin.js';
import { durationMs, secret } from '../../ports/settings.js';
import type { Attempt, Receipt } from '../../ports/sink.js';
import { DeliveryError } from '../../ports/sink.js';
import { templateShape } from '../templates/check.js';
import { createDisabling } from '../wire/disabling.js';
import { sinkName } from '../wire/options.js';
import type { Pace } from '../wire/pace.js';
import { paceOf } from '../wire/pace.js';
import { ANSWER_BYTES_MAX, postOnce } from '../wire/post.js';
import { TEST_TEXT, tried } from '../wire/probe.js';
import { botAddress, isToken, serverOf, SERVER_SHAPE, TOKEN_SHAPE } from './address.js';
import type { Answer } from './answers.js';
import { readAnswer } from './answers.js';
import type { Text } from './texts.js';
import { TELEGRAM_BATCH_MAX, textsOf } from './texts.js';

/*
 * Setup: talk to BotFather, make a bot, add it to your group or channel, and find the chat's id (a bot that says ids will do).
 *
 * Delivery: at least once. Telegram knows no key by which it could tell a copy, so after a lost answer a marked copy may follow.
 */

/** Telegram's own numbers are not published: one a second in a chat, and in groups and channels twenty a minute, are what clients keep to. */
const CHAT_PLAN = [{ count: 1, spanMs: 1_000 }] as const;
const GROUP_PLAN = [...CHAT_PLAN, { count: 19, spanMs: 60_000 }] as const;

const options = z.strictObject({
  name: sinkName('telegram'),
  botToken: secret
    .refine(isToken, { error: TOKEN_SHAPE })
    .describe('Token of the bot. It is a secret: best as ${TELEGRAM_BOT_TOKEN}.'),
  chat: z
    .union([z.int(), z.string().regex(/^(?:-?\d{1,20}|@\w{4,64})$/)], { error: 'the id of a chat, or the @name of a channel' })
    .transform(String)
    .describe('Chat to write to: its id, negative for a group, or the @name of a public channel.'),
  thread: z.int().min(1).optional().describe('Topic of a group with topics to write into: its message_thread_id.'),
  silent: z.boolean().default(false).describe('Sends without a sound.'),
  server: z
    .string()
    .refine((text) => serverOf(text) !== null, { error: SERVER_SHAPE })
    .default('https://api.telegram.org')
    .describe('Server of the Bot API, for those who run their own.'),
  deadline: durationMs.prefault('10s').describe('How long one request may take.'),
  ...templateShape('html'),
});

/** With the chat it is in: groups move, and settings change. */
const MESSAGE_ID = /^(.+)\/(\d{1,15})$/;

type Options = z.output<typeof options>;
type Fields = Readonly<Record<string, unknown>>;
type Ask = (method: string, fields: Fields, pace: Pace) => Observable<Answer>;

/** Asks the bot for one thing. Errors are `DeliveryError`s; an answer that something can be made of is given back. */
const askerOf = ({ botToken, server, deadline: deadlineMs }: Options, { http, wireTime }: Context): Ask => {
  const address = botAddress(serverOf(server) ?? server, botToken);
  return (method, fields, pace) =>
    postOnce(
      { service: 'Telegram', http, wireTime, pace, redact: address.redact },
      () => ({
        method: 'POST',
        url: address.method(method).reveal(),
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fields),
        deadlineMs,
        bodyBytesMax: ANSWER_BYTES_MAX,
      }),
      (response) => {
        const answer = readAnswer(response, address.redact);
        if (answer.kind === 'limited') {
          const retryAfterMs = pace.pause(answer.waitMs, wireTime.now());
          throw new DeliveryError('refused', 'rate limit of Telegram', { retryAfterMs });
        }
        if (answer.kind === 'failed')
          throw new DeliveryError(answer.failure, address.redact(answer.detail), { strong: answer.strong });
        return answer.kind === 'unreadable' ? { ...answer, detail: address.redact(answer.detail) } : answer;
      },
    );
};

const cureOf = ({ failure }: DeliveryError): string =>
  failure === 'disabled'
    ? 'is the token right, and may the bot write in that chat? Add it to the group, or make it an administrator of the channel'
    : 'look at chat, and at the network, its name service and its firewall';

/** Sends that are kept free for alerts, when a change that can wait asks. */
const SPARE = 6;

/** Messages of a bot to a Telegram chat. */
export const telegram = defineSink({
  type: 'telegram',
  summary: 'Sends alerts to a Telegram chat through a bot, and edits them while their episode goes on.',
  options,
  create: (given, context) => {
    const { name, thread, silent } = given;
    const { http, wireTime, report } = context;
    const ask = askerOf(given, context);
    const unlessDisabled = createDisabling();
    const texts = textsOf({ template: given.template ?? 'full', fields: given.fields });
    let { chat } = given;

    const paceIn = (id: string): Pace =>
      paceOf(http, `telegram/${given.botToken.reveal()}/${id}`, /^\d/.test(id) ? CHAT_PLAN : GROUP_PLAN);
    const readyInMs = (spare?: number): number => Math.max(0, paceIn(chat).waitMs(wireTime.now(), spare));
    const odd = (detail: string): void => report({ kind: 'delivery-odd', detail, sink: name });
    const marked = ({ html }: Text): Fields => ({ text: html, parse_mode: 'HTML' });
    const quiet = { link_preview_options: { is_disabled: true } };

    /** An escalation answers the message of its episode, if that is in this chat. */
    const replyTo = ({ escalates }: Attempt): Fields => {
      const [, within, id] = MESSAGE_ID.exec(escalates?.messageId ?? '') ?? [];
      return id === undefined || within !== chat
        ? {}
        : { reply_parameters: { message_id: Number(id), allow_sending_without_reply: true } };
    };

    const post = (text: Fields): Observable<Answer> =>
      ask(
        'sendMessage',
        {
          chat_id: chat,
          ...(thread === undefined ? {} : { message_thread_id: thread }),
          ...text,
          ...quiet,
          ...(silent ? { disable_notification: true } : {}),
        },
        paceIn(chat),
      );

    /** What can be mended by sending once more in another way is. */
    const mend = (answer: Answer, text: Text, reply: Fields): Observable<Answer> => {
      if (answer.kind === 'moved') {
        ({ chat } = answer);
        odd(`the group has become a supergroup: from now on it is written to as ${chat}, which is what chat should say`);
        return post(marked(text));
      }
      if (answer.kind === 'unreadable') {
        odd(`${answer.detail}; sent once more without markup`);
        return post({ text: text.bare, ...reply });
      }
      return of(answer);
    };

    const receipt = (answer: Answer): Receipt => {
      if (answer.kind === 'accepted') {
        if (answer.messageId === null) odd('Telegram accepts without a message id; taken for accepted');
        return { messageId: answer.messageId === null ? null : `${chat}/${answer.messageId}` };
      }
      const detail =
        answer.kind === 'moved' ? 'the group has moved twice' : answer.kind === 'unreadable' ? answer.detail : 'nothing to send';
      throw new DeliveryError('dead', detail);
    };

    const send = (text: Text, reply: Fields = {}): Observable<Receipt> =>
      unlessDisabled(() =>
        post({ ...marked(text), ...reply }).pipe(
          concatMap((answer) => mend(answer, text, reply)),
          map(receipt),
        ),
      );

    const edit = (messageId: string, text: Text): Observable<Receipt> => {
      const [, within = '', id = ''] = MESSAGE_ID.exec(messageId) ?? [];
      if (id === '') return throwError(() => new DeliveryError('dead', 'the message has no id of Telegram'));
      const fields = { chat_id: within, message_id: Number(id), ...quiet };
      const change = (more: Fields): Observable<Answer> => ask('editMessageText', { ...fields, ...more }, paceIn(within));
      return unlessDisabled(() =>
        change(marked(text)).pipe(
          concatMap((answer) => (answer.kind === 'unreadable' ? change({ text: text.bare }) : of(answer))),
          map((answer) => {
            if (answer.kind === 'accepted' || answer.kind === 'unchanged') return { messageId };
            throw new DeliveryError('dead', 'detail' in answer ? answer.detail : 'the chat of the message is there no more');
          }),
        ),
      );
    };

    return {
      name,
      // What is refused for its markup, or for a chat that has moved, is sent once more.
      deadlineMs: 2 * given.deadline,
      readyInMs: () => readyInMs(),
      spareInMs: () => readyInMs(SPARE),
      deliver: (alert, attempt) => defer(() => send(texts.alert(alert, attempt), replyTo(attempt))),
      batchMax: TELEGRAM_BATCH_MAX,
      deliverBatch: (postings) => defer(() => send(texts.alerts(postings))),
      edit: (messageId, episode, attempt) => defer(() => edit(messageId, texts.alert(episode.opened, attempt, episode))),
      announce: (announcement) => defer(() => send(texts.announcement(announcement))),
      probe: (isSending) => {
        const getChat$ = defer(() => ask('getChat', { chat_id: chat }, paceOf(http, `telegram/probe/${name}`, [])));
        const found = tried('chat', getChat$, 'the bot knows it; nothing was posted', cureOf);
        if (!isSending) return found;
        const test$ = defer(() => send(texts.announcement({ title: 'Test', lines: [TEST_TEXT] })));
        return concat(found, tried('test message', test$, 'posted: look into the chat', cureOf));
      },
    };
  },
});
