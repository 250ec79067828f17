import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Delivery } from '../../src/model/delivery.js';
import type { Recordings } from '../../src/simulator/recordings.js';
import type { Program } from '../support/program.js';
import { createPrograms, until } from '../support/program.js';
import type { Post, Loopback, LoopbackOptions } from '../support/loopback.js';
import { serveLoopback } from '../support/loopback.js';
import { createJournal } from './journal.js';
import type { MonitorSettings } from './settings.js';
import { writeSettings } from './settings.js';

/** What a process test has at hand: simulated services, one store, and monitors that use both. */
export interface Scene {
  readonly loopback: Loopback;
  readonly store: string;
  /** Starts a monitor; what is given replaces the scene's own settings. */
  readonly start: (settings?: Partial<MonitorSettings>) => Program;
  /** All rows on the disk; throws when they cannot be read. */
  readonly rows: () => readonly Delivery[];
  /** The first row on the disk of which this is true. */
  readonly row: (what: string, wanted: (row: Delivery) => boolean) => Promise<Delivery>;
  /** The post that comes after the first `count`. */
  readonly posted: (count?: number) => Promise<Post>;
}

/** Symbols of the scene; among them something fires nearly every minute. */
export const SYMBOLS = ['AERGOUSDT', 'B2USDT', 'BTCUSDT', 'DOLOUSDT'] as const;
const SPEED = 60;
const START_MS = Date.UTC(2025, 5, 19, 8);

/** Sets the scene, plays it and clears it away, whatever happens. */
export const play = async (
  recordings: Recordings,
  options: Partial<LoopbackOptions>,
  act: (scene: Scene) => Promise<void>,
): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'process-'));
  const store = join(folder, 'store');
  const loopback = await serveLoopback(recordings, { speed: SPEED, startMs: START_MS, ...options });
  const programs = createPrograms();
  let count = 0;
  const rows = (): readonly Delivery[] => {
    const { rows: found, problems } = createJournal(store).read();
    if (problems.length > 0) throw new Error(problems.join('; '));
    return found;
  };
  try {
    await act({
      loopback,
      store,
      start: (settings = {}) => {
        const path = join(folder, `monitor-${++count}.yaml`);
        return programs.start([
          'run',
          '--config',
          writeSettings(path, { loopback, speed: SPEED, store, symbols: SYMBOLS, ...settings }),
        ]);
      },
      rows,
      row: (what, wanted) => until(`a row that is ${what}`, () => rows().find(wanted)),
      posted: (before = 0) => until('a message', () => loopback.posts()[before]),
    });
  } finally {
    await programs.endAll();
    await loopback.close();
    rmSync(folder, { recursive: true, force: true });
  }
};
