import type { SchedulerLike } from 'rxjs';
import { defer, delay, of } from 'rxjs';
import type { Counters, Limits, LimitSettings } from './discord-limits.js';
import { createInvalidAnswers, createLimits, DISCORD_LIMITS } from './discord-limits.js';
import { saveFile } from './discord-files.js';
import type { MessageContent, SavedMessage } from './discord-messages.js';
import { createMessages } from './discord-messages.js';
import type { LimitOutcome, Reply } from './discord-replies.js';
import { htmlReply, jsonReply, limitReply, oldEditReply, replies, webhookReply } from './discord-replies.js';
import type { Content, Route } from './discord-request.js';
import { isOld, readBody, routeOf, textOf, threadComplaint } from './discord-request.js';
import type { SimulatedHttp, SimulatedReply, SimulatedRequest } from './door.js';
import { createRandom } from './exchange/random.js';

/** What is to happen to one post instead of the usual. Up to `hang` nothing is saved; the `saved-…` ones lose or spoil the reply. */
export type DiscordOutcome =
  | { readonly kind: 'usual' }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'html'; readonly status: number }
  | LimitOutcome
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'saved-reset' }
  | { readonly kind: 'saved-hang' }
  | { readonly kind: 'saved-slow'; readonly delayMs: number }
  | { readonly kind: 'saved-reply'; readonly status: number; readonly body: string };

/** Faults by script: for the coming posts in order, or for all of them. */
export interface DiscordScript {
  /** One outcome for each of the coming posts, after those already waiting. */
  next(...outcomes: readonly DiscordOutcome[]): void;
  /** For every post that has none of its own; `null` ends it. */
  always(outcome: DiscordOutcome | null): void;
  /** By what the JSON of a post says, as automatic moderation does: `null` where it says nothing of it. */
  judge(outcomeOf: (text: string) => DiscordOutcome | null): void;
  /** Someone deletes the webhook: 404 from now on. */
  removeWebhook(id: string): void;
}

/** One request as it was answered. */
export interface LoggedRequest {
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a body in parts its JSON alone: the files are kept with the message. */
  readonly body: string;
  readonly answer: number | 'reset' | 'hang';
  /** Id of the message this request made, `null` when it made none. */
  readonly savedId: string | null;
}

export interface DiscordSettings {
  readonly wireTime: SchedulerLike;
  /** Each in a channel of its own. Ids are 17 to 20 digits. */
  readonly webhooks: readonly { readonly id: string; readonly token: string; readonly isForum?: boolean }[];
  /** Same seed, same world: it decides the latencies and the bucket's name. */
  readonly seed?: number;
  /** How long a usual reply takes, least and most, in wire ms. */
  readonly latencyMs?: readonly [least: number, most: number];
  readonly limits?: Partial<LimitSettings>;
}

/** A Discord in the box: webhooks with all documented limits, every message kept, faults by script. */
export interface SimulatedDiscord {
  readonly http: SimulatedHttp;
  /** Every message ever saved, deleted ones included, oldest first. */
  saved(): readonly SavedMessage[];
  log(): readonly LoggedRequest[];
  readonly script: DiscordScript;
}

const counterHeaders = ({ limit, remaining, resetAtMs, resetAfterMs }: Counters, bucket: string): Record<string, string> => ({
  'x-ratelimit-limit': String(limit),
  'x-ratelimit-remaining': String(remaining),
  'x-ratelimit-reset': (resetAtMs / 1000).toFixed(3),
  'x-ratelimit-reset-after': (resetAfterMs / 1000).toFixed(3),
  'x-ratelimit-bucket': bucket,
});

interface Handled {
  readonly reply: SimulatedReply;
  readonly savedId: string | null;
  readonly slowMs?: number;
}

const unsaved = (reply: SimulatedReply): Handled => ({ reply, savedId: null });

const scripted = (outcome: DiscordOutcome, counters: Record<string, string>): SimulatedReply | null => {
  switch (outcome.kind) {
    case 'status':
      return { kind: 'reply', status: outcome.status, headers: outcome.headers ?? {}, body: outcome.body ?? '' };
    case 'html':
      return htmlReply(outcome.status);
    case 'limited':
      return limitReply(outcome, counters);
    case 'reset':
    case 'hang':
      return { kind: outcome.kind };
    default:
      return null;
  }
};

/** A simulated Discord; its clock is the wire's. */
export const createDiscord = (settings: DiscordSettings): SimulatedDiscord => {
  const { wireTime, seed = 1, latencyMs: [least, most] = [0, 0] } = settings;
  const limitSettings = { ...DISCORD_LIMITS, ...settings.limits };
  const random = createRandom(seed);
  const bucket = Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
  const webhooks = new Map(
    settings.webhooks.map(({ id, token, isForum = false }) => [id, { token, isForum, limits: createLimits(limitSettings) }]),
  );
  const invalid = createInvalidAnswers(limitSettings);
  const messages = createMessages();
  const log: LoggedRequest[] = [];
  const waiting: DiscordOutcome[] = [];
  let standing: DiscordOutcome | null = null;
  let judge: (text: string) => DiscordOutcome | null = () => null;

  const contentOf = ({ fields, files, kept }: Content): MessageContent => ({
    body: fields,
    files: [...kept, ...files.map((file) => saveFile(file, fields, messages.nextId(wireTime.now())))],
  });

  const post = (request: SimulatedRequest, route: Route, headers: Record<string, string>): Handled => {
    const outcome = waiting.shift() ?? judge(textOf(request)) ?? standing ?? { kind: 'usual' };
    const instead = scripted(outcome, headers);
    if (instead !== null) return unsaved(instead);
    const body = readBody(request, route);
    if ('kind' in body) return unsaved(body);
    const misplaced = threadComplaint(body.fields, route, webhooks.get(route.webhookId)?.isForum === true);
    if (misplaced !== null) return unsaved(misplaced);
    const message = messages.save(route.webhookId, route.query.get('thread_id'), contentOf(body), wireTime.now());
    const waits = ['true', 'True', '1'].includes(route.query.get('wait') ?? '');
    const usual: Reply = waits ? jsonReply(200, messages.show(message)) : replies.noContent;
    switch (outcome.kind) {
      case 'saved-reset':
        return { reply: { kind: 'reset' }, savedId: message.id };
      case 'saved-hang':
        return { reply: { kind: 'hang' }, savedId: message.id };
      case 'saved-slow':
        return { reply: usual, savedId: message.id, slowMs: outcome.delayMs };
      case 'saved-reply':
        return { reply: { kind: 'reply', status: outcome.status, headers: {}, body: outcome.body }, savedId: message.id };
      default:
        return { reply: usual, savedId: message.id };
    }
  };

  const one = (request: SimulatedRequest, route: Route, messageId: string, limits: Limits): SimulatedReply => {
    const found = messages.find(messageId, route.webhookId, route.query.get('thread_id'));
    if (found === null) return replies.unknownMessage;
    if (request.method === 'GET') return jsonReply(200, messages.show(found));
    if (request.method === 'DELETE') {
      messages.remove(found, wireTime.now());
      return replies.noContent;
    }
    if (request.method !== 'PATCH') return replies.badMethod;
    const waitMs = limits.editWaitMs(found.savedAtMs, wireTime.now());
    if (waitMs > 0) return oldEditReply(waitMs);
    const body = readBody(request, route, found);
    return 'kind' in body ? body : jsonReply(200, messages.show(messages.edit(found, contentOf(body), wireTime.now())));
  };

  const answer = (request: SimulatedRequest): Handled => {
    const nowMs = wireTime.now();
    if (invalid.banned(nowMs)) return unsaved(limitReply({ kind: 'limited', scope: 'cloudflare', retryAfter: 3600 }, {}));
    if (!request.headers['user-agent']) return unsaved(replies.blockedAgent);
    const route = routeOf(request.path);
    if (route === null) return unsaved(replies.notFound);
    if (route.version !== null && (route.version < 6 || route.version > 10)) return unsaved(replies.badVersion);
    const webhook = webhooks.get(route.webhookId);
    if (webhook === undefined) return unsaved(replies.unknownWebhook);
    if (webhook.token !== route.token) return unsaved(replies.wrongToken);
    const verdict = webhook.limits.ask(nowMs);
    const headers = counterHeaders(webhook.limits.counters(nowMs), bucket);
    if (verdict.kind === 'limited') {
      const retryAfter = isOld(route) ? verdict.waitMs : verdict.waitMs / 1000;
      return unsaved(limitReply({ kind: 'limited', scope: verdict.scope, retryAfter }, headers));
    }
    if (route.messageId === null && request.method === 'GET') return unsaved(webhookReply(route.webhookId, route.token));
    if (route.messageId === null && request.method !== 'POST') return unsaved(replies.badMethod);
    const handled =
      route.messageId === null ? post(request, route, headers) : unsaved(one(request, route, route.messageId, webhook.limits));
    const { reply } = handled;
    const ours = reply.kind === 'reply' && reply.headers['via'] !== undefined && reply.status !== 429;
    return ours ? { ...handled, reply: { ...reply, headers: { ...headers, ...reply.headers } } } : handled;
  };

  return {
    http: {
      handle: (request) =>
        defer(() => {
          const atMs = wireTime.now();
          const { reply, savedId, slowMs = 0 } = answer(request);
          if (reply.kind === 'reply') invalid.note(reply.status, reply.headers['x-ratelimit-scope'], atMs);
          const { method, path, headers } = request;
          log.push({
            method,
            path,
            headers,
            body: textOf(request),
            atMs,
            answer: reply.kind === 'reply' ? reply.status : reply.kind,
            savedId,
          });
          const waitMs = slowMs + least + (most - least) * random();
          return waitMs > 0 ? of(reply).pipe(delay(waitMs, wireTime)) : of(reply);
        }),
    },
    saved: () => messages.all(),
    log: () => [...log],
    script: {
      next: (...outcomes) => void waiting.push(...outcomes),
      always: (outcome) => {
        standing = outcome;
      },
      judge: (outcomeOf) => {
        judge = outcomeOf;
      },
      removeWebhook: (id) => void webhooks.delete(id),
    },
  };
};
