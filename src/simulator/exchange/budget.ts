import type { SchedulerLike } from 'rxjs';
import type { Market } from '../../model/series.js';
import type { MarketClock } from '../../ports/context.js';
import { LIMITS } from './limits.js';

export interface BudgetOptions {
  readonly clock: MarketClock;
  readonly wireTime: SchedulerLike;
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

const BAN_MS_MAX = 3 * 86_400_000;

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
  const { clock, wireTime, refusalsBeforeBan, banMs, retryAfter } = options;
  const limit = LIMITS[market].weightPerMinute;
  let minute = Number.NaN;
  let used = 0;
  let refusals = 0;
  let bans = 0;
  let bannedUntilMs = -Infinity;

  const headersWith = (waitMs: number | null): Record<string, string> => ({
    'x-mbx-used-weight-1m': String(used),
    ...(market === 'spot' ? { 'x-mbx-used-weight': String(used) } : {}),
    ...(waitMs === null || !retryAfter ? {} : { 'retry-after': String(Math.ceil(waitMs / 1000)) }),
  });
  const ban = (nowMs: number): Charge => {
    const leftMs = bannedUntilMs - nowMs;
    const message = banned(market, Math.ceil(clock.now() + leftMs * clock.speed));
    return { headers: headersWith(leftMs), refusal: { status: 418, message } };
  };

  return {
    /** Charges one request, whether or not it will be answered well. */
    charge: (weight: number): Charge => {
      const nowMs = wireTime.now();
      const nowMinute = Math.floor(nowMs / 60_000);
      if (nowMinute !== minute) {
        minute = nowMinute;
        used = 0;
        refusals = 0;
      }
      if (nowMs < bannedUntilMs) return ban(nowMs);
      used += weight;
      if (used <= limit) return { headers: headersWith(null), refusal: null };
      if (++refusals > refusalsBeforeBan) {
        bannedUntilMs = nowMs + Math.min(BAN_MS_MAX, banMs * 2 ** bans++);
        return ban(nowMs);
      }
      const message = tooMany(market, limit);
      return { headers: headersWith((minute + 1) * 60_000 - nowMs), refusal: { status: 429, message } };
    },
    used: (): number => used,
  };
};
