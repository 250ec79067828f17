import type { SimulatedReply } from './door.js';
import type { Complaint } from './discord-form.js';
import { errorTree } from './discord-form.js';

/*
 * The bodies of discord-protocol.md §9, word for word where it has words.
 */

type Headers = Readonly<Record<string, string>>;
export type Reply = Extract<SimulatedReply, { kind: 'reply' }>;

/** A 429 of one of the four kinds. `retryAfter` is written as given: seconds, or whatever a test wants misread. */
export interface LimitOutcome {
  readonly kind: 'limited';
  readonly scope: 'user' | 'shared' | 'global' | 'cloudflare';
  /** Body and, rounded up, header; for `cloudflare` the header alone. `null`: a wait that is not told. */
  readonly retryAfter: unknown;
  /** Only for `cloudflare`: which of its three bodies. */
  readonly form?: 'text' | 'html' | 'json';
}

export const jsonReply = (status: number, value: unknown, headers: Headers = {}): Reply => ({
  kind: 'reply',
  status,
  headers: { 'content-type': 'application/json', via: '1.1 google', ...headers },
  body: JSON.stringify(value),
});

/** A page made in front of Discord: no JSON, no `Via`. */
export const htmlReply = (status: number): Reply => ({
  kind: 'reply',
  status,
  headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare' },
  body: `<!DOCTYPE html><html><head><title>discord.com | ${status}</title></head><body><h1>Error ${status}</h1></body></html>`,
});

export const invalidForm = (complaints: readonly Complaint[]): Reply =>
  jsonReply(400, { message: 'Invalid Form Body', code: 50035, errors: errorTree(complaints) });

/** How an address without a version, or with an old one, complains: field names only. */
export const invalidFormOld = (complaints: readonly Complaint[]): Reply =>
  jsonReply(400, Object.fromEntries(complaints.map(({ path: [field = '', at], message }) => [field, [at ?? message]])));

export const replies = {
  notFound: jsonReply(404, { message: '404: Not Found', code: 0 }),
  badVersion: jsonReply(400, { message: 'Invalid API version', code: 50041 }),
  badMethod: jsonReply(405, { message: '405: Method Not Allowed', code: 0 }),
  unknownWebhook: jsonReply(404, { message: 'Unknown Webhook', code: 10015 }),
  unknownMessage: jsonReply(404, { message: 'Unknown Message', code: 10008 }),
  wrongToken: jsonReply(401, { message: 'Invalid Webhook Token', code: 50027 }),
  blockedAgent: {
    kind: 'reply',
    status: 403,
    headers: { 'content-type': 'application/json', server: 'cloudflare' },
    body: JSON.stringify({ message: 'internal network error', code: 40333 }),
  },
  emptyMessage: jsonReply(400, { message: 'Cannot send an empty message', code: 50006 }),
  notJson: jsonReply(400, { message: 'The request body contains invalid JSON.', code: 50109 }),
  // Which status goes with these three is not documented.
  forumNeedsThread: jsonReply(400, {
    message: 'Webhooks posted to forum channels must have a thread_name or thread_id',
    code: 220_001,
  }),
  forumTakesOneThread: jsonReply(400, {
    message: 'Webhooks posted to forum channels cannot have both a thread_name and thread_id',
    code: 220_002,
  }),
  noForum: jsonReply(400, { message: 'Webhooks can only create threads in forum channels', code: 220_003 }),
  notMultipart: jsonReply(400, { message: 'The request body contains invalid multipart data.', code: 50035 }),
  // Which status goes with this code is not documented.
  fileTooLarge: jsonReply(413, { message: 'File uploaded exceeds the maximum size', code: 50045 }),
  tooLarge: jsonReply(413, { message: 'Request entity too large', code: 40005 }),
  badContentType: jsonReply(400, {
    message: 'Invalid Form Body',
    code: 50035,
    errors: {
      _errors: [
        {
          code: 'CONTENT_TYPE_INVALID',
          message: 'Expected "Content-Type" header to be one of {\'application/json\'}.',
        },
      ],
    },
  }),
  noContent: { kind: 'reply', status: 204, headers: { via: '1.1 google' }, body: '' },
} as const satisfies Record<string, Reply>;

/** The webhook itself, to who knows its address (discord-protocol.md §2). */
export const webhookReply = (id: string, token: string): Reply =>
  jsonReply(200, {
    application_id: null,
    avatar: null,
    channel_id: '199737254929760256',
    guild_id: '199737254929760256',
    id,
    name: 'Simulated webhook',
    type: 1,
    token,
  });

const BANNED_JSON = JSON.stringify({
  message: 'You are being blocked from accessing our API temporarily due to exceeding our rate limits frequently.',
  code: 0,
});

const cloudflareBan = ({ retryAfter, form = 'text' }: LimitOutcome): Reply => {
  const bodies = { text: 'error code: 1015', html: htmlReply(429).body, json: BANNED_JSON } as const;
  const types = { text: 'text/plain; charset=UTF-8', html: 'text/html; charset=UTF-8', json: 'application/json' } as const;
  return {
    kind: 'reply',
    status: 429,
    headers: {
      'content-type': types[form],
      server: 'cloudflare',
      ...(typeof retryAfter === 'number' ? { 'retry-after': String(retryAfter) } : {}),
    },
    body: bodies[form],
  };
};

/** Too many changes of messages older than an hour (discord-protocol.md §4). */
export const oldEditReply = (waitMs: number): Reply =>
  jsonReply(
    429,
    {
      message: 'Maximum number of edits to messages older than 1 hour reached. Try again later.',
      ...{ code: 30_046, retry_after: waitMs / 1000, global: false },
    },
    { 'retry-after': String(Math.ceil(waitMs / 1000)), 'x-ratelimit-scope': 'shared' },
  );

/** A refusal by one of the limits. `counters` are the webhook's own headers, which a channel's limit leaves looking fine. */
export const limitReply = (limit: LimitOutcome, counters: Headers): Reply => {
  const { scope, retryAfter } = limit;
  if (scope === 'cloudflare') return cloudflareBan(limit);
  const wait =
    typeof retryAfter === 'number' && Number.isFinite(retryAfter) ? { 'retry-after': String(Math.ceil(retryAfter)) } : {};
  const message = scope === 'shared' ? 'The resource is being rate limited.' : 'You are being rate limited.';
  const own = { user: { ...counters, 'x-ratelimit-remaining': '0' }, shared: counters, global: { 'x-ratelimit-global': 'true' } };
  return jsonReply(
    429,
    { message, ...(retryAfter === null ? {} : { retry_after: retryAfter }), global: scope === 'global' },
    { ...own[scope], ...wait, 'x-ratelimit-scope': scope },
  );
};
