/** What a limit says of one more request. Times in ms. */
export type Verdict =
  { readonly kind: 'allowed' } | { readonly kind: 'limited'; readonly scope: 'user' | 'shared'; readonly waitMs: number };

/** The counters of one webhook, as its headers tell them. */
export interface Counters {
  readonly limit: number;
  readonly remaining: number;
  readonly resetAtMs: number;
  readonly resetAfterMs: number;
}

/** The numbers of discord-protocol.md §7.2. */
export interface LimitSettings {
  readonly webhookCount: number;
  readonly webhookSpanMs: number;
  readonly channelCount: number;
  readonly channelSpanMs: number;
  readonly invalidCount: number;
  readonly invalidSpanMs: number;
  /** Changes of messages older than an hour. */
  readonly oldEditCount: number;
  readonly oldEditSpanMs: number;
}

export const DISCORD_LIMITS: LimitSettings = {
  webhookCount: 5,
  webhookSpanMs: 2_000,
  channelCount: 30,
  channelSpanMs: 60_000,
  invalidCount: 10_000,
  invalidSpanMs: 600_000,
  oldEditCount: 3,
  oldEditSpanMs: 6_000,
};

/** From this age on changes of a message are limited (code 30046). */
const OLD_MESSAGE_MS = 3_600_000;

/** The limits of one webhook in a channel of its own, and of the address that asks. */
export interface Limits {
  /** Counts one more request against the limits. */
  ask(nowMs: number): Verdict;
  /** How long a message that was saved then may not be changed yet; a change that may be is counted. */
  editWaitMs(savedAtMs: number, nowMs: number): number;
  counters(nowMs: number): Counters;
}

interface Window {
  readonly startMs: number;
  readonly count: number;
}

/**
 * 5 in 2 s in windows that begin with their first request, told in headers; and 30 in any 60 s by channel, which no header
 * tells. A refused request is not counted.
 */
export const createLimits = (settings: LimitSettings): Limits => {
  let window: Window = { startMs: -Infinity, count: 0 };
  let channel: readonly number[] = [];
  let oldEdits: readonly number[] = [];

  const currentWindow = (nowMs: number): Window =>
    nowMs >= window.startMs + settings.webhookSpanMs ? { startMs: nowMs, count: 0 } : window;

  return {
    ask: (nowMs) => {
      window = currentWindow(nowMs);
      if (window.count >= settings.webhookCount)
        return { kind: 'limited', scope: 'user', waitMs: window.startMs + settings.webhookSpanMs - nowMs };
      channel = channel.filter((atMs) => atMs > nowMs - settings.channelSpanMs);
      const [oldest] = channel;
      if (channel.length >= settings.channelCount && oldest !== undefined)
        return { kind: 'limited', scope: 'shared', waitMs: oldest + settings.channelSpanMs - nowMs };
      window = { ...window, count: window.count + 1 };
      channel = [...channel, nowMs];
      return { kind: 'allowed' };
    },
    editWaitMs: (savedAtMs, nowMs) => {
      if (nowMs - savedAtMs <= OLD_MESSAGE_MS) return 0;
      oldEdits = oldEdits.filter((atMs) => atMs > nowMs - settings.oldEditSpanMs);
      const [oldest] = oldEdits;
      if (oldEdits.length >= settings.oldEditCount && oldest !== undefined) return oldest + settings.oldEditSpanMs - nowMs;
      oldEdits = [...oldEdits, nowMs];
      return 0;
    },
    counters: (nowMs) => {
      const { startMs, count } = currentWindow(nowMs);
      const resetAtMs = startMs + settings.webhookSpanMs;
      const remaining = Math.max(0, settings.webhookCount - count);
      return { limit: settings.webhookCount, remaining, resetAtMs, resetAfterMs: Math.max(0, resetAtMs - nowMs) };
    },
  };
};

/** Whether too many invalid answers have gone to the address that asks; `note` is told of every answer. */
export interface InvalidAnswers {
  note(status: number, scope: string | undefined, nowMs: number): void;
  banned(nowMs: number): boolean;
}

/** 10 000 answers of 401, 403 or 429 (not `shared`) in 10 minutes bring Cloudflare's ban. */
export const createInvalidAnswers = ({ invalidCount, invalidSpanMs }: LimitSettings): InvalidAnswers => {
  let invalidAtMs: number[] = [];
  const recent = (nowMs: number): number[] => {
    if ((invalidAtMs[0] ?? Infinity) <= nowMs - invalidSpanMs)
      invalidAtMs = invalidAtMs.filter((atMs) => atMs > nowMs - invalidSpanMs);
    return invalidAtMs;
  };
  return {
    note: (status, scope, nowMs) => {
      if (status === 401 || status === 403 || (status === 429 && scope !== 'shared')) recent(nowMs).push(nowMs);
    },
    banned: (nowMs) => recent(nowMs).length >= invalidCount,
  };
};
