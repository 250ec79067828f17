import type { SchedulerLike } from 'rxjs';
import { lastValueFrom, timer } from 'rxjs';
import type { Files } from '../../ports/files.js';
import { StoreError } from '../../ports/store.js';
import type { State } from '../state/state.js';
import { load } from './load.js';

const TRIES_MAX = 5;
const PAUSE_MS = 50;

/**
 * What a store's folder says while another process may be writing to it. Nothing is written and no lock is taken. A new generation
 * that is begun between two reads makes the folder look damaged for a moment, so damage is believed only when it lasts; then what is
 * readable is given all the same, unless there is nothing.
 */
export const readState = async (files: Files, folder: string, wireTime: SchedulerLike): Promise<State> => {
  for (let tries = 1; ; tries++) {
    try {
      const { state, lost } = await load(files, folder);
      if (lost === null || tries === TRIES_MAX) return state;
    } catch (error) {
      if (tries === TRIES_MAX || (error instanceof StoreError && error.kind === 'newer')) throw error;
    }
    await lastValueFrom(timer(PAUSE_MS, wireTime), { defaultValue: 0 });
  }
};
