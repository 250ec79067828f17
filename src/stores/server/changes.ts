import type { Alert } from '../../model/alert.js';
import type { Delivery } from '../../model/delivery.js';
import { DELIVERY_STATES, deliveryKey } from '../../model/delivery.js';
import type { Position } from '../../ports/store.js';
import { StoreError } from '../../ports/store.js';
import { draftOf } from '../state/draft.js';
import { positionKey } from '../state/positions.js';
import type { Entry, Keyed, Operation, State, Table } from '../state/state.js';
import { apply, emptyState, keyedKey } from '../state/state.js';

/** The tables a server keeps, each a JSON value by key. */
export const TABLES = ['positions', 'alerts', 'deliveries', 'keyed'] as const;
export type TableName = (typeof TABLES)[number];

/** Per table what becomes of which key; `null`: it goes. */
export type Changes = Readonly<Record<TableName, ReadonlyMap<string, object | null>>>;

/** What a server holds: the values of each table, and the market time of the newest write. */
export interface Holding {
  readonly touchedAtMs: number;
  readonly values: Readonly<Record<TableName, readonly unknown[]>>;
}

const noting = <V>(below: Table<V>, touched: Set<string>): Table<V> => ({
  get: (key) => below.get(key),
  set: (key, value) => {
    touched.add(key);
    return below.set(key, value);
  },
  delete: (key) => {
    touched.add(key);
    return below.delete(key);
  },
  values: () => below.values(),
  entries: () => below.entries(),
});

const entryChanges = (
  id: string,
  before: Entry | undefined,
  after: Entry | undefined,
  alerts: Map<string, object | null>,
  deliveries: Map<string, object | null>,
): void => {
  if (after === undefined) {
    if (before !== undefined) alerts.set(id, null);
    for (const row of before?.rows ?? []) deliveries.set(deliveryKey(row), null);
    return;
  }
  if (before?.alert !== after.alert) alerts.set(id, after.alert);
  for (const row of after.rows) if (before?.rows.includes(row) !== true) deliveries.set(deliveryKey(row), row);
};

/** A state as it will be after the writes that are applied to it, and what they change of it. */
export const changing = (state: State) => {
  const draft = draftOf(state);
  const touched = { positions: new Set<string>(), entries: new Set<string>(), keyed: new Set<string>() };
  const after: State = {
    epoch: draft.epoch,
    touchedAtMs: draft.touchedAtMs,
    positions: noting(draft.positions, touched.positions),
    entries: noting(draft.entries, touched.entries),
    keyed: noting(draft.keyed, touched.keyed),
  };
  return {
    after,
    apply: (operation: Operation): void => apply(after, operation),
    changes: (): Changes => {
      const alerts = new Map<string, object | null>();
      const deliveries = new Map<string, object | null>();
      for (const id of touched.entries) entryChanges(id, state.entries.get(id), after.entries.get(id), alerts, deliveries);
      return {
        positions: new Map([...touched.positions].map((key) => [key, after.positions.get(key) ?? null])),
        alerts,
        deliveries,
        keyed: new Map([...touched.keyed].map((key) => [key, after.keyed.get(key) ?? null])),
      };
    },
  };
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const isPosition = (value: unknown): value is Position =>
  isObject(value) && typeof value['market'] === 'string' && Number.isFinite(value['openTimeMs']) && isObject(value['lagging']);
const isAlert = (value: unknown): value is Alert =>
  isObject(value) && typeof value['id'] === 'string' && Number.isFinite(value['decisionTimeMs']);
const isDelivery = (value: unknown): value is Delivery =>
  isObject(value) && typeof value['alertId'] === 'string' && DELIVERY_STATES.some((state) => state === value['state']);
const isKeyed = (value: unknown): value is Keyed =>
  isObject(value) && typeof value['namespace'] === 'string' && typeof value['key'] === 'string';

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The state that a server holds. Tables have no order of their own, so rows come by sink and positions by name. */
export const stateOf = ({ touchedAtMs, values }: Holding, place: string): State => {
  const taken = <T>(table: TableName, is: (value: unknown) => value is T): readonly T[] =>
    values[table].map((value) => {
      if (is(value)) return value;
      throw new StoreError('corrupt', `${place}: ${table} holds what this program does not write; restore a backup, or empty it`);
    });
  const state = { ...emptyState(), touchedAtMs };
  const rows = new Map<string, Delivery[]>();
  for (const row of taken('deliveries', isDelivery)) {
    const known = rows.get(row.alertId);
    if (known === undefined) rows.set(row.alertId, [row]);
    else known.push(row);
  }
  for (const position of [...taken('positions', isPosition)].sort((a, b) => compareText(positionKey(a), positionKey(b))))
    state.positions.set(positionKey(position), position);
  for (const alert of taken('alerts', isAlert))
    state.entries.set(alert.id, { alert, rows: (rows.get(alert.id) ?? []).sort((a, b) => compareText(a.sink, b.sink)) });
  for (const each of taken('keyed', isKeyed)) state.keyed.set(keyedKey(each.namespace, each.key), each);
  return state;
};
