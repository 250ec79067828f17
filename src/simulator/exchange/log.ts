import type { Series } from '../../model/series.js';

/** What the exchange has counted of itself since it was made. */
export interface ExchangeCounters {
  readonly connections: number;
  readonly connectionsOpen: number;
  readonly upgradesRefused: number;
  readonly framesSent: number;
  readonly closedBarsSent: number;
  readonly controlMessages: number;
  readonly policyCloses: number;
  readonly requests: number;
  readonly requestsByStatus: Readonly<Record<string, number>>;
  /** How often each scripted fault has really struck, by its name in `ExchangeFaults`. */
  readonly faults: Readonly<Record<string, number>>;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends Readonly<Record<string, number>> ? Record<string, number> : T[K] };

/** The counters as the exchange's parts move them. */
export interface Tally extends Writable<ExchangeCounters> {
  fault(name: string, count?: number): void;
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
    requests: 0,
    requestsByStatus: {},
    faults: {},
  };
  return Object.assign(counted, {
    fault: (name: string, count = 1) => {
      counted.faults[name] = (counted.faults[name] ?? 0) + count;
    },
    counters: (): ExchangeCounters => JSON.parse(JSON.stringify(counted)) as ExchangeCounters,
  });
};

/** The exchange's own log, from which completeness is counted (decisions.md 18). */
export interface ExchangeLog {
  /**
   * Open times of the bars that the exchange has closed by now, from `fromMs` to `toMs`, both included: what exists, whether
   * or not its closing event was sent or heard. Empty for a symbol or an interval that is not played.
   */
  closedBars(series: Series, fromMs: number, toMs: number): readonly number[];
  counters(): ExchangeCounters;
}
