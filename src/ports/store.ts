import type { Observable } from 'rxjs';
import type { Alert } from '../model/alert.js';
import type { Delivery, DeliveryState, Pending } from '../model/delivery.js';
import type { Interval } from '../model/interval.js';
import type { Market } from '../model/series.js';
import type { Check } from './check.js';

/**
 * How far one market and interval has been judged: every series up to `openTimeMs`, except the `lagging` symbols, which
 * have been judged up to their own open time (`null`: never).
 */
export interface Position {
  readonly market: Market;
  readonly interval: Interval;
  readonly openTimeMs: number;
  readonly lagging: Readonly<Record<string, number | null>>;
}

/** Everything one close decides, written in one durable step before anything is sent (reliability.md §2.3). */
export interface Claim {
  readonly epoch: number;
  /** Joined with the one that is known, symbol by symbol: a position never goes back. `null`: no bar was judged for good. */
  readonly position: Position | null;
  /** Fired verdicts, sent and suppressed. An id that is already known is left as it is. */
  readonly alerts: readonly Alert[];
  /**
   * One row per alert and sink, and one with sink `*` for a suppressed alert. Known rows are left as they are, and a known
   * alert gets no row that contradicts it: what was decided first stays decided.
   */
  readonly deliveries: readonly Delivery[];
  readonly atMs: number;
}

/** A step along an arrow of the state machine; refused with `conflict` when the row is not in state `from`. */
export interface Transition {
  readonly epoch: number;
  readonly from: DeliveryState;
  readonly to: Delivery;
}

/** What a store remembers when it is opened. */
export interface Remembered {
  /** Fencing epoch of this opening; every write carries it, and a store that has been opened again refuses older ones. */
  readonly epoch: number;
  readonly positions: readonly Position[];
  /** Alerts that were emitted and not yet collected: the cooldown is rebuilt from them. */
  readonly emitted: readonly Alert[];
  /** Rows not in a final state, in order of decision time then symbol. Nobody knows of a send that was under way: it is `unknown` here. */
  readonly pending: readonly Pending[];
  /** True when nothing was there before. */
  readonly fresh: boolean;
}

export type StoreErrorKind = 'conflict' | 'fenced' | 'full' | 'read-only' | 'corrupt' | 'newer' | 'locked' | 'unavailable';

/** `detail` says where and what would help; it never holds a secret. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  constructor(
    readonly kind: StoreErrorKind,
    readonly detail: string,
  ) {
    super(`${kind}: ${detail}`);
  }
}

/**
 * Durable memory of what was decided and delivered. `Observable<never>` completes when the write would survive a crash;
 * on an error nothing of it is remembered, neither on disk nor in memory. Errors are `StoreError`s; what no correct caller
 * asks (a row without its alert, a value that is no JSON) is a `TypeError`. All are cold.
 */
export interface Store {
  /** Locks, loads and checks; emits once. Must come first. */
  open(): Observable<Remembered>;
  claim(claim: Claim): Observable<never>;
  transition(change: Transition): Observable<never>;
  /** Rows in a state, with their alerts, in order of decision time then symbol. */
  scan(state: DeliveryState): Observable<readonly Pending[]>;
  /**
   * Forgets delivered, dead and expired rows last touched before `beforeMs` and suppressed ones before `suppressedBeforeMs`;
   * an alert goes with all its rows at once, when the last of them is due.
   */
  collect(epoch: number, beforeMs: number, suppressedBeforeMs: number): Observable<never>;
  /** Small keyed state in the same journal; `value` must be plain JSON, `null` removes. */
  put(epoch: number, namespace: string, key: string, value: unknown): Observable<never>;
  /** Emits the value, or `null`. */
  get(namespace: string, key: string): Observable<unknown>;
  /** For health. `standby`: another replica is active, and this one waits for its place. */
  status(): {
    readonly writable: boolean;
    readonly rows: number;
    readonly bytes: number;
    readonly note: string | null;
    readonly standby?: boolean;
  };
  close(): Observable<never>;
  /**
   * All rows with their alerts, read without opening and without a lock, also while another process has it open: for people who
   * ask. In order of decision time then symbol. Absent where nothing outlives the process.
   */
  read?(): Observable<readonly Pending[]>;
  /**
   * Monotonic milliseconds for which this opening surely is the only one that may act; absent where a lock holds as long as the
   * process. A message leaves only when there is more than its deadline and two seconds (reliability.md §2.8).
   */
  readonly heldForMs?: () => number;
  /** Finds out whether the store could write durably, for `doctor`, without opening it: another process may be using it. Never errors. */
  probe?(): Observable<Check>;
}
