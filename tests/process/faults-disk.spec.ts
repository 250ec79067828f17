import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Recordings } from '../../src/simulator/recordings.js';
import { readPackaged } from '../support/loopback.js';
import { until } from '../support/program.js';
import { buildCrashing } from './crash-points.js';
import { judgeRun } from './kill-verdict.js';
import type { KillWorld } from './kill-world.js';
import { createKillWorld, SYMBOLS } from './kill-world.js';

/*
 * A disk that fails while alerts are on their way, seen from outside: what comes to Discord, what the process says, what its health
 * endpoint answers, and what is in the journal at the end.
 */

/** Alerts fire about twice in a second here. */
const TROUBLE_MS = 1_500;

let recordings: Recordings;
let crashing: Awaited<ReturnType<typeof buildCrashing>>;
beforeAll(async () => {
  recordings = await readPackaged(SYMBOLS);
  crashing = await buildCrashing();
});
afterAll(() => {
  crashing.remove();
});

interface Trouble {
  readonly begin: (world: KillWorld, troubleFile: string) => void;
  readonly end: (world: KillWorld, troubleFile: string) => void;
  readonly says: RegExp;
}

/** Nothing is sent while it lasts, which is said and shown, and afterwards everything is, once. */
const endure = async ({ begin, end, says }: Trouble): Promise<void> => {
  const world = await createKillWorld({ recordings, seed: 7, speed: 60, latencyMs: [20, 60], deadline: '2s', health: true });
  try {
    const troubleFile = join(world.store, '..', 'trouble');
    const program = world.start({ main: crashing.main, env: { DISK_TROUBLE: troubleFile } });
    const { url } = await program.said('health-listening');
    const asked = async (): Promise<{ readonly status: number; readonly text: string }> => {
      const response = await fetch(`${String(url)}/healthz`);
      return { status: response.status, text: await response.text() };
    };
    await until('an alert is delivered', () => world.look('at first').rows.some(({ state }) => state === 'delivered'));
    expect((await asked()).status).toBe(200);
    begin(world, troubleFile);
    // It really happened: the store has met it, and says so.
    expect((await program.said('store-failed')).msg).toMatch(says);
    const before = world.loopback.posts().length;
    const bars = world.loopback.clock.now();
    await wait(TROUBLE_MS);
    expect(world.loopback.posts().length).toBe(before);
    expect(world.loopback.clock.now() - bars).toBeGreaterThan(60_000);
    const red = await asked();
    expect(red.status).toBe(503);
    expect(red.text).toMatch(says);
    end(world, troubleFile);
    await until('alerts are sent again', () => world.loopback.posts().length > before + 1);
    await until('it is well again', async () => (await asked()).status === 200);
    program.kill('SIGTERM');
    expect((await program.ended).code).toBe(0);
    const { broken, sets } = judgeRun({ ...(await world.finish()), kills: [] });
    expect({ broken, sets }).toEqual({ broken: [], sets: { lost: [], duplicated: [], unexpected: [], recovered: [] } });
  } finally {
    await world.close();
  }
};

const failing = (code: string, says: RegExp): Trouble => ({
  begin: (_, troubleFile) => writeFileSync(troubleFile, code),
  end: (_, troubleFile) => rmSync(troubleFile),
  says,
});

describe('a disk in trouble while alerts are on their way', { timeout: 90_000 }, () => {
  it.concurrent('F63: full: nothing is sent, it is said and shown, and when there is room everything is sent once', () =>
    endure(failing('ENOSPC', /no space left \(ENOSPC\)/)),
  );

  it.concurrent('F64: read-only: nothing is sent until it can be written to again', () =>
    endure(failing('EROFS', /not allowed \(EROFS\)/)),
  );

  it.concurrent('F64: not to be synced: what was written is not believed, and written again', () =>
    endure(failing('EIO fsync', /EIO: made by a test/)),
  );

  it.concurrent('F71: with the log taken away: nothing is claimed until it is back', () =>
    endure({
      begin: ({ store }) => renameSync(join(store, 'state.log'), join(store, 'taken')),
      end: ({ store }) => renameSync(join(store, 'taken'), join(store, 'state.log')),
      says: /state\.log is gone while the store was in use/,
    }),
  );
});
