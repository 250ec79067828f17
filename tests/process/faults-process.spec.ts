import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Recordings } from '../../src/simulator/recordings.js';
import { readPackaged } from '../support/loopback.js';
import type { Program } from '../support/program.js';
import { until } from '../support/program.js';
import { buildCrashing } from './crash-points.js';
import { judgeRun } from './kill-verdict.js';
import type { KillWorld, KillWorldOptions } from './kill-world.js';
import { createKillWorld, SYMBOLS } from './kill-world.js';

/*
 * What a machine does to the process itself: no memory, no file descriptors, a thread that is held, nobody who reads what it says.
 * After each of them the journal is judged as after kills.
 */

let recordings: Recordings;
let crashing: Awaited<ReturnType<typeof buildCrashing>>;
beforeAll(async () => {
  recordings = await readPackaged(SYMBOLS);
  crashing = await buildCrashing();
});
afterAll(() => {
  crashing.remove();
});

const inWorld = async (options: Partial<KillWorldOptions>, act: (world: KillWorld) => Promise<void>): Promise<void> => {
  const world = await createKillWorld({ recordings, seed: 11, speed: 60, latencyMs: [20, 60], deadline: '5s', ...options });
  try {
    await act(world);
  } finally {
    await world.close();
  }
};

const delivered = (world: KillWorld): number =>
  world.look('while it runs').rows.filter(({ state }) => state === 'delivered').length;

const stop = async (program: Program): Promise<void> => {
  program.kill('SIGTERM');
  expect((await program.ended).code).toBe(0);
};

/** Nothing lost, nothing repeated without a reason, and so on: judged as after kills. */
const expectWhole = async (world: KillWorld) => {
  const { broken, sets } = judgeRun({ ...(await world.finish()), kills: [] });
  expect({ broken, lost: sets.lost, unexpected: sets.unexpected }).toEqual({ broken: [], lost: [], unexpected: [] });
  return sets;
};

const openFiles = ({ pid }: Program): number => readdirSync(`/proc/${pid}/fd`).length;

const hasLimits = spawnSync('prlimit', ['--version']).status === 0 && readdirSync('/proc/self/fd').length > 0;
if (!hasLimits) console.log('F79: there is no prlimit here to take file descriptors away with: left out');

describe('a process', { timeout: 90_000 }, () => {
  it.concurrent('F75: that runs out of memory dies, and the next one loses nothing and marks what it repeats', () =>
    inWorld({}, async (world) => {
      const env = { CRASH_AT: 'HEAP:2', NODE_OPTIONS: '--max-old-space-size=64' };
      const program = world.start({ main: crashing.main, env });
      const { code, signal } = await program.ended;
      expect(program.complaints()).toMatch(/heap out of memory/);
      expect(signal === 'SIGABRT' || code === 134).toBe(true);
      const inFlight = world.look('after it').rows.filter(({ state }) => state === 'sending');
      expect(inFlight.length).toBeGreaterThan(0);
      const { recovered } = await expectWhole(world);
      // On a busy machine an answer may have come too late for others besides.
      const interrupted = world.journal.deliveries().filter(({ interruptions }) => interruptions > 0);
      expect(interrupted.map(({ row }) => row.alertId).sort()).toEqual(inFlight.map(({ alertId }) => alertId).sort());
      expect(recovered).toEqual(expect.arrayContaining(inFlight.map(({ alertId }) => alertId)));
    }),
  );

  it.runIf(hasLimits).concurrent(
    'F79: without a file descriptor to spare says so, sends nothing, and goes on when there are some',
    () =>
      inWorld({}, async (world) => {
        const program = world.start();
        await until('an alert is delivered', () => delivered(world) > 0);
        const few = openFiles(program);
        world.loopback.discord.script.always({ kind: 'reset' });
        await program.said('delivery-unknown');
        const limit = (count: string): number | null =>
          spawnSync('prlimit', ['--pid', String(program.pid), `--nofile=${count}:4096`]).status;
        expect(limit('3')).toBe(0);
        const left = openFiles(program);
        const refused = await program.said('delivery-refused');
        expect(refused.msg).toMatch(/EMFILE/);
        const before = world.loopback.posts().length;
        await wait(1_000);
        // No connection can be made; one that was busy with something else may be free again, and ends with its reset.
        expect(world.loopback.posts().length).toBeLessThanOrEqual(before + 1);
        expect(openFiles(program)).toBeLessThanOrEqual(left);
        world.loopback.discord.script.always(null);
        expect(limit('4096')).toBe(0);
        const told = delivered(world);
        await until('alerts are delivered again', () => delivered(world) > told + 10, 30_000);
        // Pools are bounded: nothing of all that has left a descriptor behind.
        expect(openFiles(program)).toBeLessThanOrEqual(few + 2);
        await stop(program);
        await expectWhole(world);
      }),
  );

  it.concurrent('F80: whose thread is held for two seconds, and which is asked without end, loses no link and no alert', () =>
    inWorld({ health: true }, async (world) => {
      const program = world.start({ main: crashing.main, env: { CRASH_AT: 'BLOCK:2' } });
      const { url } = await program.said('health-listening');
      const ask = async (): Promise<number> => {
        const askedAtMs = performance.now();
        await (await fetch(`${String(url)}/healthz`)).text();
        return performance.now() - askedAtMs;
      };
      const tookMs: number[] = [];
      const askOn = async (): Promise<void> => {
        while (delivered(world) < 6 || tookMs.length <= 50)
          tookMs.push(...(await Promise.all([ask(), ask(), ask(), ask(), ask()])));
      };
      await askOn();
      // It really was held: somebody who asked meanwhile waited for it.
      expect(Math.max(...tookMs)).toBeGreaterThan(1_500);
      expect(tookMs.length).toBeGreaterThan(50);
      const events = program.events();
      for (const event of ['feed-lost', 'feed-silent', 'delivery-unknown', 'bars-lost']) expect(events).not.toContain(event);
      await stop(program);
      const { duplicated } = await expectWhole(world);
      expect(duplicated).toEqual([]);
    }),
  );

  it.concurrent('F81: whose output nobody reads any more goes on, and ends as it should', () =>
    inWorld({}, async (world) => {
      const program = world.start();
      await program.said('monitor-started');
      program.turnAway();
      const spoken = program.log().length;
      await until('alerts are delivered to a closed pipe', () => delivered(world) > 5);
      expect(program.log().length).toBe(spoken);
      await stop(program);
      const { duplicated } = await expectWhole(world);
      expect(duplicated).toEqual([]);
    }),
  );

  it.concurrent('F81: whose log is on a full disk goes on, and ends as it should', () =>
    inWorld({}, async (world) => {
      const full = openSync('/dev/full', 'w');
      const program = world.start(undefined, full);
      closeSync(full);
      await until('alerts are delivered with a full log', () => delivered(world) > 5);
      expect(program.log()).toEqual([]);
      await stop(program);
      const { duplicated } = await expectWhole(world);
      expect(duplicated).toEqual([]);
    }),
  );
});
