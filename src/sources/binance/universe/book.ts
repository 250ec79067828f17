import type { Market } from '../../../model/series.js';
import type { ContractInfo } from './contract-info.js';
import type { View } from './filters.js';
import type { Listed, Ticker } from './listing.js';
import type { Look } from './look.js';
import { createNewcomers } from './newcomers.js';
import { nextChangeMs } from './next-change.js';
import { createReadings } from './readings.js';
import type { UniverseReporter } from './reporter.js';
import type { Following, Roll } from './roll.js';
import { EMPTY_ROLL, lookAgainMs, turn } from './roll.js';
import { createRumours } from './rumours.js';
import { selectUniverse, weakKey } from './select.js';
import type { UniverseRules } from './settings.js';

/** A symbol is weak for the second time when this part of the ttl has passed since the first. */
const WEAK_PART = 0.5;

/** What is known of a market's symbols from look to look. All times are exchange time, ms UTC. */
export interface Book {
  /** Takes a look in. The new list, or `null` when it is the same as before or not believed. */
  take(looked: Look, nowMs: number): Following | null;
  /** Takes in an announcement; whether it is news. */
  hear(info: ContractInfo, nowMs: number): boolean;
  /** Takes in fresher last days of some symbols. */
  freshen(tickers: ReadonlyMap<string, Ticker>, nowMs: number): void;
  /** Milliseconds until the next look; `null` when nothing is followed yet. */
  waitMs(nowMs: number): number | null;
}

const viewOf = (
  market: Market,
  rules: UniverseRules,
  roll: Roll,
  volumes: View['quoteVolume'],
  looked: Look,
  nowMs: number,
): View => {
  const members = new Set(roll.following.symbols);
  return {
    market,
    rules,
    nowMs,
    quoteVolume: volumes,
    ticker: (symbol) => looked.tickers.get(symbol) ?? null,
    spread: (symbol) => looked.spreads.get(symbol) ?? null,
    isMember: (symbol) => members.has(symbol),
    wasWeak: (name, symbol) => {
      const sinceMs = roll.weakSinceMs.get(weakKey(name, symbol));
      return sinceMs !== undefined && nowMs - sinceMs >= rules.ttl * WEAK_PART;
    },
  };
};

export const createBook = (market: Market, rules: UniverseRules, reporter: UniverseReporter): Book => {
  const rumours = createRumours();
  const readings = createReadings(rules.ttl);
  const newcomers = createNewcomers(rules.ttl);
  let roll = EMPTY_ROLL;
  let listed: readonly Listed[] = [];
  return {
    take: (looked, nowMs) => {
      listed = rumours.apply(looked.listed, nowMs);
      readings.add(looked.tickers, nowMs);
      const view = viewOf(market, rules, roll, readings.volumes(nowMs), looked, nowMs);
      const universe = selectUniverse(listed, view);
      const turned = turn(roll, universe, nowMs);
      ({ roll } = turned);
      newcomers.take(listed, universe.reasons, nowMs);
      if (roll.doubt !== null) {
        reporter.doubted(roll, universe);
        return null;
      }
      reporter.fine();
      reporter.stopped(turned.stopped, view);
      if (!turned.isNew) return null;
      reporter.missing(roll.following.symbols);
      return roll.following;
    },
    hear: (info, nowMs) => rumours.hear(info, nowMs),
    freshen: (tickers, nowMs) => readings.freshen(tickers, nowMs),
    waitMs: (nowMs) => {
      if (roll.following.symbols.length === 0) return null;
      const waits = [lookAgainMs(roll, rules.ttl), rumours.lookAgainMs(), newcomers.lookAgainMs(), nextChangeMs(listed, nowMs)];
      return Math.min(...waits.filter((ms) => ms !== null));
    },
  };
};
