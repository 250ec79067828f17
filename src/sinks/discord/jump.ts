import type { Observable } from 'rxjs';
import { catchError, defer, map, of, throwError } from 'rxjs';
import type { Http } from '../../ports/http.js';
import { HttpError } from '../../ports/http.js';
import type { Attempt } from '../../ports/sink.js';
import type { WebhookAddress } from './address.js';
import type { Courier } from './courier.js';
import { USER_AGENT } from './courier.js';

/*
 * A webhook cannot reply, but a message has an address that leads to it: https://discord.com/channels/SERVER/CHANNEL/MESSAGE.
 * Which server and channel they are is told by the webhook itself, once.
 */

/** An alert that is worth a link does not wait longer for it. */
const DEADLINE_MS = 2_000;
const ANSWER_BYTES_MAX = 65_536;
const ID = /^\d{17,20}$/;

interface Whereabouts {
  readonly guildId: string;
  readonly channelId: string;
}

const readWhereabouts = (body: string): Whereabouts | null => {
  try {
    const { guild_id: guildId, channel_id: channelId } = JSON.parse(body) as { guild_id?: unknown; channel_id?: unknown };
    if (typeof guildId !== 'string' || typeof channelId !== 'string') return null;
    return ID.test(guildId) && ID.test(channelId) ? { guildId, channelId } : null;
  } catch {
    // What is no JSON does not say where it is.
    return null;
  }
};

/** The thread of a message, where it is in one: it takes the channel's place in its address. */
const threadOf = (address: WebhookAddress, messageId: string): string | null =>
  new URL(address.message(messageId).reveal()).searchParams.get('thread_id');

/** It is asked so often, and not during a wait: a link is worth no refusal. */
const TRIES_MAX = 3;

/** Adds to the attempt of an escalation the address of the message that it belongs to, as far as that can be found out. */
export const linkOf = (http: Http, address: WebhookAddress, courier: Pick<Courier, 'readyInMs'>) => {
  let known: Whereabouts | null = null;
  let tries = 0;
  const ask$ = defer(() =>
    http.request({
      ...{ method: 'GET' as const, url: address.self.reveal(), headers: { 'user-agent': USER_AGENT } },
      ...{ deadlineMs: DEADLINE_MS, bodyBytesMax: ANSWER_BYTES_MAX },
    }),
  ).pipe(
    map(({ status, body }) => (status === 200 ? readWhereabouts(body) : null)),
    catchError((error: unknown) => (error instanceof HttpError ? of(null) : throwError(() => error))),
  );
  const whereabouts$ = defer(() => {
    if (known !== null || tries >= TRIES_MAX || courier.readyInMs() > 0) return of(known);
    tries++;
    return ask$;
  });
  return (attempt: Attempt): Observable<Attempt> => {
    const { escalates } = attempt;
    const messageId = escalates?.messageId ?? null;
    if (escalates === undefined || messageId === null || !ID.test(messageId)) return of(attempt);
    return whereabouts$.pipe(
      map((found) => {
        known = found;
        if (found === null) return attempt;
        const channelId = threadOf(address, messageId) ?? found.channelId;
        const link = `https://discord.com/channels/${found.guildId}/${channelId}/${messageId}`;
        return { ...attempt, escalates: { ...escalates, link } };
      }),
    );
  };
};
