import type { SchedulerLike, Subscription } from 'rxjs';
import type { Fault, FaultKind, Report } from '../model/fault.js';
import { FAULT_LEVELS } from '../model/fault.js';
import type { Log, LogFields } from './log.js';

export type FaultCounts = Readonly<Record<FaultKind, number>>;

export interface ReportOptions {
  readonly log: Log;
  /** Within this many wire milliseconds a kind of fault gets one line. */
  readonly quietMs?: number;
  readonly wireTime: SchedulerLike;
}

/** Where all faults arrive. */
export interface Faults {
  readonly report: Report;
  /** How many things went wrong by kind (a fault that speaks of 40 bars counts 40), every kind named. */
  readonly counts: () => FaultCounts;
  readonly total: () => number;
  /** Says what is still withheld and stops waiting. What is reported later is counted and logged at once. */
  readonly close: () => void;
}

/** The room a kind speaks for, by its first word; a new kind of another family is the monitor's own. */
const COMPONENTS: Readonly<Record<string, string>> = {
  frame: 'source',
  canary: 'source',
  number: 'source',
  feed: 'source',
  subscription: 'source',
  path: 'source',
  stream: 'source',
  symbol: 'source',
  request: 'source',
  recording: 'source',
  budget: 'source',
  universe: 'source',
  bar: 'bars',
  bars: 'bars',
  series: 'bars',
  delivery: 'delivery',
  alert: 'delivery',
  sink: 'delivery',
  text: 'delivery',
  edit: 'delivery',
  picture: 'delivery',
  pictures: 'delivery',
  silences: 'delivery',
  store: 'store',
  replica: 'store',
  lease: 'store',
  cache: 'store',
  decisions: 'store',
  setting: 'config',
  starts: 'delivery',
  clock: 'time',
  machine: 'time',
};

const fieldsOf = (fault: Fault): LogFields => ({
  component: COMPONENTS[fault.kind.slice(0, fault.kind.indexOf('-'))] ?? 'monitor',
  event: fault.kind,
  ...(fault.series === undefined
    ? {}
    : { symbol: fault.series.symbol, market: fault.series.market, interval: fault.series.interval }),
  ...(fault.alertId === undefined ? {} : { trace_id: fault.alertId }),
  ...(fault.sink === undefined ? {} : { sink: fault.sink }),
  ...(fault.count === undefined ? {} : { count: fault.count }),
});

/** One kind while it is being held back: the newest fault withheld and how many there are. */
interface Held {
  readonly wait: Subscription;
  newest: Fault | null;
  withheld: number;
}

/**
 * The one place where a fault becomes a log line, a counter and health. The first fault of a kind is logged at once; while
 * more of the kind follow, each `quietMs` of wire time (10 s) ends with one line about the newest, with the number of those
 * `withheld` since the line before, itself not counted. Every fault is counted. Nothing here can throw back at the reporter.
 */
export const createReport = ({ log, quietMs = 10_000, wireTime }: ReportOptions): Faults => {
  const counts = Object.fromEntries(Object.keys(FAULT_LEVELS).map((kind) => [kind, 0])) as Record<FaultKind, number>;
  const held = new Map<FaultKind, Held>();
  let closed = false;

  const write = (fault: Fault, withheld: number): void =>
    log[FAULT_LEVELS[fault.kind]]({ ...fieldsOf(fault), ...(withheld > 0 ? { withheld } : {}) }, fault.detail);

  const flush = ({ newest, withheld }: Held): void => {
    if (newest !== null) write(newest, withheld - 1);
  };

  const holdBack = (kind: FaultKind): void => {
    const wait = wireTime.schedule(() => {
      const ended = held.get(kind);
      held.delete(kind);
      if (ended?.newest == null) return;
      flush(ended);
      // A line has just been written, so the next quiet time begins.
      holdBack(kind);
    }, quietMs);
    held.set(kind, { wait, newest: null, withheld: 0 });
  };

  return {
    report: (fault) => {
      counts[fault.kind] += fault.count ?? 1;
      const holding = held.get(fault.kind);
      if (holding !== undefined) {
        holding.newest = fault;
        holding.withheld++;
        return;
      }
      write(fault, 0);
      if (!closed) holdBack(fault.kind);
    },
    counts: () => ({ ...counts }),
    total: () => Object.values(counts).reduce((sum, count) => sum + count, 0),
    close: () => {
      closed = true;
      for (const holding of held.values()) {
        holding.wait.unsubscribe();
        flush(holding);
      }
      held.clear();
    },
  };
};
