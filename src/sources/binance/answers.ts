import type { HttpResponse } from '../../ports/http.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** A ban of unknown length lasts at least this long (binance-protocol.md §3). */
const BAN_MS_MIN = 2 * MINUTE_MS;
/** Longest ban the exchange knows. */
const BAN_MS_MAX = 72 * HOUR_MS;
/** The wall in front of the exchange lets nobody in again sooner. */
const WALL_MS = 5 * MINUTE_MS;

/**
 * What an answer means (reliability.md §3.2):
 * - `fine`: the body is there to be read.
 * - `never`: the same request will never be answered otherwise.
 * - `later`: try this request again, after a growing pause.
 * - `wait`: nothing at all may be sent to this host for `waitMs` of wire time.
 */
export type Answer =
  | { readonly kind: 'fine' }
  | { readonly kind: 'never'; readonly detail: string }
  | { readonly kind: 'later'; readonly detail: string }
  | { readonly kind: 'wait'; readonly detail: string; readonly waitMs: number; readonly needsPerson: boolean };

/** The exchange's own words, when it has any that fit in a line. */
const wordsOf = (body: string): string => {
  const match = /"code"\s*:\s*(-?\d+)\s*,\s*"msg"\s*:\s*"((?:[^"\\]|\\.){0,160})/.exec(body);
  return match === null ? '' : ` (${match[1]}: ${match[2]})`;
};

const retryAfterMs = (headers: Readonly<Record<string, string>>): number | null => {
  const text = headers['retry-after'];
  return text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) * SECOND_MS : null;
};

/** The instant up to which we are banned, as the text says it; ms UTC by the exchange's clock. */
const bannedUntilMs = (body: string): number | null => {
  const match = /banned until (\d{13})/.exec(body);
  return match === null ? null : Number(match[1]);
};

const toNextMinuteMs = (nowMs: number): number => MINUTE_MS - (nowMs % MINUTE_MS);

const wait = (detail: string, waitMs: number, needsPerson: boolean): Answer => ({
  kind: 'wait',
  detail,
  waitMs: Math.min(BAN_MS_MAX, Math.max(SECOND_MS, waitMs)),
  needsPerson,
});

/** When the answer was made, by the clock of whoever made it: what a ban's instant is measured against while our own clock is unproven. */
export const dateOf = (headers: Readonly<Record<string, string>>): number | null => {
  const timeMs = Date.parse(headers['date'] ?? '');
  return Number.isFinite(timeMs) ? timeMs : null;
};

/**
 * Judges an answer by its status, headers and words. `nowMs` is exchange time, ms UTC, which runs `speed` times as fast as the
 * wire's (faster only in the demo).
 */
export const judgeAnswer = (
  { status, headers, body }: Pick<HttpResponse, 'status' | 'headers' | 'body'>,
  nowMs: number,
  speed = 1,
): Answer => {
  if (status === 200) return { kind: 'fine' };
  const words = wordsOf(body);
  if (status === 429)
    return wait(`429, too many requests${words}`, retryAfterMs(headers) ?? toNextMinuteMs(nowMs) + SECOND_MS, false);
  if (status === 418) {
    const untilMs = bannedUntilMs(body);
    const saidMs = Math.max(retryAfterMs(headers) ?? 0, untilMs === null ? 0 : (untilMs - nowMs) / speed + SECOND_MS);
    return wait(`418, this address is banned for a time${words}`, saidMs > 0 ? saidMs : BAN_MS_MIN, true);
  }
  if (status === 451)
    return wait(
      `451, Binance does not serve the place this machine is in, so nothing can be followed from here${words}`,
      HOUR_MS,
      true,
    );
  if (status === 403)
    return wait('403, refused by the wall in front of Binance', Math.max(WALL_MS, retryAfterMs(headers) ?? 0), true);
  if (status === 202) return wait('202, a challenge of the wall in front of Binance', WALL_MS, true);
  if (status === 408 || status >= 500) return { kind: 'later', detail: `${status}${words}` };
  return { kind: 'never', detail: `${status}${words}` };
};
