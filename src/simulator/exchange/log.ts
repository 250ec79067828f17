import type { Interval } from '../../model/interval.js';
import type { Market, Series } from '../../model/series.js';

/** What the exchange has counted of itself since it was made. */
export interface ExchangeCounters {
  readonly connections: number;
  readonly connectionsOpen: number;
  readonly upgradesRefused: number;
  readonly framesSent: number;
  readonly closedBarsSent: number;
  readonly controlMessages: number;
  readonly policyCloses: number;
  /** The most messages of one client within any second, by market. */
  readonly controlPeakPerSecond: Readonly<Record<string, number>>;
  /** The most attempts to connect within any five minutes. */
  readonly attemptsPeakPerFiveMinutes: number;
  readonly requests: number;
  readonly requestsByStatus: Readonly<Record<string, number>>;
  /** Requests of a client that must have known of its ban: a second or more after the first answer that told it. */
  readonly requestsWhileBanned: number;
  /** The most weight that clients have used in any UTC minute, as a share of what is allowed, over all markets. */
  readonly highestWeightShare: number;
  /** How often each scripted fault has really struck, by its name in `ExchangeFaults`. */
  readonly faults: Readonly<Record<string, number>>;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends Readonly<Record<string, number>> ? Record<string, number> : T[K] };

/** The counters as the exchange's parts move them. */
export interface Tally extends Writable<ExchangeCounters> {
  fault(name: string, count?: number): void;
  /** Notes that a market's clients have sent so many messages within a second. */
  controlRate(market: string, perSecond: number): void;
  readonly counters: () => ExchangeCounters;
}

export const createTally = (): Tally => {
  const counted: Writable<ExchangeCounters> = {
    connections: 0,
    connectionsOpen: 0,
    upgradesRefused: 0,
    framesSent: 0,
    closedBarsSent: 0,
    controlMessages: 0,
    policyCloses: 0,
    controlPeakPerSecond: {},
    attemptsPeakPerFiveMinutes: 0,
    requests: 0,
    requestsByStatus: {},
    requestsWhileBanned: 0,
    highestWeightShare: 0,
    faults: {},
  };
  return Object.assign(counted, {
    fault: (name: string, count = 1) => {
      counted.faults[name] = (counted.faults[name] ?? 0) + count;
    },
    controlRate: (market: string, perSecond: number) => {
      counted.controlPeakPerSecond[market] = Math.max(counted.controlPeakPerSecond[market] ?? 0, perSecond);
    },
    counters: (): ExchangeCounters => JSON.parse(JSON.stringify(counted)) as ExchangeCounters,
  });
};

/** The exchange's own log, from which completeness is counted (decisions.md 18). */
export interface ExchangeLog {
  /**
   * Open times of the bars that the exchange has closed by now, from `fromMs` to `toMs`, both included: what exists, whether
   * or not its closing event was sent or heard, and whether or not the symbol is still listed. Bars of a hole exist nowhere and
   * are not among them. Empty for a symbol or an interval that is not played.
   */
  closedBars(series: Series, fromMs: number, toMs: number): readonly number[];
  /** How many those are for all symbols of a market that are played, without making a list of them. */
  closedBarCount(market: Market, interval: Interval, fromMs: number, toMs: number): number;
  counters(): ExchangeCounters;
}
