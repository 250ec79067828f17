import type { Alert } from './alert.js';
import type { Scene } from './scene.js';

/**
 * Where one alert stands with one sink (reliability.md §2.3). `claimed`, `sending`, `waiting` and `unknown` are
 * on their way; the others are final.
 */
export const DELIVERY_STATES = [
  'claimed',
  'sending',
  'waiting',
  'unknown',
  'delivered',
  'expired',
  'suppressed',
  'dead',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Whose place a sink takes; `unknown`: nobody knows whether that one has the alert after all. */
export interface InsteadOf {
  readonly sink: string;
  readonly unknown: boolean;
}

/** A send that did not end in `delivered`: when, how it ended, and what was said, shortened. */
export interface Try {
  /** Market time, ms UTC. */
  readonly atMs: number;
  readonly outcome: 'refused' | 'unknown' | 'dead';
  readonly detail: string;
}

/** One alert for one sink: the row the store keeps. */
export interface Delivery {
  readonly alertId: string;
  /** The sink's name, or `*` for an alert that was suppressed for all of them. */
  readonly sink: string;
  readonly state: DeliveryState;
  /** Why it is in this state, in a few words without secrets; `null` where the state says it all. */
  readonly reason: string | null;
  /** Sends begun. */
  readonly attempts: number;
  /** Sends of which nobody knows whether they arrived (strong unknowns): they use up the budget. */
  readonly unknowns: number;
  /** True once any send had an unknown outcome: every later copy says that it may be a repeat. */
  readonly mayRepeat: boolean;
  /** The sink before this one in its chain, which did not take the alert; absent where this sink was the first choice. */
  readonly insteadOf?: InsteadOf;
  /** The sink's own name of the message, when it gave one. */
  readonly messageId: string | null;
  /** Market time of the last transition, ms UTC. */
  readonly updatedAtMs: number;
  /** The latest sends that failed, oldest first, at most `TRIES_MAX`; `attempts` counts them all. None if absent. */
  readonly tries?: readonly Try[];
  /** When a person asked to send it once more: its age counts from then. */
  readonly resentAtMs?: number;
}

export const TRIES_MAX = 8;
const TRY_DETAIL_MAX = 80;

/** The tries of a row with one more. */
export const triesWith = ({ tries = [] }: Pick<Delivery, 'tries'>, { atMs, outcome, detail }: Try): readonly Try[] => {
  const points = Array.from(detail);
  const short = points.length > TRY_DETAIL_MAX ? `${points.slice(0, TRY_DETAIL_MAX - 1).join('')}…` : detail;
  return [...tries, { atMs, outcome, detail: short }].slice(-TRIES_MAX);
};

/** A delivery together with what is to be delivered. */
export interface Pending {
  readonly delivery: Delivery;
  readonly alert: Alert;
  /** In memory alone, and only in the life that made the alert. */
  readonly scene?: Scene;
}

/** The row that a claim writes for one alert and sink: nothing has been tried yet. */
export const claimedRow = (alertId: string, sink: string, atMs: number): Delivery => ({
  alertId,
  sink,
  state: 'claimed',
  reason: null,
  attempts: 0,
  unknowns: 0,
  mayRepeat: false,
  messageId: null,
  updatedAtMs: atMs,
});

/** `alertId/sink`: the key of a row. */
export const deliveryKey = (of: Pick<Delivery, 'alertId' | 'sink'>): string => `${of.alertId}/${of.sink}`;

const FINAL: ReadonlySet<DeliveryState> = new Set(['delivered', 'expired', 'suppressed', 'dead']);
export const isFinal = (state: DeliveryState): boolean => FINAL.has(state);

/**
 * The arrows of the state machine: what may follow what. A repeated state is not an arrow. Only a person makes one that has expired
 * or is dead begin anew (`deliveries resend`).
 */
export const DELIVERY_ARROWS: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  claimed: ['sending', 'expired', 'dead'],
  sending: ['delivered', 'waiting', 'unknown', 'dead'],
  waiting: ['sending', 'expired', 'dead'],
  unknown: ['sending', 'expired', 'dead'],
  delivered: [],
  expired: ['claimed'],
  suppressed: [],
  dead: ['claimed'],
};
