import { beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/model/fault.js';
import { SNAPSHOT_VERSION } from '../../src/stores/journal/snapshot.js';
import { encodeLine, LOG_VERSION } from '../../src/stores/journal/lines.js';
import { createFileStore } from '../../src/stores/lowdb.js';
import type { CrashFiles } from '../support/crash-files.js';
import { createCrashFiles } from '../support/crash-files.js';
import { alertOf, claimOf, contextOf, MINUTE, open, run, START } from './support.js';
import { textOf } from '../support/journal-lines.js';

// Every case of reliability.md §6: what a store makes of files that are not as it left them.

const CLAIMS = 14;
const FIRST_IN_LOG = 10;
const SYMBOLS = Array.from({ length: CLAIMS }, (_, i) => `S${i}`);

let disk: CrashFiles;
let faults: Fault[];
/** `state.json` of the first generation. */
let oldest: Buffer;
let oldestLog: Buffer;

const SNAPSHOT = 'store/state.json';
const PREVIOUS = 'store/state.previous.json';
const LOG = 'store/state.log';
const PREVIOUS_LOG = 'store/state.previous.log';

const storeOn = (on: CrashFiles, compactionBytesMin = 1e6, nowMs?: () => number) =>
  createFileStore({ folder: 'store', compactionBytesMin }, contextOf(on.files, faults, nowMs));

/** Opens what is on the disk, after the process that wrote it has been killed. */
const reopen = async () => {
  disk = disk.afterKill();
  const store = storeOn(disk);
  return { store, told: await open(store) };
};

const kinds = () => faults.map(({ kind }) => kind);
const symbolsOf = ({ emitted }: Awaited<ReturnType<typeof open>>) => emitted.map(({ symbol }) => symbol);
const bytesOf = (path: string): Buffer => disk.peek(path)!;
const linesOf = (path: string): string[] => bytesOf(path).toString('utf8').split('\n').slice(0, -1);
const putLines = (path: string, lines: readonly string[]) =>
  disk.poke(path, Buffer.from(lines.map((line) => `${line}\n`).join('')));
const asides = () => disk.names().filter((name) => name.includes('.aside-'));

/** At least the fourth generation: a snapshot of the first claims, and a log with the last, one to a line. */
beforeEach(async () => {
  disk = createCrashFiles();
  faults = [];
  const claim = async (compactionBytesMin: number, from: number, to: number) => {
    disk = disk.afterKill();
    const store = storeOn(disk, compactionBytesMin);
    const { epoch } = await open(store);
    oldest ??= bytesOf(SNAPSHOT);
    for (let i = from; i < to; i++) {
      if (i === 1) oldestLog = bytesOf(LOG);
      await run(store.claim(claimOf(epoch, START + i * MINUTE, [alertOf(SYMBOLS[i]!, START + i * MINUTE)])));
    }
    await run(store.close());
  };
  await claim(1_500, 0, 8);
  await claim(1e6, 8, FIRST_IN_LOG);
  await claim(1e6, FIRST_IN_LOG, CLAIMS);
  expect(bytesOf(SNAPSHOT).toString()).toMatch(/"generation":[4-9]/);
  expect(
    disk
      .names()
      .filter((name) => name.startsWith('store/'))
      .sort(),
  ).toEqual([SNAPSHOT, LOG, PREVIOUS, PREVIOUS_LOG].sort());
});

const spoilt: readonly [string, (good: Buffer) => Buffer | null][] = [
  ['1 is missing', () => null],
  ['2 is empty', () => Buffer.alloc(0)],
  ['3 holds only NULs', (good) => Buffer.alloc(good.length)],
  ['4 is truncated', (good) => good.subarray(0, good.length >> 1)],
  ['4 has a byte order mark', (good) => Buffer.concat([Buffer.from('\ufeff'), good])],
  ['5 is null', () => Buffer.from('null')],
  ['5 is an empty list', () => Buffer.from('[]')],
  ['5 is a string', () => Buffer.from('"state"')],
  ['5 is of another program', () => Buffer.from('{"version":"1.2.3"}')],
  ['6 has one bit flipped', (good) => ((good = Buffer.from(good)), (good[good.length >> 1]! ^= 1), good)],
  [
    '6 has another generation written into it',
    (good) => Buffer.from(good.toString().replace(/"generation":\d+/, '"generation":99')),
  ],
  ['7 is older than the previous one', () => oldest],
];

describe('a snapshot that', () => {
  it.each(spoilt)('%s: the previous generation and both logs give everything', async (_, spoil) => {
    disk.poke(SNAPSHOT, spoil(bytesOf(SNAPSHOT)));
    const spoiltBytes = disk.peek(SNAPSHOT);
    const { store, told } = await reopen();
    expect(symbolsOf(told)).toEqual(SYMBOLS);
    expect(told.positions[0]?.openTimeMs).toBe(START + (CLAIMS - 1) * MINUTE);
    expect(kinds()).toContain('store-recovered');
    expect(kinds()).not.toContain('store-damaged');
    // What could not be used is kept for a person, and what was used is never given up before its successor is there.
    if (spoiltBytes !== undefined) expect(asides().map((name) => disk.peek(name))).toEqual([spoiltBytes]);
    await run(store.close());
    expect(symbolsOf((await reopen()).told)).toEqual(SYMBOLS);
  });

  it('is unreadable, and the previous one too: it refuses, says why, and changes nothing', async () => {
    disk.poke(SNAPSHOT, Buffer.alloc(0));
    disk.poke(PREVIOUS, Buffer.from('[]'));
    const before = disk.names().map((name) => [name, bytesOf(name)]);
    await expect(reopen()).rejects.toMatchObject({ kind: 'corrupt', detail: expect.stringContaining('state.json: it is empty') });
    expect(disk.names().map((name) => [name, bytesOf(name)])).toEqual(before);
  });

  it('13 is missing together with the previous one, while a log is there: it refuses', async () => {
    disk.poke(SNAPSHOT, null);
    disk.poke(PREVIOUS, null);
    await expect(reopen()).rejects.toMatchObject({ kind: 'corrupt', detail: expect.stringContaining('missing') });
  });

  it('13 is missing, while the log goes back to the beginning: nothing is lost', async () => {
    disk = createCrashFiles();
    const store = storeOn(disk);
    const { epoch } = await open(store);
    await run(store.claim(claimOf(epoch, START, [alertOf('A', START)])));
    disk.poke(SNAPSHOT, null);
    const { told } = await reopen();
    expect({ fresh: told.fresh, symbols: symbolsOf(told) }).toEqual({ fresh: false, symbols: ['A'] });
  });

  it.each([SNAPSHOT, PREVIOUS])('8 was written by a newer program (%s): it refuses and leaves the file alone', async (path) => {
    const newer = Buffer.from(`{"version":${SNAPSHOT_VERSION + 1},"anything":"else"}`);
    disk.poke(path, newer);
    await expect(reopen()).rejects.toMatchObject({ kind: 'newer', detail: expect.stringContaining(`${path} has version 2`) });
    expect(bytesOf(path)).toEqual(newer);
    expect(disk.names()).not.toContain('store/lock');
  });
});

describe('a log that', () => {
  it('8 was written by a newer program: it refuses', async () => {
    putLines(LOG, [encodeLine({ seq: 0, group: 0, op: { kind: 'log', version: LOG_VERSION + 1, generation: 9 } }).trim()]);
    await expect(reopen()).rejects.toMatchObject({ kind: 'newer' });
  });

  it('9 ends with a torn line: the line was never acknowledged, it is kept aside and the rest is whole', async () => {
    const torn = Buffer.from('{"crc":"0badf00d","seq":14,"gro');
    disk.poke(LOG, Buffer.concat([bytesOf(LOG), torn]));
    expect(symbolsOf((await reopen()).told)).toEqual(SYMBOLS);
    expect(kinds()).toEqual(['store-recovered']);
    expect(asides().map((name) => disk.peek(name))).toEqual([torn]);
  });

  it('10 has a bad line with good ones after it: what is known stays known, and the bars since are judged again', async () => {
    const lines = linesOf(LOG);
    const lost = lines.findIndex((line) => textOf(line).includes('"S11"'));
    lines[lost] = lines[lost]!.replace('"seq"', '"sea"');
    putLines(LOG, lines);
    const { store, told } = await reopen();
    expect(symbolsOf(told)).toEqual(SYMBOLS.filter((symbol) => symbol !== 'S11'));
    expect(told.positions[0]?.openTimeMs).toBe(START + FIRST_IN_LOG * MINUTE);
    expect(told.pending.every(({ delivery }) => delivery.mayRepeat)).toBe(true);
    expect(kinds()).toEqual(['store-damaged']);
    expect(asides()).toHaveLength(1);
    await run(store.close());
    // The damage has been dealt with: it is not told again.
    expect(symbolsOf((await reopen()).told)).toHaveLength(CLAIMS - 1);
    expect(kinds()).toEqual(['store-damaged']);
  });

  it('11 lacks a line: the same', async () => {
    putLines(
      LOG,
      linesOf(LOG).filter((line) => !textOf(line).includes('"S11"')),
    );
    const { told } = await reopen();
    expect(symbolsOf(told)).toHaveLength(CLAIMS - 1);
    expect(told.positions[0]?.openTimeMs).toBe(START + FIRST_IN_LOG * MINUTE);
    expect(kinds()).toEqual(['store-damaged']);
  });

  it('12 has a line twice: the first counts', async () => {
    const lines = linesOf(LOG);
    putLines(LOG, lines.toSpliced(3, 0, lines[2]!));
    expect(symbolsOf((await reopen()).told)).toEqual(SYMBOLS);
    expect(kinds()).toEqual(['store-recovered']);
  });

  it.each([
    ['is missing', () => null],
    ['is empty', () => Buffer.alloc(0)],
    ['holds only NULs', () => Buffer.alloc(4_096)],
    ['14 is older than the snapshot', () => oldestLog],
  ])('%s: what the snapshot holds is kept, and the loss is told', async (_, spoil) => {
    const inSnapshot = SYMBOLS.filter((symbol) => bytesOf(SNAPSHOT).includes(`"${symbol}"`));
    expect(inSnapshot.length).toBeGreaterThan(1);
    disk.poke(LOG, spoil());
    const { told } = await reopen();
    expect(symbolsOf(told)).toEqual(inSnapshot);
    expect(kinds()).toEqual(['store-damaged']);
  });

  it('begins later than the one before it ends: the loss is told', async () => {
    disk.poke(SNAPSHOT, Buffer.alloc(0));
    putLines(PREVIOUS_LOG, linesOf(PREVIOUS_LOG).slice(0, -1));
    putLines(LOG, linesOf(LOG).slice(0, 1));
    await reopen();
    expect(kinds()).toEqual(['store-recovered', 'store-damaged']);
  });

  it('14 ends before the snapshot, as the previous log does: nothing is missing', async () => {
    disk.poke(PREVIOUS_LOG, bytesOf(PREVIOUS_LOG).subarray(0, 40));
    expect(symbolsOf((await reopen()).told)).toEqual(SYMBOLS);
    expect(kinds()).toEqual([]);
  });
});

describe('a folder', () => {
  it('15 with half-made files of an earlier life is cleared of them', async () => {
    for (const name of ['state.json.7-99.tmp', 'state.log.7-99.tmp', 'lock.99.tmp']) disk.poke(`store/${name}`, Buffer.from('{'));
    disk.poke('store/notes.tmp', Buffer.from('of a person'));
    expect(symbolsOf((await reopen()).told)).toEqual(SYMBOLS);
    expect(disk.names().filter((name) => name.endsWith('.tmp'))).toEqual(['store/notes.tmp']);
  });

  it('with many unreadable bytes kept aside keeps the newest eight', async () => {
    for (let i = 0; i < 12; i++) {
      disk.poke(LOG, Buffer.concat([bytesOf(LOG), Buffer.from(`torn ${i}`)]));
      await run((await reopen()).store.close());
    }
    expect(asides().map((name) => disk.peek(name)?.toString())).toEqual([4, 5, 6, 7, 8, 9, 10, 11].map((i) => `torn ${i}`));
  });

  it.each(['EACCES', 'EROFS'])('17 that may not be written to is refused (%s) and named', async (code) => {
    disk = disk.afterKill({ fail: (_step, what) => (what === 'create' || what === 'mkdir' ? code : null) });
    await expect(open(storeOn(disk))).rejects.toMatchObject({
      kind: 'read-only',
      detail: expect.stringMatching(/store: not allowed/),
    });
  });

  it('20 whose newest write lies ahead of the clock is opened, with a word about it', async () => {
    disk = disk.afterKill();
    const told = await open(storeOn(disk, 1e6, () => START - MINUTE));
    expect(symbolsOf(told)).toEqual(SYMBOLS);
    expect(kinds()).toEqual(['store-suspicious']);
  });
});

describe('19 a log that changes while it is in use', () => {
  const changes: readonly [string, RegExp, (good: Buffer) => Buffer | null][] = [
    ['is deleted', /is gone/, () => null],
    ['is replaced', /was replaced/, (good) => Buffer.from(good)],
  ];
  it.each(changes)('%s: it is noticed at the next write, and nothing is claimed any more', async (_, words, change) => {
    const { store, told } = await reopen();
    disk.poke(LOG, change(bytesOf(LOG)));
    const claim = store.claim(claimOf(told.epoch, START + CLAIMS * MINUTE, [alertOf('NEW', START + CLAIMS * MINUTE)]));
    await expect(run(claim)).rejects.toMatchObject({ kind: 'unavailable', detail: expect.stringMatching(words) });
    expect(store.status()).toMatchObject({ writable: false, note: expect.stringMatching(words), rows: CLAIMS });
  });
});
