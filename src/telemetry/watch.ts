import type { Observable, SchedulerLike } from 'rxjs';
import { tap } from 'rxjs';
import type { Bar } from '../model/bar.js';
import type { Fault } from '../model/fault.js';
import { deliveryKey, isFinal } from '../model/delivery.js';
import type { Pending } from '../model/delivery.js';
import { INTERVAL_MS } from '../model/interval.js';
import type { Series } from '../model/series.js';
import { seriesKey } from '../model/series.js';
import type { Notice } from '../model/sighting.js';
import type { Outcome } from '../ports/pipeline.js';
import type { FeedEvent, History, Source } from '../ports/source.js';
import type { Store } from '../ports/store.js';
import type { FaultCounts } from './faults.js';
import type { HealthState } from './health-state.js';
import { createLedger } from './ledger.js';

/** A bar may be this much later than its length before the monitor counts as stuck: grace, a refill, a slow exchange. */
const LATE_MS = 60_000;

export interface WatchOptions {
  readonly marketTime: SchedulerLike;
  readonly wireTime: SchedulerLike;
  readonly source: Source;
  readonly store: Store;
  readonly version: string;
  readonly faults: () => FaultCounts;
}

/** Sees everything that passes and says how the monitor is. Nothing depends on it. */
export interface Watch {
  readonly sawEvent: (event: FeedEvent) => void;
  readonly sawOutcome: (outcome: Outcome) => void;
  /** What `inOrder` sees besides handing bars on. */
  readonly noticed: Notice;
  readonly recovered: (pending: readonly Pending[]) => void;
  /** Of faults only that a sink refuses for good is a state. */
  readonly sawFault: (fault: Fault) => void;
  /** The same history; a series whose refill has been answered once counts as warm. */
  readonly history: History;
  readonly health: () => HealthState;
}

export const createWatch = ({ marketTime, wireTime, source, store, version, faults }: WatchOptions): Watch => {
  const startedAtMs = wireTime.now();
  const ledger = createLedger({ marketTime });
  const warm = new Map<string, Series>();
  const waiting = new Set<string>();
  const refusing = new Map<string, string>();
  let lastBarAtMs: number | null = null;
  let shortestBarMs: number | null = null;

  const warmed = ({ market, symbol, interval }: Series): void => {
    const series = { market, symbol, interval };
    warm.set(seriesKey(series), series);
  };

  const sawEvent = (event: FeedEvent): void => {
    if (event.kind === 'bar') {
      ledger.sawEvent(event);
      lastBarAtMs = marketTime.now();
      return;
    }
    if (event.kind === 'closed') return;
    shortestBarMs = Math.min(shortestBarMs ?? Infinity, INTERVAL_MS[event.interval]);
    const listed = new Set(event.symbols);
    for (const [key, series] of warm) {
      const isOfRoster = series.market === event.market && series.interval === event.interval;
      if (isOfRoster && !listed.has(series.symbol)) warm.delete(key);
    }
  };

  return {
    sawEvent,
    sawOutcome: (outcome) => {
      if (outcome.kind === 'close') {
        ledger.sawClose(outcome.close);
        return;
      }
      if (outcome.kind === 'early') return;
      if (isFinal(outcome.delivery.state)) waiting.delete(deliveryKey(outcome.delivery));
      else waiting.add(deliveryKey(outcome.delivery));
    },
    noticed: ledger.noticed,
    recovered: (pending) => {
      for (const { delivery } of pending) waiting.add(deliveryKey(delivery));
    },
    sawFault: ({ kind, sink, detail }) => {
      if (kind === 'sink-disabled' && sink !== undefined) refusing.set(sink, detail);
    },
    history: {
      bars: (series, fromMs, toMs): Observable<readonly Bar[]> =>
        source.history.bars(series, fromMs, toMs).pipe(tap({ complete: () => warmed(series) })),
    },
    health: () => {
      const { sockets, series, note } = source.status();
      const kept = store.status();
      const barMs = shortestBarMs ?? INTERVAL_MS['1h'];
      return {
        version,
        uptimeMs: wireTime.now() - startedAtMs,
        sockets,
        series: { warm: Math.min(warm.size, series), expected: series },
        lastBarAgeMs: lastBarAtMs === null ? null : Math.max(0, marketTime.now() - lastBarAtMs),
        lastBarAgeMsMax: barMs + Math.max(LATE_MS, barMs / 2),
        store: {
          writable: kept.writable,
          note: kept.note,
          ...(kept.standby === undefined ? {} : { standby: kept.standby }),
        },
        deliveriesWaiting: waiting.size,
        ...(refusing.size === 0 ? {} : { sinksRefusing: Object.fromEntries(refusing) }),
        faults: faults(),
        sight: ledger.read(),
        note,
      };
    },
  };
};
