import type { Delivery } from '../../model/delivery.js';
import { DELIVERY_ARROWS, deliveryKey, isFinal } from '../../model/delivery.js';
import type { Claim, Transition } from '../../ports/store.js';
import { StoreError } from '../../ports/store.js';
import type { Entry, Operation, State } from './state.js';
import { rowOf } from './state.js';

/** A write that is asked for, not yet checked. */
export type Request =
  | { readonly kind: 'open'; readonly atMs: number }
  | { readonly kind: 'claim'; readonly claim: Claim }
  | { readonly kind: 'transition'; readonly change: Transition }
  | { readonly kind: 'collect'; readonly epoch: number; readonly beforeMs: number; readonly suppressedBeforeMs: number }
  | { readonly kind: 'put'; readonly epoch: number; readonly namespace: string; readonly key: string; readonly value: unknown };

const fence = (state: State, epoch: number): void => {
  if (epoch === state.epoch) return;
  throw new StoreError(
    'fenced',
    `the write carries epoch ${epoch}, but the store is in epoch ${state.epoch}: it has been opened again since`,
  );
};

/** A row begins before its first send: claimed, or with nothing to send. Anything else would tell of a send that nobody recorded. */
const canBegin = ({ state }: Delivery): boolean => state === 'claimed' || (isFinal(state) && state !== 'delivered');

/**
 * Whether a row fits what is known of its alert. An alert that is judged again after a restart may meet the cooldown that it
 * armed itself, and then comes back as suppressed: what was decided first stays decided.
 */
const isFitting = (known: Entry | undefined, row: Delivery): boolean =>
  known === undefined || (row.sink === '*') === (known.alert.suppressedBy !== null);

const admitClaim = (state: State, claim: Claim): Operation => {
  const { position, atMs } = claim;
  const alerts = claim.alerts.filter(({ id }) => state.entries.get(id) === undefined);
  const ids = new Set(alerts.map(({ id }) => id));
  const deliveries = claim.deliveries.filter((row) => {
    const known = state.entries.get(row.alertId);
    return isFitting(known, row) && rowOf(known, row.sink) === undefined;
  });
  for (const row of deliveries) {
    if (!canBegin(row)) throw new TypeError(`a delivery cannot begin in state ${row.state} (${deliveryKey(row)})`);
    if (!ids.has(row.alertId) && state.entries.get(row.alertId) === undefined) {
      throw new TypeError(`a delivery of an alert that nobody has claimed (${deliveryKey(row)})`);
    }
  }
  return { kind: 'claim', position, alerts, deliveries, atMs };
};

const admitTransition = (state: State, { from, to }: Transition): Operation => {
  const row = rowOf(state.entries.get(to.alertId), to.sink);
  const refuse = (why: string): never => {
    throw new StoreError('conflict', `${deliveryKey(to)} cannot go from ${from} to ${to.state}: ${why}`);
  };
  if (row === undefined) return refuse('there is no such delivery');
  if (row.state !== from) return refuse(`it is ${row.state}`);
  if (!DELIVERY_ARROWS[from].includes(to.state)) return refuse('there is no such step');
  return { kind: 'transition', from, to };
};

/** True when JSON gives the very same value back. */
const isPlain = (value: unknown): boolean => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === null || prototype === Object.prototype) && Object.values(value).every(isPlain);
};

/** A copy that nobody else holds. */
export const copyOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/**
 * Checks a write against what is known and gives what is to be recorded of it: known alerts and rows are left out.
 * Throws `StoreError` (`fenced`, `conflict`), and `TypeError` for what no correct caller asks.
 */
export const admit = (state: State, request: Request): Operation => {
  switch (request.kind) {
    case 'open':
      return { kind: 'open', epoch: state.epoch + 1, atMs: request.atMs };
    case 'claim':
      fence(state, request.claim.epoch);
      return admitClaim(state, request.claim);
    case 'transition':
      fence(state, request.change.epoch);
      return admitTransition(state, request.change);
    case 'collect':
      fence(state, request.epoch);
      return { kind: 'collect', beforeMs: request.beforeMs, suppressedBeforeMs: request.suppressedBeforeMs };
    case 'put': {
      const { epoch, namespace, key, value } = request;
      fence(state, epoch);
      if (!isPlain(value)) throw new TypeError(`the value of ${namespace}/${key} is not plain JSON`);
      return { kind: 'put', namespace, key, value: copyOf(value) };
    }
  }
};
