import type { Alert } from '../../model/alert.js';
import type { Delivery, DeliveryState, Pending } from '../../model/delivery.js';
import { isFinal, triesWith } from '../../model/delivery.js';
import type { Position, Remembered } from '../../ports/store.js';
import { joinPositions, positionKey } from './positions.js';

/** One alert and where it stands with each sink: they are remembered and forgotten together. */
export interface Entry {
  readonly alert: Alert;
  readonly rows: readonly Delivery[];
}

export interface Keyed {
  readonly namespace: string;
  readonly key: string;
  readonly value: unknown;
}

/** What is needed of a `Map`. Symbols and ids are opaque text (`__proto__` may be one), so nothing is ever keyed by an object. */
export interface Table<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): unknown;
  delete(key: string): unknown;
  values(): Iterable<V>;
  entries(): Iterable<[string, V]>;
}

/** Everything a store knows. It changes through `apply` alone; what lies in the tables is never changed, only replaced. */
export interface State {
  epoch: number;
  /** Market time of the newest write, ms UTC. */
  touchedAtMs: number;
  /** By market and interval. */
  readonly positions: Table<Position>;
  /** By alert id. */
  readonly entries: Table<Entry>;
  /** By namespace and key. */
  readonly keyed: Table<Keyed>;
}

/** One accepted write: what the journal holds, one line each, and what `apply` makes of a state. */
export type Operation =
  /** The store was opened: deliveries in flight became unknown (reliability.md §2.3). */
  | { readonly kind: 'open'; readonly epoch: number; readonly atMs: number }
  /** `position` is `null` where no bar was judged for good, and where a damaged journal is salvaged. */
  | {
      readonly kind: 'claim';
      readonly position: Position | null;
      readonly alerts: readonly Alert[];
      readonly deliveries: readonly Delivery[];
      readonly atMs: number;
    }
  | { readonly kind: 'transition'; readonly from: DeliveryState; readonly to: Delivery }
  | { readonly kind: 'collect'; readonly beforeMs: number; readonly suppressedBeforeMs: number }
  | { readonly kind: 'put'; readonly namespace: string; readonly key: string; readonly value: unknown };

export const emptyState = (): State => ({
  epoch: 0,
  touchedAtMs: 0,
  positions: new Map<string, Position>(),
  entries: new Map<string, Entry>(),
  keyed: new Map<string, Keyed>(),
});

export const keyedKey = (namespace: string, key: string): string => JSON.stringify([namespace, key]);

export const rowOf = (entry: Entry | undefined, sink: string): Delivery | undefined =>
  entry?.rows.find((row) => row.sink === sink);

/** A send that was under way when the process ended: nobody knows whether it arrived. */
const interrupted = (row: Delivery, atMs: number): Delivery => ({
  ...row,
  state: 'unknown',
  reason: 'restart',
  unknowns: row.unknowns + 1,
  mayRepeat: true,
  tries: triesWith(row, { atMs, outcome: 'unknown', detail: 'restart' }),
  updatedAtMs: atMs,
});

/** Replaces the rows of every entry that `change` changes; `change` gives the same row back where it does not. */
export const changeRows = (state: State, change: (row: Delivery) => Delivery): void => {
  for (const entry of [...state.entries.values()]) {
    const rows = entry.rows.map(change);
    if (rows.some((row, i) => row !== entry.rows[i])) state.entries.set(entry.alert.id, { ...entry, rows });
  }
};

const applyClaim = (state: State, { position, alerts, deliveries }: Operation & { kind: 'claim' }): void => {
  if (position !== null) {
    const key = positionKey(position);
    state.positions.set(key, joinPositions(state.positions.get(key), position));
  }
  for (const alert of alerts) if (state.entries.get(alert.id) === undefined) state.entries.set(alert.id, { alert, rows: [] });
  for (const row of deliveries) {
    const entry = state.entries.get(row.alertId);
    if (entry !== undefined && rowOf(entry, row.sink) === undefined) {
      state.entries.set(row.alertId, { ...entry, rows: [...entry.rows, row] });
    }
  }
};

const applyTransition = (state: State, to: Delivery): void => {
  const entry = state.entries.get(to.alertId);
  if (entry === undefined) return;
  state.entries.set(to.alertId, { ...entry, rows: entry.rows.map((row) => (row.sink === to.sink ? to : row)) });
};

/**
 * An alert goes with all its rows, when the last of them is due. Were they forgotten one by one, an alert judged again would
 * find some sinks new and others not.
 */
const applyCollect = (state: State, beforeMs: number, suppressedBeforeMs: number): void => {
  const isDue = (row: Delivery): boolean =>
    isFinal(row.state) && row.updatedAtMs < (row.state === 'suppressed' ? suppressedBeforeMs : beforeMs);
  for (const { alert, rows } of [...state.entries.values()]) {
    const untoldIsDue = alert.decisionTimeMs < (alert.suppressedBy === null ? beforeMs : suppressedBeforeMs);
    if (rows.length === 0 ? untoldIsDue : rows.every(isDue)) state.entries.delete(alert.id);
  }
};

/** Carries out an accepted write. Never fails, and carrying out the same one twice changes nothing the second time, `open` apart. */
export const apply = (state: State, operation: Operation): void => {
  switch (operation.kind) {
    case 'open':
      state.epoch = Math.max(state.epoch, operation.epoch);
      changeRows(state, (row) => (row.state === 'sending' ? interrupted(row, operation.atMs) : row));
      touch(state, operation.atMs);
      return;
    case 'claim':
      applyClaim(state, operation);
      touch(state, operation.atMs);
      return;
    case 'transition':
      applyTransition(state, operation.to);
      touch(state, operation.to.updatedAtMs);
      return;
    case 'collect':
      applyCollect(state, operation.beforeMs, operation.suppressedBeforeMs);
      return;
    case 'put': {
      const { namespace, key, value } = operation;
      if (value === null) state.keyed.delete(keyedKey(namespace, key));
      else state.keyed.set(keyedKey(namespace, key), { namespace, key, value });
    }
  }
};

const touch = (state: State, atMs: number): void => {
  state.touchedAtMs = Math.max(state.touchedAtMs, atMs);
};

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byDecision = (a: Alert, b: Alert): number => a.decisionTimeMs - b.decisionTimeMs || compareText(a.symbol, b.symbol);

/** Rows that `wanted` picks, with their alerts, in order of decision time then symbol. */
export const pendingIn = (state: State, wanted: (row: Delivery) => boolean): readonly Pending[] => {
  const found: Pending[] = [];
  for (const { alert, rows } of state.entries.values())
    for (const delivery of rows) if (wanted(delivery)) found.push({ alert, delivery });
  return found.sort((a, b) => byDecision(a.alert, b.alert));
};

export const rowCount = (state: State): number => {
  let count = 0;
  for (const { rows } of state.entries.values()) count += rows.length;
  return count;
};

/** What a store says of itself when it has been opened. `fresh`: it never had been before. */
export const remembered = (state: State, fresh: boolean): Remembered => ({
  epoch: state.epoch,
  positions: [...state.positions.values()],
  emitted: [...state.entries.values()]
    .map(({ alert }) => alert)
    .filter(({ suppressedBy }) => suppressedBy === null)
    .sort(byDecision),
  pending: pendingIn(state, (row) => !isFinal(row.state)),
  fresh,
});
