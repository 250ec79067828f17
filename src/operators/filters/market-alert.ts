import type { Alert, Leader } from '../../model/alert.js';
import { alertId } from '../../model/alert.js';
import type { Close } from '../../model/close.js';
import type { Reason } from '../../model/reading.js';
import type { Condition, Direction } from '../../model/verdict.js';

/** The symbol and the rule of an alert that speaks of the whole market. */
export const MARKET_SYMBOL = '*';
export const MARKET_RULE = 'market';
const VERSION = 1;
const LEADERS = 5;

/** What the market alert says of a flood. */
export interface Flood {
  readonly direction: Direction;
  /** Candidates of the close so far, late ones included. */
  readonly candidates: number;
  readonly candidatesThreshold: number;
  /** Percent of the symbols; `null` without a cross-section. */
  readonly breadthPct: number | null;
  readonly breadthThresholdPct: number;
  readonly leaders: readonly Leader[];
}

const percentOf = (logReturn: number): number => 100 * (Math.exp(logReturn) - 1);

/** The middle of the open-to-close moves of those that have come: the index of a market too small for a cross-section. */
const middleMove = ({ judged }: Close): number => {
  const moves = judged
    .map(({ bar }) => Math.log(bar.close / bar.open))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const half = moves.length >> 1;
  return moves.length % 2 === 1 ? (moves[half] as number) : ((moves[half - 1] ?? 0) + (moves[half] ?? 0)) / 2;
};

const indexBar = (close: Close): Alert['bar'] => {
  const end = 100 * Math.exp(close.section?.index ?? middleMove(close));
  return {
    open: 100,
    high: Math.max(100, end),
    low: Math.min(100, end),
    close: end,
    volume: null,
    quoteVolume: null,
    provenance: close.judged[0]?.bar.provenance ?? 'rebuilt',
  };
};

/** The one alert that tells of a flood at a close (signals.md §6.3). Its id is made of data only, as every alert's. */
export const marketAlert = (close: Close, flood: Flood): Alert => {
  const { market, interval, openTimeMs, decisionTimeMs, section } = close;
  const { direction, candidates, candidatesThreshold, breadthPct, breadthThresholdPct, leaders } = flood;
  const measures: Record<string, number | null> = {
    candidates,
    breadthPct,
    indexPct: section == null ? null : percentOf(section.index),
    bitcoinPct: section?.bitcoin == null ? null : percentOf(section.bitcoin),
  };
  const missing = Object.entries(measures).filter(([, value]) => value === null);
  const reasons: Record<string, Reason> = Object.fromEntries(missing.map(([name]) => [name, 'no-data' as const]));
  const breadth: Condition =
    breadthPct === null
      ? { measure: 'breadthPct', value: null, threshold: breadthThresholdPct, margin: null, passed: false, reason: 'no-data' }
      : {
          measure: 'breadthPct',
          value: breadthPct,
          threshold: breadthThresholdPct,
          margin: breadthPct - breadthThresholdPct,
          passed: breadthPct >= breadthThresholdPct,
        };
  const identity = { rule: MARKET_RULE, ruleVersion: VERSION, market, symbol: MARKET_SYMBOL, interval, openTimeMs, direction };
  return {
    ...identity,
    id: alertId(identity),
    kind: 'market',
    decisionTimeMs,
    bar: indexBar(close),
    measures,
    reasons,
    conditions: [
      {
        measure: 'candidates',
        value: candidates,
        threshold: candidatesThreshold,
        margin: candidates - candidatesThreshold,
        passed: candidates > candidatesThreshold,
      },
      breadth,
    ],
    shortHistory: false,
    coverage: close.expected === 0 ? 1 : Math.min(1, close.received / close.expected),
    suppressedBy: null,
    mergedInto: null,
    leaders: leaders.slice(0, LEADERS),
  };
};
