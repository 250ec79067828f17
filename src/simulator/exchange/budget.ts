import type { SchedulerLike } from 'rxjs';
import type { Market } from '../../model/series.js';
import type { MarketClock } from '../../ports/context.js';
import { LIMITS } from './limits.js';
import type { Tally } from './log.js';

export interface BudgetOptions {
  readonly clock: MarketClock;
  readonly wireTime: SchedulerLike;
  readonly tally: Tally;
  /** Requests refused with 429 within one minute before the address is banned. */
  readonly refusalsBeforeBan: number;
  /** Length of the first ban in wire milliseconds; each further one is twice as long, at most three days. */
  readonly banMs: number;
  readonly retryAfter: boolean;
}

/** What a request costs and whether it may be answered. `headers` go with whatever is answered. */
export interface Charge {
  readonly headers: Readonly<Record<string, string>>;
  /** `null`: go on. */
  readonly refusal: { readonly status: 429 | 418; readonly message: string } | null;
}

export type Budget = ReturnType<typeof createBudget>;

const BAN_MS_MAX = 3 * 86_400_000;
/** A client has heard of its ban so long after the first answer that says so. */
const HEARD_MS = 1_000;

const tooMany = (market: Market, limit: number): string =>
  market === 'spot'
    ? `Too much request weight used; current limit is ${limit} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`
    : `Too many requests; current limit of IP(127.0.0.1) is ${limit} requests per minute. Please use the websocket for live updates to avoid polling the API.`;

const banned = (market: Market, untilMs: number): string =>
  market === 'spot'
    ? `Way too much request weight used; IP banned until ${untilMs}. Please use WebSocket Streams for live updates to avoid bans.`
    : `Way too many requests; IP(127.0.0.1) banned until ${untilMs}. Please use the websocket for live updates to avoid bans.`;

/**
 * Request weight of one market: counted per UTC clock minute of the wire clock, refused with 429 when it is spent and with
 * 418 when that is not heeded (binance-protocol.md §3). The instant in a ban's text is on the exchange's own clock.
 */
export const createBudget = (market: Market, options: BudgetOptions) => {
  const { clock, wireTime, tally, refusalsBeforeBan, banMs, retryAfter } = options;
  const limit = LIMITS[market].weightPerMinute;
  let minute = Number.NaN;
  let used = 0;
  let strangers = 0;
  let refusals = 0;
  let bans = 0;
  let bannedUntilMs = -Infinity;
  let heardMs = Infinity;
  let showsWeight = true;

  const headersWith = (waitMs: number | null): Record<string, string> => ({
    ...(showsWeight ? { 'x-mbx-used-weight-1m': String(used) } : {}),
    ...(showsWeight && market === 'spot' ? { 'x-mbx-used-weight': String(used) } : {}),
    ...(waitMs === null || !retryAfter ? {} : { 'retry-after': String(Math.ceil(waitMs / 1000)) }),
  });
  const turn = (nowMs: number): void => {
    const nowMinute = Math.floor(nowMs / 60_000);
    if (nowMinute === minute) return;
    minute = nowMinute;
    used = strangers = refusals = 0;
  };
  const refuseBanned = (nowMs: number): Charge => {
    if (nowMs >= heardMs) tally.requestsWhileBanned++;
    heardMs = Math.min(heardMs, nowMs + HEARD_MS);
    const leftMs = bannedUntilMs - nowMs;
    const message = banned(market, Math.ceil(clock.now() + leftMs * clock.speed));
    return { headers: headersWith(leftMs), refusal: { status: 418, message } };
  };
  const ban = (ms: number): void => {
    const nowMs = wireTime.now();
    if (nowMs >= bannedUntilMs) heardMs = Infinity;
    bannedUntilMs = Math.max(bannedUntilMs, nowMs + ms);
  };

  return {
    /** Charges one request, whether or not it will be answered well. */
    charge: (weight: number): Charge => {
      const nowMs = wireTime.now();
      turn(nowMs);
      if (nowMs < bannedUntilMs) return refuseBanned(nowMs);
      used += weight;
      tally.highestWeightShare = Math.max(tally.highestWeightShare, (used - strangers) / limit);
      if (used <= limit) return { headers: headersWith(null), refusal: null };
      if (++refusals > refusalsBeforeBan) {
        ban(Math.min(BAN_MS_MAX, banMs * 2 ** bans++));
        return refuseBanned(nowMs);
      }
      const message = tooMany(market, limit);
      return { headers: headersWith((minute + 1) * 60_000 - nowMs), refusal: { status: 429, message } };
    },
    /** Bans the address for so many wire milliseconds, whatever it has used. */
    ban,
    /** Ends a ban before its time. */
    pardon: (): void => {
      bannedUntilMs = -Infinity;
    },
    /** Somebody else on the same address uses so much weight in this minute. */
    spend: (weight: number): void => {
      turn(wireTime.now());
      used += weight;
      strangers += weight;
    },
    showWeight: (shows: boolean): void => {
      showsWeight = shows;
    },
  };
};
