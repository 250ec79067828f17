import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/model/fault.js';
import type { Store } from '../../src/ports/store.js';
import { createFileStore } from '../../src/stores/lowdb.js';
import type { CrashFiles, CrashPlan } from '../support/crash-files.js';
import { createCrashFiles } from '../support/crash-files.js';
import { randomOf } from './power.js';
import { alertOf, allRows, claimOf, contextOf, MINUTE, open, rowFor, run, START } from './support.js';

const storeOn = (disk: CrashFiles, faults: Fault[] = [], nowMs?: () => number, compactionBytesMin = 1_500) =>
  createFileStore({ folder: 'store', compactionBytesMin }, contextOf(disk.files, faults, nowMs));

describe('a store of an earlier release', () => {
  /** What the first release wrote: an alert as it had them then, a row on its way, a position, a small value. */
  const earlier = async (): Promise<CrashFiles> => {
    const disk = createCrashFiles();
    const store = storeOn(disk);
    const { epoch } = await open(store);
    await run(store.claim(claimOf(epoch, START, [alertOf('A', START)])));
    await run(store.put(epoch, 'run', 'starts', [1, 2, 3]));
    await run(store.close());
    for (const newer of ['episode', 'strength', 'grade', 'sections', 'scene'])
      expect(disk.peek('store/state.log')?.toString()).not.toContain(`"${newer}"`);
    return disk.afterKill();
  };

  it('F67: is read, goes into a generation of its own, and the old one is kept as it was', async () => {
    const disk = await earlier();
    const old = disk.peek('store/state.json');
    const faults: Fault[] = [];
    const store = storeOn(disk, faults);
    const { epoch, emitted, pending, positions } = await open(store);
    expect({ emitted: emitted.map(({ symbol }) => symbol), pending: pending.length, positions: positions.length }).toEqual({
      emitted: ['A'],
      pending: 1,
      positions: 1,
    });
    expect(disk.peek('store/state.previous.json')).toEqual(old);
    expect(disk.peek('store/state.json')).not.toEqual(old);
    const row = rowFor(alertOf('A', START));
    await run(store.transition({ epoch, from: 'claimed', to: { ...row, state: 'sending' } }));
    expect(faults).toEqual([]);
  });

  it('F67: is read whole after a kill, or a loss of power, at any step of that', async () => {
    let crashes = 0;
    for (const isPowerCut of [false, true]) {
      for (let crashAt = 1, isCrashing = true; isCrashing; crashAt++) {
        const found = await earlier();
        const plan: CrashPlan = { crashAt, random: () => 0.5 };
        const disk = isPowerCut ? found.afterPowerCut(plan) : found.afterKill(plan);
        await Promise.race([open(storeOn(disk)), disk.whenCrashed]);
        isCrashing = disk.hasCrashed();
        if (isCrashing) crashes++;
        const next = isPowerCut ? disk.afterPowerCut() : disk.afterKill();
        const faults: Fault[] = [];
        const { emitted, pending } = await open(storeOn(next, faults));
        expect({ emitted: emitted.length, pending: pending.length }, `step ${crashAt}`).toEqual({ emitted: 1, pending: 1 });
        expect(faults.filter(({ kind }) => kind === 'store-damaged')).toEqual([]);
      }
    }
    expect(crashes).toBeGreaterThan(20);
  });
});

describe('a process that is killed inside a write', () => {
  const CLAIMS = 12;
  const claimAt = (epoch: number, i: number) => claimOf(epoch, START + i * MINUTE, [alertOf(`S${i}`, START + i * MINUTE)]);

  it('F68: leaves the old state or the new one at every single step, and nothing half-made after the next start', async () => {
    let crashes = 0;
    let leftovers = 0;
    let torn = 0;
    for (let crashAt = 1, isCrashing = true; isCrashing; crashAt++) {
      const disk = createCrashFiles({ crashAt, random: randomOf(crashAt * 7_919) });
      let acknowledged = 0;
      const work = async (): Promise<void> => {
        const store = storeOn(disk);
        const { epoch } = await open(store);
        for (let i = 0; i < CLAIMS; i++) {
          await run(store.claim(claimAt(epoch, i)));
          acknowledged++;
        }
      };
      await Promise.race([work(), disk.whenCrashed]);
      isCrashing = disk.hasCrashed();
      if (isCrashing) crashes++;
      const next = disk.afterKill();
      leftovers += next.names().filter((name) => name.endsWith('.tmp')).length;
      const faults: Fault[] = [];
      const store = storeOn(next, faults);
      const rows = await open(store).then(() => allRows(store));
      expect([acknowledged, acknowledged + 1], `step ${crashAt}`).toContain(rows.length);
      expect(next.names().filter((name) => name.endsWith('.tmp'))).toEqual([]);
      expect(faults.filter(({ kind }) => kind === 'store-damaged')).toEqual([]);
      torn += faults.filter(({ detail }) => detail.includes('had not been finished')).length;
    }
    // It really happened: files were left half-made, and lines were left torn.
    expect(crashes).toBeGreaterThan(40);
    expect(leftovers).toBeGreaterThan(5);
    expect(torn).toBeGreaterThan(0);
  });
});

describe('a store that is used for four weeks', () => {
  const HOUR_MS = 3_600_000;
  const WEEKS = 4;
  /** In an hour: told and withheld. */
  const TOLD = 8;
  const WITHHELD = 16;
  const KEEP_MS = 7 * 24 * HOUR_MS;
  const KEEP_SUPPRESSED_MS = 24 * HOUR_MS;
  const opened = async (store: Store): Promise<Store> => {
    await open(store);
    return store;
  };

  const hourOf = async (store: Store, epoch: number, nowMs: number): Promise<void> => {
    const told = Array.from({ length: TOLD }, (_, i) => alertOf(`S${i}`, nowMs));
    const withheld = Array.from({ length: WITHHELD }, (_, i) => alertOf(`W${i}`, nowMs, 'cooldown'));
    await run(store.claim(claimOf(epoch, nowMs, [...told, ...withheld])));
    for (const [from, state] of [
      ['claimed', 'sending'],
      ['sending', 'delivered'],
    ] as const)
      await Promise.all(
        told.map((alert) => run(store.transition({ epoch, from, to: { ...rowFor(alert), state, updatedAtMs: nowMs } }))),
      );
    await run(store.collect(epoch, nowMs - KEEP_MS, nowMs - KEEP_SUPPRESSED_MS));
  };

  it('F72: is as large after the last week as after the second', async () => {
    let disk = createCrashFiles();
    let nowMs = START;
    const weeks: { readonly rows: number; readonly bytes: number; readonly most: number }[] = [];
    for (let week = 0; week < WEEKS; week++) {
      const store = storeOn(disk, [], () => nowMs, 65_536);
      const { epoch } = await open(store);
      let most = 0;
      for (let hour = 0; hour < 7 * 24; hour++) {
        nowMs += HOUR_MS;
        await hourOf(store, epoch, nowMs);
        most = Math.max(
          most,
          disk.names().reduce((sum, name) => sum + (disk.peek(name)?.length ?? 0), 0),
        );
      }
      const { rows } = store.status();
      await run(store.close());
      // The next start makes a snapshot of all that is kept.
      disk = disk.afterKill();
      await run((await opened(storeOn(disk, [], () => nowMs))).close());
      weeks.push({ rows, bytes: disk.peek('store/state.json')?.length ?? 0, most });
      disk = disk.afterKill();
    }
    const [, second, ...later] = weeks;
    // It really would have grown: twice as much is claimed in a week as is kept.
    expect(7 * 24 * (TOLD + WITHHELD)).toBeGreaterThan(2 * second!.rows);
    for (const { rows, bytes, most } of later) {
      expect(Math.abs(rows / second!.rows - 1)).toBeLessThan(0.1);
      expect(Math.abs(bytes / second!.bytes - 1)).toBeLessThan(0.1);
      // Two generations, each a snapshot and a log of at most four times its size.
      expect(most).toBeLessThan(2 * (1 + 4.2) * bytes);
    }
  }, 60_000);
});
