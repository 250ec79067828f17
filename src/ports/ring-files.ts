import type { Observable } from 'rxjs';

/*
 * Files of a ring: written from front to back, never changed, removed as a whole when they are old. What is lost of them in a
 * crash is no loss of the product, so nothing here is synced; that is what tells this port from `Files`.
 */

export interface RingFileName {
  readonly name: string;
  readonly bytes: number;
}

/** Cold; `Observable<never>` completes when the step is done. Errors are Node's own, with `code`. No link is followed. */
export interface RingFiles {
  /** What is in a folder, in no particular order; nothing when there is no folder. */
  list(folder: string): Observable<readonly RingFileName[]>;
  /** Puts the bytes at the end of the file in one go; makes the file, and its folder, when they are missing. */
  append(path: string, data: Uint8Array): Observable<never>;
  /** The whole file as it is now, or `null` when there is none. */
  read(path: string): Observable<Uint8Array | null>;
  /** No error when it is not there. */
  remove(path: string): Observable<never>;
}
