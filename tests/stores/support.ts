import type { SchedulerAction, SchedulerLike } from 'rxjs';
import { asyncScheduler, lastValueFrom } from 'rxjs';
import type { Alert, Suppression } from '../../src/model/alert.js';
import { alertId } from '../../src/model/alert.js';
import type { Delivery } from '../../src/model/delivery.js';
import { DELIVERY_STATES } from '../../src/model/delivery.js';
import type { Fault } from '../../src/model/fault.js';
import type { Context } from '../../src/ports/context.js';
import type { Files } from '../../src/ports/files.js';
import { answer } from '../../src/stores/journal/failure.js';
import type { Claim, Position, Store } from '../../src/ports/store.js';

export const MINUTE = 60_000;
export const START = Date.UTC(2026, 0, 1);
/** What the clock of a test says unless it is moved. */
export const NOW = START + 3_600_000;

/** A context with files and nothing else of the outer world; its clock stands still. */
export const contextOf = (files: Files, faults: Fault[] = [], nowMs: () => number = () => NOW): Context => {
  // Waits end at the next turn: no test depends on how long they are.
  const schedule: SchedulerLike['schedule'] = <T>(
    work: (this: SchedulerAction<T>, state?: T) => void,
    _delayMs?: number,
    state?: T,
  ) => asyncScheduler.schedule<T>(work, 0, state);
  const clock: SchedulerLike = { now: nowMs, schedule };
  const none = (): never => {
    throw new Error('a store needs no network');
  };
  return {
    marketTime: { ...clock, speed: 1, follow: () => undefined },
    wireTime: clock,
    random: () => 0.5,
    http: { request: none },
    sockets: { open: none },
    files,
    report: (fault) => faults.push(fault),
    print: () => undefined,
  };
};

export const alertOf = (symbol: string, openTimeMs: number, suppressedBy: Suppression | null = null): Alert => ({
  id: alertId({ rule: 'momentum', ruleVersion: 1, market: 'usdm', symbol, interval: '1m', openTimeMs, direction: 'up' }),
  rule: 'momentum',
  ruleVersion: 1,
  kind: 'single',
  market: 'usdm',
  symbol,
  interval: '1m',
  direction: 'up',
  openTimeMs,
  decisionTimeMs: openTimeMs + MINUTE,
  bar: { open: 0.1, high: 1e-8, low: 5e-324, close: 0.30000000000000004, volume: 1e21, quoteVolume: null, provenance: 'stream' },
  measures: { atr14: 0.1 + 0.2, volume_logz20: null },
  reasons: { volume_logz20: 'warmup' },
  conditions: [{ measure: 'm_1', value: 3.5, threshold: 3, margin: 0.5, passed: true }],
  shortHistory: false,
  coverage: 1,
  suppressedBy,
  mergedInto: null,
});

export const rowFor = (alert: Alert, sink = 'console', atMs = alert.decisionTimeMs): Delivery => ({
  alertId: alert.id,
  sink: alert.suppressedBy === null ? sink : '*',
  state: alert.suppressedBy === null ? 'claimed' : 'suppressed',
  reason: alert.suppressedBy,
  attempts: 0,
  unknowns: 0,
  mayRepeat: false,
  messageId: null,
  updatedAtMs: atMs,
});

export const positionAt = (openTimeMs: number, lagging: Position['lagging'] = {}): Position => ({
  market: 'usdm',
  interval: '1m',
  openTimeMs,
  lagging,
});

/** The claim of one close in which these alerts fired, with a row for each sink. */
export const claimOf = (epoch: number, openTimeMs: number, alerts: readonly Alert[] = [], sinks = ['console']): Claim => ({
  epoch,
  position: positionAt(openTimeMs),
  alerts,
  deliveries: alerts.flatMap((alert) => (alert.suppressedBy === null ? sinks : ['*']).map((sink) => rowFor(alert, sink))),
  atMs: openTimeMs + MINUTE,
});

export { answer };
export const run = (step: ReturnType<Store['close']>): Promise<void> => lastValueFrom(step, { defaultValue: undefined });
export const open = (store: Store) => answer(store.open());

/** Every row of a store, in order of state, decision time and symbol. */
export const allRows = async (store: Store): Promise<readonly Delivery[]> => {
  const rows: Delivery[] = [];
  for (const state of DELIVERY_STATES) rows.push(...(await answer(store.scan(state))).map(({ delivery }) => delivery));
  return rows;
};
