import type { Observable } from 'rxjs';

/**
 * The few file operations a store needs, each one step that can fail or be the last before a crash. Cold; `Observable<never>`
 * completes when the step is done. Errors are Node's own, with `code`. No operation follows a symbolic link at the end of a path:
 * it fails with ELOOP instead.
 */
export interface Files {
  /** Whole file, or `null` when there is none. */
  read(path: string): Observable<Buffer | null>;
  /** Names in a folder, or none when there is no folder. */
  list(path: string): Observable<readonly string[]>;
  /** Makes a folder and its parents, durably. No error when it is there. */
  makeFolder(path: string): Observable<never>;
  /** Makes a new file with this content and fsyncs it (not its folder). EEXIST when the name is taken; on other errors a part of it may remain. */
  create(path: string, data: string | Buffer): Observable<never>;
  /** Opens an existing file for appending. */
  append(path: string): Observable<AppendFile>;
  rename(from: string, to: string): Observable<never>;
  /** No error when it is not there. */
  remove(path: string): Observable<never>;
  /** Makes creations, renames and removals in a folder durable. */
  syncFolder(path: string): Observable<never>;
  /** Of the name itself, not of what a link leads to; `null` when there is none. */
  stat(path: string): Observable<FileStat | null>;
  readonly processes: Processes;
}

export interface FileStat {
  readonly bytes: number;
  /** Equal as long as the name leads to the same file. */
  readonly identity: string;
}

export interface AppendFile {
  readonly identity: string;
  /** Writes at the end of the file and fdatasyncs: done means durable. After an error any part of it may be there. */
  append(data: string): Observable<never>;
  /** Writes at the end of the file and leaves it to the machine when to sync: done means that it outlives this process alone. */
  write(data: string): Observable<never>;
  /** Cuts the file to so many bytes and fsyncs it. */
  truncate(bytes: number): Observable<never>;
  close(): Observable<never>;
}

/** One life of one process, told apart from a later process that was given the same pid. What a machine cannot say is `null`. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  readonly bootId: string | null;
  /** In the machine's own unit; only ever compared. */
  readonly startedAt: string | null;
}

export interface Processes {
  readonly self: ProcessIdentity;
  /** False only when it certainly runs no more. */
  isRunning(process: ProcessIdentity): boolean;
}
