import type { Observable } from 'rxjs';
import type { Secret } from '../model/secret.js';

/** No answer, or a refusal. Holds no address. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  constructor(
    /** `no`: the server has certainly not seen it; `maybe`: no answer came; `answered`: the server refused it, and did nothing. */
    readonly sent: 'no' | 'maybe' | 'answered',
    /** Ours where nothing came (`refused`, `dns`, `tls`, `reset`, `deadline`, …), the server's own where it answered (`OOM`, `42501`). */
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}

export interface DatabaseAddress {
  readonly url: Secret;
  /** For making a connection, and for each answer, in wire time. A connection that misses it is given up. */
  readonly deadlineMs: number;
}

export type RedisReply = string | number | null | readonly RedisReply[];

/**
 * One connection, made when it is needed and not there; what is asked goes out in the order of asking. Observables are cold, errors
 * are `DatabaseError`s, and nothing is ever sent twice.
 */
export interface RedisLink {
  command(name: string, ...args: readonly (string | number)[]): Observable<RedisReply>;
  /** Cuts the connection; the next question makes another. */
  close(): Observable<never>;
}

export type PostgresRow = Readonly<Record<string, unknown>>;

/** The same for PostgreSQL. */
export interface PostgresLink {
  /** One statement with its values, or several without any in one transaction. Emits the rows of the (last) statement. */
  query(text: string, values?: readonly unknown[]): Observable<readonly PostgresRow[]>;
  close(): Observable<never>;
}

/** Database servers. */
export interface Databases {
  redis(address: DatabaseAddress): RedisLink;
  postgres(address: DatabaseAddress): PostgresLink;
}
