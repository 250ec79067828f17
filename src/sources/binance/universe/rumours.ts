import type { ContractInfo } from './contract-info.js';
import type { Listed } from './listing.js';

/** exchangeInfo comes from a cache and may lag behind an announcement; so long the announcement is believed. */
const HEED_MS = 600_000;
/** How soon it is looked again while the list does not show what was announced. */
const LOOK_MS = 60_000;

/** What was announced and the list does not show yet. */
export interface Rumours {
  /** Whether this is news: not what the list last looked at says. */
  hear(info: ContractInfo, nowMs: number): boolean;
  /** The list as it will be: announced states take the place of listed ones. Forgets what the list now shows, and what is old. */
  apply(listed: readonly Listed[], nowMs: number): readonly Listed[];
  /** Milliseconds until it should be looked again, or `null`. */
  lookAgainMs(): number | null;
}

export const createRumours = (): Rumours => {
  const heard = new Map<string, { readonly status: string; readonly atMs: number }>();
  let known: ReadonlyMap<string, string> = new Map();
  return {
    hear: ({ symbol, status }, nowMs) => {
      if ((heard.get(symbol)?.status ?? known.get(symbol)) === status) return false;
      heard.set(symbol, { status, atMs: nowMs });
      return true;
    },
    apply: (listed, nowMs) => {
      known = new Map(listed.map(({ symbol, status }) => [symbol, status]));
      for (const [symbol, { status, atMs }] of heard)
        if (known.get(symbol) === status || nowMs - atMs > HEED_MS) heard.delete(symbol);
      if (heard.size === 0) return listed;
      return listed.map((one) => ({ ...one, status: heard.get(one.symbol)?.status ?? one.status }));
    },
    lookAgainMs: () => (heard.size === 0 ? null : LOOK_MS),
  };
};
