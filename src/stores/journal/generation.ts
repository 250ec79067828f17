import { join } from 'node:path';
import type { AppendFile, Files } from '../../ports/files.js';
import type { State } from '../state/state.js';
import { answer, done } from './failure.js';
import { encodeLine, LOG_VERSION } from './lines.js';
import { LOG, PREVIOUS_LOG, PREVIOUS_SNAPSHOT, SNAPSHOT, temporaryName } from './names.js';
import { encodeSnapshot } from './snapshot.js';

export interface Generation {
  readonly generation: number;
  /** The empty log that follows the snapshot, open for appending. */
  readonly log: AppendFile;
  readonly snapshotBytes: number;
  readonly logBytes: number;
}

export interface GenerationOptions {
  readonly files: Files;
  readonly folder: string;
  readonly generation: number;
  readonly sequence: number;
  readonly state: State;
  /** Called just before the first file that counts is touched: an error before it left everything as it was. */
  readonly onTouch: () => void;
}

/**
 * Starts a new generation: a snapshot of the whole state and an empty log, the former two kept as the previous generation.
 * After every single step the folder holds a readable store with all that was acknowledged:
 *
 * 1. both new files under temporary names, fsynced, and their names made durable;
 * 2. `state.json` → `state.previous.json`, the new snapshot → `state.json`, made durable: from here on the old log is needless,
 *    and before it the old snapshot is still there under one of its names;
 * 3. `state.log` → `state.previous.log`, the new log → `state.log`, made durable before anything is appended.
 */
export const startGeneration = async (options: GenerationOptions): Promise<Generation> => {
  const { files, folder, generation, sequence, state, onTouch } = options;
  const at = (name: string): string => join(folder, name);
  const temporary = (name: string): string => at(temporaryName(name, generation, files.processes.self.pid));
  const moveIfAny = async (name: string, to: string): Promise<void> => {
    if ((await answer(files.stat(at(name)))) !== null) await done(files.rename(at(name), at(to)));
  };
  const make = async (name: string, data: string): Promise<void> => {
    await done(files.remove(temporary(name)));
    await done(files.create(temporary(name), data));
  };

  const snapshot = encodeSnapshot({ generation, sequence, state });
  const heading = encodeLine({ seq: sequence, group: sequence, op: { kind: 'log', version: LOG_VERSION, generation } });
  try {
    await make(SNAPSHOT, snapshot);
    await make(LOG, heading);
    await done(files.syncFolder(folder));
  } catch (error) {
    // On a full disk the half-made file is in everyone's way. If it cannot go now it goes at the next start.
    for (const name of [SNAPSHOT, LOG]) await done(files.remove(temporary(name))).catch(() => undefined);
    throw error;
  }
  onTouch();
  await moveIfAny(SNAPSHOT, PREVIOUS_SNAPSHOT);
  await done(files.rename(temporary(SNAPSHOT), at(SNAPSHOT)));
  await done(files.syncFolder(folder));
  await moveIfAny(LOG, PREVIOUS_LOG);
  await done(files.rename(temporary(LOG), at(LOG)));
  await done(files.syncFolder(folder));
  const log = await answer(files.append(at(LOG)));
  return { generation, log, snapshotBytes: Buffer.byteLength(snapshot), logBytes: Buffer.byteLength(heading) };
};
