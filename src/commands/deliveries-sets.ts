import type { Alert } from '../model/alert.js';
import { isFinal } from '../model/delivery.js';
import { maxAgeMsOf } from '../operators/filters/staleness.js';
import type { DecidedAlert } from '../telemetry/decisions/decision.js';
import type { Row } from './deliveries-store.js';

/** An alert, and the sink where it is about one. */
export interface Finding {
  readonly alert: Pick<Alert, 'id' | 'kind' | 'symbol' | 'market' | 'interval' | 'direction' | 'decisionTimeMs'>;
  readonly sink: string | null;
  readonly why: string;
}

/** What was to be told against what is recorded, in Jepsen's four sets. */
export interface DeliverySets {
  /** Emitted alerts with every sink they were to go to. */
  readonly expected: number;
  /** Expected ones with a recorded end: delivered, expired or dead. */
  readonly ended: number;
  /** Expected ones that are still on their way, in time. */
  readonly onTheirWay: number;
  /** Was to be told and has neither a message nor a recorded end. */
  readonly lost: readonly Finding[];
  /** May have come more than once. */
  readonly duplicated: readonly Finding[];
  /** Came, or was recorded, and was not to be told. */
  readonly unexpected: readonly Finding[];
  /** Nobody knew at some time whether it had come, and in the end it was delivered. */
  readonly recovered: readonly Finding[];
}

export interface SetsOptions {
  readonly rows: readonly Row[];
  /** What the ring of decisions says was emitted or withheld; none where there is no ring. */
  readonly decided: readonly DecidedAlert[];
  /** Whether alerts go to anybody at all. */
  readonly hasSinks: boolean;
  readonly maxAgeMs: number | null;
  readonly nowMs: number;
}

/** After its greatest age a row ends at the next look; so much longer, and nobody looks. */
const LATE_MS = 600_000;

export const setsOf = ({ rows, decided, hasSinks, maxAgeMs, nowMs }: SetsOptions): DeliverySets => {
  const known = new Set(rows.map(({ alert }) => alert.id));
  // A bar that is judged again after a restart may meet the cooldown that it armed itself: what was decided first stays decided.
  const emitted = new Set(decided.filter(({ suppressedBy }) => suppressedBy === null).map(({ id }) => id));
  const withheld = new Map(decided.filter(({ id }) => !emitted.has(id)).map((alert) => [alert.id, alert]));
  const sent = rows.filter(({ delivery }) => delivery.sink !== '*');
  const isStuck = ({ alert, delivery }: Row): boolean =>
    !isFinal(delivery.state) &&
    nowMs > (delivery.resentAtMs ?? alert.decisionTimeMs) + maxAgeMsOf(alert.interval, maxAgeMs) + LATE_MS;
  const about = ({ alert, delivery }: Row, why: string): Finding => ({ alert, sink: delivery.sink, why });

  const forgotten = hasSinks ? decided.filter(({ id, suppressedBy }) => suppressedBy === null && !known.has(id)) : [];
  const stuck = sent.filter(isStuck);
  const delivered = sent.filter(({ delivery }) => delivery.state === 'delivered');
  return {
    expected: sent.length + forgotten.length,
    ended: sent.filter(({ delivery }) => isFinal(delivery.state)).length,
    onTheirWay: sent.filter((row) => !isFinal(row.delivery.state) && !isStuck(row)).length,
    lost: [
      ...forgotten.map((alert): Finding => ({
        alert,
        sink: null,
        why: 'emitted by the record of decisions, unknown to the store',
      })),
      ...stuck.map((row) => about(row, `still ${row.delivery.state}, long after its greatest age`)),
    ],
    duplicated: delivered
      .filter(({ delivery }) => delivery.unknowns > 0)
      .map((row) =>
        about(row, `${row.delivery.unknowns} of ${row.delivery.attempts} sends had no answer; each copy after one is marked`),
      ),
    unexpected: delivered.flatMap((row) => {
      const { suppressedBy } = withheld.get(row.alert.id) ?? row.alert;
      return suppressedBy === null ? [] : [about(row, `it was withheld: ${suppressedBy}`)];
    }),
    recovered: delivered
      .filter(({ delivery }) => delivery.mayRepeat)
      .map((row) => about(row, `delivered after ${row.delivery.attempts} sends`)),
  };
};
