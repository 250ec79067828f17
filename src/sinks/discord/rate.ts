import type { Http, HttpResponse } from '../../ports/http.js';
import type { WebhookAddress } from './address.js';
import type { Answer } from './answers.js';
import { readWait } from './answers.js';

/*
 * Discord counts 5 requests in 2 s by webhook and tells it in headers, and 30 in 60 s by channel and tells it only when it
 * refuses (discord-protocol.md §7.2). Whose channel it is nobody tells, so both are kept by webhook, with a margin of one.
 */
const PLAN = [
  { count: 4, spanMs: 2_000 },
  { count: 29, spanMs: 60_000 },
] satisfies readonly { readonly count: number; readonly spanMs: number }[];
const PLAN_SPAN_MS = 60_000;
/** What can wait leaves at least half of the plan to what cannot. */
const SPARE = PLAN.map(({ count, spanMs }) => ({ count: Math.floor(count / 2), spanMs }));

/** Clocks and roads differ by a little: coming a moment early costs a refusal, a moment late costs nothing. */
const MARGIN_MS = 50;
const BAN_MS_FIRST = 600_000;
const BAN_MS_MAX = 3_600_000;

/** A time before which nothing is sent. It remembers when it was told, so that a clock set back cannot make it longer. */
interface Pause {
  readonly fromMs: number;
  readonly untilMs: number;
}

const NO_PAUSE: Pause = { fromMs: 0, untilMs: 0 };
const restOf = ({ fromMs, untilMs }: Pause, nowMs: number): number => Math.min(untilMs - nowMs, untilMs - fromMs);
const later = (a: Pause, b: Pause): Pause => (a.untilMs >= b.untilMs ? a : b);

interface Host {
  pause: Pause;
  bans: number;
  readonly webhooks: Map<string, Webhook>;
}

interface Webhook {
  pause: Pause;
  /** Send times of the last minute, oldest first. */
  sentAtMs: number[];
}

/** When a webhook may be written to. Times are wire time in milliseconds. */
export interface Gate {
  /** How long to wait before the next request; 0 or less: send now. */
  waitMs(nowMs: number): number;
  /** The same for a request that can wait: half of the limits is left to others. */
  spareMs(nowMs: number): number;
  /** A request leaves now. */
  take(nowMs: number): void;
  /** Learns from the headers of any answer; a sentence when they make no sense. */
  hear(response: HttpResponse, nowMs: number): string | null;
  /** Learns from a refusal; returns how long nothing will be sent. */
  obey(limited: Extract<Answer, { kind: 'limited' }>, nowMs: number): number;
}

/** All sinks that use one network share what they have learnt of a host; it is forgotten with the network itself. */
const hostsOf = new WeakMap<Http, Map<string, Host>>();

const shared = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
};

const planWaitMs = (sentAtMs: readonly number[], nowMs: number, plan: typeof SPARE): number =>
  Math.max(
    0,
    ...plan.map(({ count, spanMs }) => {
      const oldest = sentAtMs[sentAtMs.length - count];
      // A send time in the future is one of a clock that has been set back since.
      return oldest === undefined || oldest > nowMs ? 0 : oldest + spanMs + MARGIN_MS - nowMs;
    }),
  );

/** The gate of a webhook; sinks that share a webhook share its gate. */
export const gateOf = (http: Http, address: WebhookAddress): Gate => {
  if (!hostsOf.has(http)) hostsOf.set(http, new Map());
  const hosts = hostsOf.get(http) ?? new Map<string, Host>();
  const host = shared(hosts, address.origin, (): Host => ({ pause: NO_PAUSE, bans: 0, webhooks: new Map() }));
  const webhook = shared(host.webhooks, address.key.reveal(), (): Webhook => ({ pause: NO_PAUSE, sentAtMs: [] }));
  const pauseOf = (waitMs: number, nowMs: number): Pause => ({ fromMs: nowMs, untilMs: nowMs + waitMs + MARGIN_MS });

  const waitMs = (nowMs: number, plan: typeof SPARE): number =>
    Math.max(restOf(host.pause, nowMs), restOf(webhook.pause, nowMs), planWaitMs(webhook.sentAtMs, nowMs, plan));

  return {
    waitMs: (nowMs) => waitMs(nowMs, PLAN),
    spareMs: (nowMs) => waitMs(nowMs, SPARE),
    take: (nowMs) => {
      webhook.sentAtMs = [...webhook.sentAtMs.filter((atMs) => atMs <= nowMs && atMs > nowMs - PLAN_SPAN_MS - MARGIN_MS), nowMs];
    },
    hear: ({ status, headers }, nowMs) => {
      // A refusal says in its body how long to wait, and there the body is right (§7.3).
      if (status === 429) return null;
      host.bans = 0;
      if (headers['x-ratelimit-remaining']?.trim() !== '0') return null;
      const resetAfter = headers['x-ratelimit-reset-after']?.trim();
      const { ms, odd } = readWait(resetAfter === undefined || resetAfter === '' ? undefined : Number(resetAfter));
      webhook.pause = later(webhook.pause, pauseOf(ms, nowMs));
      return odd;
    },
    obey: ({ scope, waitMs }, nowMs) => {
      if (scope === 'banned') host.bans++;
      const pause = pauseOf(waitMs ?? Math.min(BAN_MS_MAX, BAN_MS_FIRST * 2 ** (host.bans - 1)), nowMs);
      if (scope === 'webhook') webhook.pause = later(webhook.pause, pause);
      else host.pause = later(host.pause, pause);
      return pause.untilMs - nowMs;
    },
  };
};
