import type { FilterName } from './settings.js';
import type { Listed } from './listing.js';

/** A symbol that has just begun to trade has no volume yet; it is looked at again so soon while that may change. */
const LOOK_MS = 60_000;
/** What a young symbol may still come to pass. */
const GROWING: ReadonlySet<FilterName> = new Set(['traded', 'liquidity', 'spread', 'top']);

/** Symbols that began to trade while we looked on, and are not followed for want of trades alone. */
export interface Newcomers {
  /** Takes a look in: what is listed, and why each symbol that is not followed is not. */
  take(listed: readonly Listed[], reasons: ReadonlyMap<string, FilterName>, nowMs: number): void;
  /** Milliseconds until it should be looked again, or `null`. */
  lookAgainMs(): number | null;
}

/** `patienceMs`: for so long after its beginning a newcomer is looked at often. */
export const createNewcomers = (patienceMs: number): Newcomers => {
  let known: ReadonlySet<string> | null = null;
  let young: ReadonlyMap<string, number> = new Map();
  return {
    take: (listed, reasons, nowMs) => {
      const trading = listed.filter(({ status }) => status === 'TRADING').map(({ symbol }) => symbol);
      const before = known;
      known = new Set(trading);
      if (before === null) return;
      const since = trading.map((symbol) => [symbol, before.has(symbol) ? young.get(symbol) : nowMs] as const);
      young = new Map(
        since.filter((entry): entry is readonly [string, number] => {
          const [symbol, sinceMs] = entry;
          const reason = reasons.get(symbol);
          return sinceMs !== undefined && nowMs - sinceMs < patienceMs && reason !== undefined && GROWING.has(reason);
        }),
      );
    },
    lookAgainMs: () => (young.size === 0 ? null : LOOK_MS),
  };
};
