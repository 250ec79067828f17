import type { Market } from '../../../model/series.js';
import type { Listed, Ticker } from './listing.js';
import type { FilterName, UniverseRules } from './settings.js';
import { anyOf } from '../../../model/wildcard.js';

export const HOURS = 24;
/** The window of a ticker: one that ended this long ago holds no trade of the last day, however large its volume. */
const TICKER_MS = HOURS * 3_600_000;
/** A symbol that is followed stays down to this part of a gate, so that one at its edge does not come and go. */
const STAY = 0.7;

/**
 * - `pass`, `fail`: the filter knows.
 * - `unknown`: the exchange does not tell what the filter asks for; it passes and is counted.
 * - `weak`: it is followed, has fallen far below the gate, and passes once more; the next look decides.
 */
export type Judgement = 'pass' | 'fail' | 'unknown' | 'weak';

/** All that the filters look at besides the listing. */
export interface View {
  readonly market: Market;
  readonly rules: UniverseRules;
  /** Exchange time, ms UTC. */
  readonly nowMs: number;
  /** Quote volume of 24 hours that ended long enough ago; `null` when there is none. */
  readonly quoteVolume: (symbol: string) => number | null;
  readonly ticker: (symbol: string) => Ticker | null;
  /** Basis points; `null` when there is no book. */
  readonly spread: (symbol: string) => number | null;
  /** Followed now. */
  readonly isMember: (symbol: string) => boolean;
  /** Whether a symbol was already far below this gate at an earlier look, long enough ago to count as another. */
  readonly wasWeak: (filter: FilterName, symbol: string) => boolean;
}

export interface Filter {
  /** What is left after it, for people: goes on after a number. */
  words(view: View): string;
  /** A symbol that is allowed by name passes it unasked. */
  readonly sparesAllowed?: true;
  /** `left` are those that have passed all filters before. */
  judge(view: View, left: readonly Listed[]): (listed: Listed) => Judgement;
}

const passIf = (passes: boolean): Judgement => (passes ? 'pass' : 'fail');

/** `strength` is 1 at the gate. Newcomers must reach it; who is followed may fall to `STAY` of it, and below it for one look. */
const gate = (view: View, filter: FilterName, symbol: string, strength: number): Judgement => {
  if (strength >= 1) return 'pass';
  if (!view.isMember(symbol)) return 'fail';
  if (strength >= STAY) return 'pass';
  return view.wasWeak(filter, symbol) ? 'fail' : 'weak';
};

/** The `count` most traded of those that are left; who is followed keeps its place against one that is little larger. */
const mostTraded = (view: View, left: readonly Listed[], count: number): ReadonlySet<string> => {
  const size = ({ symbol }: Listed): number => (view.quoteVolume(symbol) ?? 0) / (view.isMember(symbol) ? STAY : 1);
  const ordered = [...left].sort((a, b) => size(b) - size(a) || (a.symbol < b.symbol ? -1 : 1));
  return new Set(ordered.slice(0, count).map(({ symbol }) => symbol));
};

/** Filters by name: each says of one symbol whether it stays. Pure. */
export const FILTERS: Readonly<Record<FilterName, Filter>> = {
  contract: {
    words: ({ market, rules }) => (market === 'usdm' ? `contracts of type ${rules.contractTypes.join(', ')}` : 'spot pairs'),
    judge: ({ market, rules }) => {
      const types = new Set(rules.contractTypes);
      return ({ contractType, isSpot }) => passIf(market === 'spot' ? isSpot : types.has(contractType ?? ''));
    },
  },
  underlying: {
    words: ({ market, rules }) =>
      market === 'usdm' ? `on ${rules.underlyingTypes.join(', ')}` : 'on anything (spot does not say)',
    judge: ({ market, rules }) => {
      const types = new Set(rules.underlyingTypes);
      return ({ underlyingType }) => passIf(market === 'spot' || types.has(underlyingType ?? ''));
    },
  },
  status: {
    words: ({ rules }) => (rules.statuses.join() === 'TRADING' ? 'trading now' : `in state ${rules.statuses.join(', ')}`),
    judge: ({ rules, nowMs }) => {
      const statuses = new Set(rules.statuses);
      return ({ status, deliveryMs }) => {
        // The instant of a delisting is known before the status says so.
        const isOver = status === 'TRADING' && deliveryMs !== null && deliveryMs <= nowMs;
        return passIf(statuses.has(status) && !isOver);
      };
    },
  },
  deny: {
    words: () => 'not denied by name',
    judge: ({ rules }) => {
      const isDenied = anyOf(rules.deny);
      return ({ symbol }) => passIf(!isDenied(symbol));
    },
  },
  allow: {
    words: ({ rules }) => (rules.allow.length === 0 ? 'allowed by name (all are)' : 'allowed by name'),
    judge: ({ rules }) => {
      const isAllowed = anyOf(rules.allow);
      return ({ symbol }) => passIf(rules.allow.length === 0 || isAllowed(symbol));
    },
  },
  quote: {
    words: ({ rules }) => `quoted in ${rules.quoteAssets.join(', ')}`,
    sparesAllowed: true,
    judge: ({ rules }) => {
      const assets = new Set(rules.quoteAssets);
      return ({ quoteAsset }) => passIf(assets.has(quoteAsset));
    },
  },
  traded: {
    words: () => 'traded within a day',
    sparesAllowed: true,
    judge:
      ({ ticker, nowMs }) =>
      ({ symbol }) => {
        const last = ticker(symbol);
        if (last === null) return 'fail';
        return last.closeTimeMs === null ? 'unknown' : passIf(nowMs - last.closeTimeMs < TICKER_MS);
      },
  },
  age: {
    words: ({ rules }) => (rules.minAge === 0 ? 'of any age' : `listed for ${rules.minAge / 86_400_000} days`),
    sparesAllowed: true,
    judge:
      ({ rules, nowMs }) =>
      ({ onboardMs }) => {
        if (rules.minAge === 0) return 'pass';
        return onboardMs === null ? 'unknown' : passIf(nowMs - onboardMs >= rules.minAge);
      },
  },
  liquidity: {
    words: ({ rules }) => `with ${rules.minHourlyQuoteVolume} quote units an hour`,
    sparesAllowed: true,
    judge: (view) => {
      const least = view.rules.minHourlyQuoteVolume;
      if (least === 0) return () => 'pass';
      return ({ symbol }) => gate(view, 'liquidity', symbol, (view.quoteVolume(symbol) ?? 0) / HOURS / least);
    },
  },
  spread: {
    words: ({ rules }) => (rules.maxSpread === undefined ? 'of any spread' : `with a spread of at most ${rules.maxSpread} bp`),
    sparesAllowed: true,
    judge: (view) => {
      const widest = view.rules.maxSpread;
      if (widest === undefined) return () => 'pass';
      return ({ symbol }) => {
        const spread = view.spread(symbol);
        return spread === null ? 'unknown' : gate(view, 'spread', symbol, spread === 0 ? Infinity : widest / spread);
      };
    },
  },
  top: {
    words: ({ rules }) => (rules.topN === undefined ? 'however many' : `among the ${rules.topN} most traded`),
    sparesAllowed: true,
    judge: (view, left) => {
      const { topN } = view.rules;
      if (topN === undefined) return () => 'pass';
      const kept = mostTraded(view, left, topN);
      return ({ symbol }) => passIf(kept.has(symbol));
    },
  },
};
