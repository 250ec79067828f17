import type { FilterName } from './settings.js';
import type { Universe } from './select.js';

const MINUTE_MS = 60_000;
/** A larger part gone at once is more likely a broken answer than the truth (reliability.md F38)… */
const SHRINK_MAX = 0.05;
/** … but a single symbol may go from however small a list. */
const GONE_MAX = 1;
/** A suspicious answer is believed when it has been said again so often, each time so much later. */
const CONFIRMATIONS = 2;
const CONFIRM_SHRINK_MS = 10 * MINUTE_MS;
/** A symbol that stopped trading is kept on the stream until it is said again so much later. */
const CONFIRM_STOP_MS = MINUTE_MS;
/** A wait may be cut a little short by a correction of the clock. */
const TOLERANCE = 0.9;

/** Filters that speak of what a symbol is, not of how much: one that fails them has stopped, for us and perhaps for good. */
const STOPS: ReadonlySet<FilterName> = new Set(['contract', 'underlying', 'status', 'quote', 'traded']);

/** What is followed of a market. */
export interface Following {
  /** Subscribed, the most traded first. */
  readonly symbols: readonly string[];
  /**
   * Of these: not trading at the last look, and perhaps for good. Their bars are not to be judged (the last may be a part of
   * one), nothing is expected of them; when it was a mistake they are not suspended any more, and what was left out is a hole.
   */
  readonly suspended: ReadonlySet<string>;
}

/** A symbol that stopped, and the filter that says so; `null` when it is not even listed. */
export interface Stopped {
  readonly symbol: string;
  readonly by: FilterName | null;
}

export interface Roll {
  readonly following: Following;
  readonly stoppedSinceMs: ReadonlyMap<string, number>;
  /** By `weakKey`. */
  readonly weakSinceMs: ReadonlyMap<string, number>;
  /** A suspicious answer that is not believed yet; `lastMs` is when it was last counted. */
  readonly doubt: { readonly lastMs: number; readonly confirmations: number } | null;
}

/** What one look at the exchange has made of the roll. */
export interface Turn {
  readonly roll: Roll;
  /** Whether `following` is another than before. */
  readonly isNew: boolean;
  /** Newly stopped. */
  readonly stopped: readonly Stopped[];
}

export const EMPTY_ROLL: Roll = {
  following: { symbols: [], suspended: new Set() },
  stoppedSinceMs: new Map(),
  weakSinceMs: new Map(),
  doubt: null,
};

const isLater = (sinceMs: number, waitMs: number, nowMs: number): boolean => nowMs - sinceMs >= waitMs * TOLERANCE;

const isSame = (a: Following, b: Following): boolean => {
  const symbols = new Set(a.symbols);
  return (
    a.symbols.length === b.symbols.length &&
    a.suspended.size === b.suspended.size &&
    b.symbols.every((symbol) => symbols.has(symbol)) &&
    [...b.suspended].every((symbol) => a.suspended.has(symbol))
  );
};

/** Whether a list is too much smaller than what is followed to be believed at once. Those already suspended are not missed. */
export const isSuspicious = ({ symbols, suspended }: Following, next: readonly string[]): boolean => {
  const chosen = new Set(next);
  const active = symbols.filter((symbol) => !suspended.has(symbol));
  const gone = active.filter((symbol) => !chosen.has(symbol)).length;
  return gone > Math.max(GONE_MAX, active.length * SHRINK_MAX) || (symbols.length === 0 && next.length === 0);
};

/** Counts the confirmations of a suspicious answer; says whether it is believed now. An empty one never is. */
const doubted = (
  { doubt }: Roll,
  isEmpty: boolean,
  nowMs: number,
): { readonly doubt: Roll['doubt']; readonly isBelieved: boolean } => {
  if (doubt === null) return { doubt: { lastMs: nowMs, confirmations: 0 }, isBelieved: false };
  if (isEmpty || !isLater(doubt.lastMs, CONFIRM_SHRINK_MS, nowMs)) return { doubt, isBelieved: false };
  const confirmations = doubt.confirmations + 1;
  return { doubt: { lastMs: nowMs, confirmations }, isBelieved: confirmations >= CONFIRMATIONS };
};

const since = (keys: readonly string[], before: ReadonlyMap<string, number>, nowMs: number): ReadonlyMap<string, number> =>
  new Map(keys.map((key) => [key, before.get(key) ?? nowMs]));

/** What is followed after a look, when it is believed. Pure; `nowMs` is exchange time. */
const believed = (roll: Roll, { symbols: chosen, reasons, weak }: Universe, nowMs: number, isConfirmed: boolean): Turn => {
  const { following } = roll;
  const isChosen = new Set(chosen);
  const stopped = following.symbols
    .filter((symbol) => !isChosen.has(symbol))
    .map((symbol): Stopped => ({ symbol, by: reasons.get(symbol) ?? null }))
    .filter(({ by }) => by === null || STOPS.has(by));
  const kept = stopped
    .map(({ symbol }) => symbol)
    .filter((symbol) => {
      const stoppedMs = roll.stoppedSinceMs.get(symbol);
      return !isConfirmed && (stoppedMs === undefined || !isLater(stoppedMs, CONFIRM_STOP_MS, nowMs));
    });
  const next: Following = { symbols: [...chosen, ...kept], suspended: new Set(kept) };
  return {
    roll: {
      following: next,
      stoppedSinceMs: since(kept, roll.stoppedSinceMs, nowMs),
      weakSinceMs: since(weak, roll.weakSinceMs, nowMs),
      doubt: null,
    },
    isNew: !isSame(following, next),
    stopped: stopped.filter(({ symbol }) => !roll.stoppedSinceMs.has(symbol)),
  };
};

/**
 * Takes a look at the exchange into the roll. A list that has lost more than a twentieth is believed only after it was said
 * twice again, ten minutes apart (F38), an empty one never; meanwhile the last good one stays. A symbol that stopped is
 * suspended at once and leaves when a second look, a minute later, says so too (F39). Who falls below a gate has had its
 * second look in the filter. Pure.
 */
export const turn = (roll: Roll, universe: Universe, nowMs: number): Turn => {
  if (!isSuspicious(roll.following, universe.symbols)) return believed(roll, universe, nowMs, false);
  const { doubt, isBelieved } = doubted(roll, universe.symbols.length === 0, nowMs);
  return isBelieved ? believed(roll, universe, nowMs, true) : { roll: { ...roll, doubt }, isNew: false, stopped: [] };
};

/** How long until the next look, at most `ttlMs`: what is in doubt is looked at again sooner. */
export const lookAgainMs = ({ doubt, following }: Roll, ttlMs: number): number => {
  if (doubt !== null) return Math.min(ttlMs, CONFIRM_SHRINK_MS);
  return following.suspended.size > 0 ? Math.min(ttlMs, CONFIRM_STOP_MS) : ttlMs;
};
