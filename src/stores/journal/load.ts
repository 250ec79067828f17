import { join } from 'node:path';
import type { Files } from '../../ports/files.js';
import { StoreError } from '../../ports/store.js';
import type { State } from '../state/state.js';
import { emptyState } from '../state/state.js';
import { answer, during } from './failure.js';
import type { Log } from './lines.js';
import { decodeLog, LOG_VERSION } from './lines.js';
import { LOG, PREVIOUS_LOG, PREVIOUS_SNAPSHOT, SNAPSHOT, temporaryLogGeneration } from './names.js';
import { replay } from './replay.js';
import type { DecodedSnapshot, Snapshot } from './snapshot.js';
import { decodeSnapshot, SNAPSHOT_VERSION } from './snapshot.js';

export interface FoundLog extends Log {
  readonly name: string;
  readonly all: Buffer;
}

type FoundSnapshot = DecodedSnapshot & { readonly name: string };

/** What a folder holds, and what had to be done to read it. */
export interface Loaded {
  readonly state: State;
  readonly sequence: number;
  /** The highest generation seen anywhere. */
  readonly generation: number;
  /** `state.json` is not what the state was read from: it must go before a new one is made. */
  readonly isSnapshotAstray: boolean;
  /** Bytes that could not be used, by the name of their file. */
  readonly unread: readonly { readonly name: string; readonly bytes: Buffer }[];
  /** What was wrong but cost nothing, in full sentences. */
  readonly recovered: readonly string[];
  /** What acknowledged writes may be missing, and what that means; `null`: none. */
  readonly lost: string | null;
}

const newer = (path: string, version: number, known: number): StoreError =>
  new StoreError(
    'newer',
    `${path} has version ${version}, this program knows ${known}; start the newer program, the file is untouched`,
  );

const readAll = async (files: Files, folder: string, names: readonly string[]) => {
  const found: { readonly name: string; readonly bytes: Buffer }[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const bytes = await during(`reading ${path}`, () => answer(files.read(path)));
    if (bytes !== null) found.push({ name, bytes });
  }
  return found;
};

const findSnapshots = async (files: Files, folder: string) =>
  (await readAll(files, folder, [SNAPSHOT, PREVIOUS_SNAPSHOT])).map(({ name, bytes }) => {
    const decoded = decodeSnapshot(bytes);
    if (decoded.kind === 'newer') throw newer(join(folder, name), decoded.version, SNAPSHOT_VERSION);
    return { ...decoded, name };
  });

/** In the order in which they were written. */
const findLogs = async (files: Files, folder: string): Promise<readonly FoundLog[]> =>
  (await readAll(files, folder, [PREVIOUS_LOG, LOG])).map(({ name, bytes }) => {
    const log = decodeLog(bytes);
    if (log.heading !== null && log.heading.version > LOG_VERSION)
      throw newer(join(folder, name), log.heading.version, LOG_VERSION);
    return { ...log, name, all: bytes };
  });

/** The snapshot that reaches furthest; before the first there was the empty state, if a log still begins there. */
const bestOf = (
  snapshots: readonly FoundSnapshot[],
  logs: readonly FoundLog[],
): (Snapshot & { readonly name: string | null }) | null => {
  const good = snapshots.filter((one) => one.kind === 'good');
  const [best] = good.sort((a, b) => b.sequence - a.sequence || b.generation - a.generation);
  if (best !== undefined) return best;
  const isComplete =
    (snapshots.length === 0 && logs.length === 0) || logs.some(({ heading, base }) => heading !== null && base === 0);
  return isComplete ? { name: null, generation: 0, sequence: 0, state: emptyState() } : null;
};

const refuse = (folder: string, snapshots: readonly FoundSnapshot[]): StoreError => {
  const why = snapshots.map((one) => `${one.name}: ${one.kind === 'bad' ? one.why : one.kind}`).join(', ');
  return new StoreError(
    'corrupt',
    `no readable snapshot in ${folder} (${why || `${SNAPSHOT} and ${PREVIOUS_SNAPSHOT} are missing`}); ` +
      `restore one from a backup, or move the folder away to begin with an empty memory`,
  );
};

/** Why the log that belongs to the snapshot may have been lost, or `null` when an interrupted change of generation explains all. */
const missingLog = (best: Snapshot, current: FoundLog | undefined, names: readonly string[]): string | null => {
  const isOlder = current === undefined || (current.heading !== null && current.heading.generation < best.generation);
  if (best.generation === 0 || !isOlder) return null;
  // The new log waits under its temporary name until the new snapshot is durable, so it is there, or the change was completed.
  if (names.some((name) => temporaryLogGeneration(name) === best.generation)) return null;
  return current === undefined ? `${LOG} is missing` : `${LOG} is older than its snapshot`;
};

/**
 * Reads a store's folder: the best snapshot, then every operation after it from both logs. Nothing is written.
 * Errors with `newer`, with `corrupt` when there is no readable beginning, and with what the files say.
 */
export const load = async (files: Files, folder: string): Promise<Loaded> => {
  const names = await during(`reading ${folder}`, () => answer(files.list(folder)));
  const snapshots = await findSnapshots(files, folder);
  const logs = await findLogs(files, folder);
  const best = bestOf(snapshots, logs);
  if (best === null) throw refuse(folder, snapshots);

  const current = logs.find(({ name }) => name === LOG);
  const { sequence, gap } = replay(best, logs);
  const lost = gap ?? missingLog(best, current, names);
  const bad = snapshots.filter((one) => one.kind === 'bad');
  const generations = [best.generation, ...logs.map(({ heading }) => heading?.generation ?? 0)];
  for (const one of snapshots) if (one.kind === 'good') generations.push(one.generation);

  return {
    state: best.state,
    sequence,
    generation: Math.max(...generations),
    isSnapshotAstray: best.name !== SNAPSHOT && snapshots.some(({ name }) => name === SNAPSHOT),
    unread: logs
      .filter(({ ending, name }) => ending !== 'clean' && (name === LOG || lost !== null))
      .map(({ name, all, bytes }) => ({ name, bytes: all.subarray(bytes) })),
    recovered: [
      ...bad.map(({ name, why }) => `${name} is unreadable (${why}); ${best.name ?? 'the log from its beginning'} was used`),
      ...(best.name !== SNAPSHOT && best.name !== null && bad.every(({ name }) => name !== SNAPSHOT)
        ? [`${SNAPSHOT} is missing or older than ${PREVIOUS_SNAPSHOT}, which was used`]
        : []),
      ...(current?.ending === 'torn'
        ? [`${LOG} ended with a write that had not been finished, ${current.all.length - current.bytes} bytes`]
        : []),
      ...logs.filter(({ repeated }) => repeated > 0).map(({ name, repeated }) => `${name} holds ${repeated} lines twice`),
    ],
    lost,
  };
};
