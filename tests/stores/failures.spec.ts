import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/model/fault.js';
import { StoreError } from '../../src/ports/store.js';
import { decodeLog } from '../../src/stores/journal/lines.js';
import { createFileStore } from '../../src/stores/lowdb.js';
import type { CrashFiles, CrashPlan } from '../support/crash-files.js';
import { createCrashFiles } from '../support/crash-files.js';
import { alertOf, allRows, claimOf, contextOf, MINUTE, open, rowFor, run, START } from './support.js';

const CLAIMS = 12;

const storeOn = (disk: CrashFiles, faults: Fault[] = []) =>
  createFileStore({ folder: 'store', compactionBytesMin: 1_500 }, contextOf(disk.files, faults));

const claimAt = (epoch: number, i: number) => claimOf(epoch, START + i * MINUTE, [alertOf(`S${i}`, START + i * MINUTE)]);

/** Tries again once: a disk that has failed once must be good again by itself. */
const persist = async (work: () => Promise<void>, refused: unknown[]): Promise<void> => {
  try {
    await work();
  } catch (error) {
    refused.push(error);
    await work();
  }
};

/** A life with several generations and a step for each row. */
const work = async (plan: CrashPlan) => {
  const disk = createCrashFiles(plan);
  const faults: Fault[] = [];
  const refused: unknown[] = [];
  const store = storeOn(disk, faults);
  let epoch = 0;
  await persist(() => open(store).then((told) => void (epoch = told.epoch)), refused);
  for (let i = 0; i < CLAIMS; i++) {
    const row = rowFor(alertOf(`S${i}`, START + i * MINUTE));
    await persist(() => run(store.claim(claimAt(epoch, i))), refused);
    await persist(() => run(store.transition({ epoch, from: 'claimed', to: { ...row, state: 'expired' } })), refused);
  }
  const rows = await allRows(store);
  const next = storeOn(disk.afterPowerCut());
  const { positions } = await open(next);
  return { refused, faults, rows, rowsAfter: await allRows(next), positions, steps: disk.steps() };
};

describe('a disk that fails once', () => {
  it.each(['EIO', 'ENOSPC', 'EROFS'])(
    'F63 and F64: at any step, with %s: the write is refused and works when it is tried again',
    async (code) => {
      const expected = await work({});
      expect(expected.rows).toHaveLength(CLAIMS);
      let n = 0;
      for (let isFailing = true; isFailing;) {
        n++;
        const { refused, faults, rows, rowsAfter, positions, steps } = await work({
          random: () => 0.5,
          fail: (step) => (step === n ? code : null),
        });
        isFailing = steps >= n;
        const where = `step ${n}`;
        expect(refused.length, where).toBeLessThanOrEqual(1);
        for (const error of refused) expect(error, where).toBeInstanceOf(StoreError);
        expect({ rows, rowsAfter, positions }, where).toEqual({
          rows: expected.rows,
          rowsAfter: expected.rows,
          positions: expected.positions,
        });
        expect(
          faults.filter(({ kind }) => kind === 'store-damaged'),
          where,
        ).toEqual([]);
      }
      expect(n).toBeGreaterThan(100);
    },
  );
});

/** A store whose disk fails from this step on, until its first refusal; then the power goes. */
const untilRefused = async (failFrom: number, code: string) => {
  const disk = createCrashFiles({ random: () => 0.5, fail: (step) => (step >= failFrom ? code : null) });
  const store = storeOn(disk);
  let refused: unknown = null;
  try {
    const { epoch } = await open(store);
    for (let i = 0; i < CLAIMS; i++) {
      const row = rowFor(alertOf(`S${i}`, START + i * MINUTE));
      await run(store.claim(claimAt(epoch, i)));
      await run(store.transition({ epoch, from: 'claimed', to: { ...row, state: 'expired' } }));
    }
  } catch (error) {
    refused = error;
  }
  const known = store.status().note === 'not open' ? [] : await allRows(store);
  const next = storeOn(disk.afterPowerCut());
  await open(next);
  return { refused, known, onDisk: await allRows(next), status: store.status() };
};

const textsOf = (rows: readonly unknown[]): ReadonlySet<string> => new Set(rows.map((row) => JSON.stringify(row)));

describe('a disk that fails from some step on', () => {
  it.each(['EIO', 'ENOSPC', 'EROFS'])(
    'F64: with %s: what the store shows is never ahead of the disk, and it says why it cannot write',
    async (code) => {
      let n = 0;
      for (let isFailing = true; isFailing;) {
        n++;
        const { refused, known, onDisk, status } = await untilRefused(n, code);
        isFailing = refused !== null;
        const found = textsOf(onDisk);
        expect(
          known.filter((row) => !found.has(JSON.stringify(row))),
          `step ${n}`,
        ).toEqual([]);
        // The one write that was refused may be on the disk all the same, and nothing else.
        const fresh = onDisk.filter((row) => !textsOf(known).has(JSON.stringify(row))).length;
        expect(fresh, `step ${n}`).toBeLessThanOrEqual(1);
        if (refused === null) continue;
        expect(refused, `step ${n}`).toMatchObject({ kind: { EIO: 'unavailable', ENOSPC: 'full', EROFS: 'read-only' }[code] });
        expect(status, `step ${n}`).toMatchObject({ writable: false, note: expect.stringMatching(/not open|writing to store/) });
      }
      expect(n).toBeGreaterThan(80);
    },
  );
});

describe('a disk that is full for a while', () => {
  it('F63: refuses every write, remembers nothing of it, says so, and goes on when there is room', async () => {
    let isFull = false;
    const disk = createCrashFiles({
      random: () => 0.5,
      fail: (_step, what) => (isFull && (what === 'write' || what === 'create') ? 'ENOSPC' : null),
    });
    const store = storeOn(disk);
    const { epoch } = await open(store);
    await run(store.claim(claimAt(epoch, 0)));
    isFull = true;
    for (let i = 1; i < 5; i++) {
      await expect(run(store.claim(claimAt(epoch, i)))).rejects.toMatchObject({
        kind: 'full',
        detail: expect.stringContaining('writing to store: no space left'),
      });
      expect(store.status()).toMatchObject({ writable: false, rows: 1, note: expect.stringContaining('no space left') });
    }
    expect(disk.names().filter((name) => name.endsWith('.tmp'))).toEqual([]);
    isFull = false;
    await run(store.claim(claimAt(epoch, 5)));
    expect(store.status()).toMatchObject({ writable: true, rows: 2, note: null });
    expect((await open(storeOn(disk.afterPowerCut()))).emitted.map(({ symbol }) => symbol)).toEqual(['S0', 'S5']);
  });

  it('puts a compaction off, with a fault, and loses nothing', async () => {
    const COUNT = 40;
    let isFull = false;
    const disk = createCrashFiles({ fail: (_step, what) => (isFull && what === 'create' ? 'ENOSPC' : null) });
    const faults: Fault[] = [];
    const store = storeOn(disk, faults);
    const { epoch } = await open(store);
    isFull = true;
    for (let i = 0; i < COUNT; i++) await run(store.claim(claimAt(epoch, i)));
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['store-failed']));
    // Each failed one costs a whole snapshot, so it is not tried at every write.
    expect(faults.length).toBeLessThan(COUNT / 2);
    isFull = false;
    for (let i = COUNT; i < 2 * COUNT; i++) await run(store.claim(claimAt(epoch, i)));
    expect(disk.names()).toContain('store/state.previous.json');
    expect((await open(storeOn(disk.afterPowerCut()))).emitted).toHaveLength(2 * COUNT);
  });
});

describe('a log that was spoilt by a failed write', () => {
  it('is not trusted: a new generation is made from memory', async () => {
    let isFailing = false;
    const disk = createCrashFiles({ random: () => 0.5, fail: (_step, what) => (isFailing && what === 'fsync' ? 'EIO' : null) });
    const store = createFileStore({ folder: 'store', compactionBytesMin: 1e9 }, contextOf(disk.files));
    const { epoch } = await open(store);
    await run(store.claim(claimAt(epoch, 0)));
    isFailing = true;
    await expect(run(store.claim(claimAt(epoch, 1)))).rejects.toMatchObject({ kind: 'unavailable' });
    isFailing = false;
    // The disk gives back something else than what was acknowledged.
    disk.peek('store/state.log')![200]! ^= 1;
    await run(store.claim(claimAt(epoch, 2)));
    const faults: Fault[] = [];
    const { emitted } = await open(storeOn(disk.afterKill(), faults));
    expect(emitted.map(({ symbol }) => symbol)).toEqual(['S0', 'S2']);
    expect(faults.filter(({ kind }) => kind === 'store-damaged')).toEqual([]);
  });
});

describe('writes asked for at once', () => {
  it('share one fdatasync', async () => {
    let syncs = 0;
    const disk = createCrashFiles({ fail: (_step, what) => ((syncs += what === 'fsync' ? 1 : 0), null) });
    const store = createFileStore({ folder: 'store', compactionBytesMin: 1e9 }, contextOf(disk.files));
    const { epoch } = await open(store);
    syncs = 0;
    await Promise.all(Array.from({ length: 300 }, (_, i) => run(store.claim(claimAt(epoch, i)))));
    expect(syncs).toBe(1);
    // Each line names the first of its group, by which a torn write is told from damage.
    expect(new Set(decodeLog(disk.peek('store/state.log')!).lines.map(({ group }) => group))).toEqual(new Set([1, 2]));
    await run(store.claim(claimAt(epoch, 300)));
    expect(syncs).toBe(2);
  });

  it('fall together when the group cannot be written, but not for one that is malformed', async () => {
    let isFailing = false;
    const disk = createCrashFiles({ fail: (_step, what) => (isFailing && what === 'write' ? 'EIO' : null) });
    const store = storeOn(disk);
    const { epoch } = await open(store);
    const bad = { ...alertOf('BAD', START), coverage: 1n as unknown as number };
    const ends = await Promise.allSettled([
      run(store.claim(claimAt(epoch, 0))),
      run(store.claim(claimOf(epoch, START, [bad]))),
      run(store.claim(claimAt(epoch, 1))),
    ]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    isFailing = true;
    const both = await Promise.allSettled([run(store.claim(claimAt(epoch, 2))), run(store.claim(claimAt(epoch, 3)))]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await allRows(store)).toHaveLength(2);
  });
});
