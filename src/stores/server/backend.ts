import type { Changes, Holding } from './changes.js';

/** What a claim of the lease gives: the fencing epoch, and the name of the last write that was acknowledged. */
export interface Lease {
  readonly epoch: number;
  /** Empty before the first. */
  readonly last: string;
}

/** Who may write, as the server has it. Every write is conditional on all three. */
export interface Mark extends Lease {
  readonly owner: string;
}

/** One write, whole or not at all, and only if the server is at `mark`; then its last write is `id`. */
export interface Write {
  readonly mark: Mark;
  readonly id: string;
  /** Market time of the newest write, ms UTC. */
  readonly touchedAtMs: number;
  readonly changes: Changes;
}

/**
 * What is asked of a database server: it keeps four tables of JSON by key, a lease, and the mark. All errors are `StoreError`s
 * and `LostAnswer`s.
 */
export interface Backend {
  /** What it is called in sentences; without an address. */
  readonly place: string;
  /** Takes the lease for `owner` when nobody, or `before`, holds it, and begins a new epoch; `null`: somebody else holds it. */
  acquire(owner: string, before: string | null, leaseMs: number): Promise<Lease | null>;
  /** Makes the lease begin anew; false when it is not `owner`'s any more. */
  renew(owner: string, leaseMs: number): Promise<boolean>;
  /** Gives the lease back, if it is `owner`'s. */
  release(owner: string): Promise<void>;
  /** `null` when it is done; otherwise nothing was done, and this is where the server is. */
  write(write: Write): Promise<Mark | null>;
  /** Everything, page by page. Who holds the lease sees one moment; others may see a write half. */
  load(): Promise<Holding>;
  /** What of the server's settings may lose acknowledged writes: sentences for people. */
  weaknesses(): Promise<readonly string[]>;
  /** Writes something of no meaning beside the store's own data and removes it. */
  tryWriting(): Promise<void>;
  /** Cuts the connection; the next question makes another. */
  close(): Promise<void>;
}
