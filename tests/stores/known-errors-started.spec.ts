import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFiles } from '../../src/runtime/files.js';
import { createFileStore } from '../../src/stores/lowdb.js';
import { readJournalFiles } from '../process/journal-files.js';
import { writeSettings } from '../process/settings.js';
import { textOf } from '../support/journal-lines.js';
import type { Program } from '../support/program.js';
import { createPrograms, until } from '../support/program.js';
import { addressesOf, closedPort } from '../support/loopback.js';
import { alertOf, claimOf, contextOf, MINUTE, open, run, START } from './support.js';

/*
 * The list of known errors (reliability.md §6) once more, by the program itself: which copy is used, what is lost, what it says, and
 * the code it ends with. That of known-errors.spec.ts looks closer, without a process.
 */

const ALL = Array.from({ length: 12 }, (_, i) => `S${i}`);
const IN_LOG = 'S9';
const FUTURE = Date.UTC(2100, 0, 1);

let work: string;
let good: string;
let future: string;
let folders = 0;
const programs = createPrograms();

/** Several generations: the first alerts in the snapshot, the last three in the log. */
const fill = async (folder: string, startMs: number): Promise<void> => {
  for (const [from, to] of [
    [0, 4],
    [4, 9],
    [9, ALL.length],
  ] as const) {
    const store = createFileStore(
      { folder, compactionBytesMin: 1e6 },
      contextOf(createFiles(), [], () => startMs),
    );
    const { epoch } = await open(store);
    for (let i = from; i < to; i++)
      await run(store.claim(claimOf(epoch, startMs + i * MINUTE, [alertOf(ALL[i]!, startMs + i * MINUTE)])));
    await run(store.close());
  }
};

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'known-errors-'));
  good = join(work, 'good');
  future = join(work, 'future');
  await fill(good, START);
  await fill(future, FUTURE);
});
afterAll(async () => {
  await programs.endAll();
  rmSync(work, { recursive: true });
});

const filesOf = (folder: string): readonly (readonly [string, string])[] =>
  readdirSync(folder)
    .filter((name) => name !== 'lock')
    .map((name) => [name, readFileSync(join(folder, name), 'latin1')] as const);

/** Of the newest opening that the files tell of. */
const epochIn = (folder: string): number => {
  const { snapshot, operations } = readJournalFiles(folder);
  const opened = operations.filter(({ kind }) => kind === 'open').map((operation) => Number(operation['epoch']));
  return Math.max(0, Number(snapshot.state['epoch'] ?? 0), ...opened);
};

/** Starts the program on a copy that has been spoilt; it is asked to stop as soon as it has opened the store. */
const startOn = async (from: string, spoil: (folder: string) => void, elsewhere?: string) => {
  const folder = join(work, `store-${++folders}`);
  cpSync(from, folder, { recursive: true });
  spoil(folder);
  const before = filesOf(folder);
  const had = epochIn(folder);
  const config = writeSettings(join(work, `monitor-${folders}.yaml`), {
    loopback: addressesOf(await closedPort()),
    speed: 1,
    store: elsewhere ?? folder,
    symbols: ['BTCUSDT'],
  });
  const program: Program = programs.start(['run', '--config', config]);
  await Promise.race([until('the store is opened', () => epochIn(folder) > had), program.ended]);
  program.kill('SIGTERM');
  const { code } = await program.ended;
  const told = program.log().filter(({ component }) => component === 'store');
  return { code, told, folder, isUntouched: JSON.stringify(filesOf(folder)) === JSON.stringify(before), program };
};

/** Alerts that are known after the life, on the disk. */
const symbolsIn = (folder: string): readonly string[] => {
  const { snapshot, operations } = readJournalFiles(folder);
  const kept = (snapshot.state['alerts'] as readonly { readonly alert: { readonly symbol: string } }[]).map(({ alert }) => alert);
  const claimed = operations
    .filter(({ kind, seq }) => kind === 'claim' && seq > snapshot.sequence)
    .flatMap((operation) => operation['alerts'] as readonly { readonly symbol: string }[]);
  return [...kept, ...claimed].map(({ symbol }) => symbol);
};

const put = (name: string, change: (bytes: Buffer) => Buffer | string | null) => (folder: string) => {
  const path = join(folder, name);
  const changed = change(existsSync(path) ? readFileSync(path) : Buffer.alloc(0));
  if (changed === null) rmSync(path);
  else writeFileSync(path, changed);
};
const both = (change: (bytes: Buffer) => Buffer | string | null) => (folder: string) => {
  put('state.json', change)(folder);
  put('state.previous.json', change)(folder);
};
const flip = (bytes: Buffer): Buffer => {
  const spoilt = Buffer.from(bytes);
  spoilt[bytes.length >> 1]! ^= 1;
  return spoilt;
};
const lines = (change: (lines: readonly string[]) => readonly string[]) => (bytes: Buffer) =>
  change(bytes.toString('utf8').split('\n').slice(0, -1))
    .map((line) => `${line}\n`)
    .join('');
const NEWER = '{"version":99,"anything":"else"}\n';

interface Case {
  readonly spoil: (folder: string) => void;
  readonly says: RegExp | null;
  readonly lost?: readonly string[];
  /** Another folder for the store. */
  readonly elsewhere?: string;
}

/** It starts, with what the files still hold. */
const OPENED: Readonly<Record<string, Case>> = {
  '1 no files at all, it begins with an empty memory': {
    spoil: (folder) => filesOf(folder).forEach(([name]) => rmSync(join(folder, name))),
    says: null,
    lost: ALL,
  },
  '1 a missing snapshot, the previous one is used': {
    spoil: put('state.json', () => null),
    says: /state\.json is missing or older than state\.previous\.json, which was used/,
  },
  '2 an empty snapshot, the previous one is used': {
    spoil: put('state.json', () => ''),
    says: /state\.json is unreadable \(it is empty\); state\.previous\.json was used/,
  },
  '3 a snapshot of NULs, the previous one is used': {
    spoil: put('state.json', (bytes) => Buffer.alloc(bytes.length)),
    says: /it holds only NUL bytes/,
  },
  '4 a truncated snapshot, the previous one is used': {
    spoil: put('state.json', (bytes) => bytes.subarray(0, 99)),
    says: /it is not whole JSON/,
  },
  '5 a snapshot that is null, the previous one is used': { spoil: put('state.json', () => 'null'), says: /it is not a snapshot/ },
  '5 a snapshot that is a list, the previous one is used': { spoil: put('state.json', () => '[]'), says: /it is not a snapshot/ },
  '5 a snapshot that is a text, the previous one is used': {
    spoil: put('state.json', () => '"x"'),
    says: /it is not a snapshot/,
  },
  '6 a flipped bit in the snapshot, the previous one is used': {
    spoil: put('state.json', flip),
    says: /its checksum is wrong|it is not whole JSON/,
  },
  '7 a snapshot older than the previous one, the newer one is used': {
    spoil: (folder) => {
      const newest = readFileSync(join(folder, 'state.json'));
      copyFileSync(join(folder, 'state.previous.json'), join(folder, 'state.json'));
      writeFileSync(join(folder, 'state.previous.json'), newest);
    },
    says: /state\.json is missing or older than state\.previous\.json, which was used/,
  },
  '9 a torn last line, only what was never acknowledged is gone': {
    spoil: put('state.log', (bytes) => Buffer.concat([bytes, Buffer.from('{"crc":"0bad')])),
    says: /ended with a write that had not been finished, 12 bytes/,
  },
  '10 a bad line in the middle, that one is lost and the bars since are judged again': {
    spoil: put(
      'state.log',
      lines((all) => all.map((line) => (textOf(line).includes(`"${IN_LOG}"`) ? line.replace('"seq"', '"sea"') : line))),
    ),
    says: /state\.log is damaged after operation \d+; .*bars are judged again/,
    lost: [IN_LOG],
  },
  '11 a gap in the numbers, the missing line is lost': {
    spoil: put(
      'state.log',
      lines((all) => all.filter((line) => !textOf(line).includes(`"${IN_LOG}"`))),
    ),
    says: /state\.log .*after operation \d+; .*bars are judged again/,
    lost: [IN_LOG],
  },
  '12 a line twice, the first counts': {
    spoil: put(
      'state.log',
      lines((all) => all.toSpliced(2, 0, all[1]!)),
    ),
    says: /state\.log holds 1 lines twice/,
  },
  '14 a log that ends before its snapshot, what it held is lost': {
    spoil: put('state.log', () => ''),
    says: /state\.log .*what was written since may be missing/,
    lost: ALL.slice(9),
  },
  '15 half-made files, they are removed': {
    spoil: (folder) =>
      ['state.json.9-7.tmp', 'state.log.9-7.tmp', 'lock.7.tmp'].forEach((name) => writeFileSync(join(folder, name), '{')),
    says: null,
  },
  '16 a lock of a process that runs no more, it is taken over': {
    spoil: (folder) =>
      writeFileSync(join(folder, 'lock'), JSON.stringify({ ...createFiles().processes.self, bootId: 'earlier', sinceMs: START })),
    says: /was left locked by process \d+ on .*, since 2026-01-01T00:00:00.000Z, which runs no more/,
  },
};

/** It refuses to start, and leaves everything as it is. */
const REFUSED: Readonly<Record<string, Case & { readonly code: number }>> = {
  '2 two empty snapshots': { spoil: both(() => ''), says: /no readable snapshot .*state\.json: it is empty/, code: 74 },
  '5 two snapshots of another shape': { spoil: both(() => '[]'), says: /no readable snapshot .*it is not a snapshot/, code: 74 },
  '6 two snapshots with a wrong checksum': {
    spoil: both(flip),
    says: /no readable snapshot .*restore one from a backup/,
    code: 74,
  },
  'F66: 8 a snapshot of a newer program': {
    spoil: put('state.json', () => NEWER),
    says: /state\.json has version 99, this program knows \d+; start the newer program/,
    code: 78,
  },
  '13 a log without any snapshot': { spoil: both(() => null), says: /no readable snapshot .*are missing/, code: 74 },
  '16 a lock of a process that runs': {
    spoil: (folder) => writeFileSync(join(folder, 'lock'), JSON.stringify({ ...createFiles().processes.self, sinceMs: START })),
    says: /is in use by process \d+ on .*, since 2026-01-01/,
    code: 75,
  },
  '17 a folder in which nothing can be made': {
    spoil: () => undefined,
    elsewhere: '/sys/no-store-can-be-here',
    says: /\/sys\/no-store-can-be-here: .*set another store\.path/,
    code: 74,
  },
  '18 a symbolic link in place of the snapshot': {
    spoil: (folder) => {
      rmSync(join(folder, 'state.json'));
      symlinkSync('/etc/hostname', join(folder, 'state.json'));
    },
    says: /state\.json: it is a symbolic link/,
    code: 74,
  },
};

describe('F65: a start that finds', { timeout: 60_000 }, () => {
  it.concurrent.each(Object.entries(OPENED))('%s', async (_, { spoil, says, lost = [] }) => {
    const { code, told, folder, program } = await startOn(good, spoil);
    expect({ code, complaints: program.complaints() }).toEqual({ code: 0, complaints: '' });
    expect(told.map(({ msg }) => msg)).toEqual(says === null ? [] : [expect.stringMatching(says)]);
    expect(symbolsIn(folder)).toEqual(ALL.filter((symbol) => !lost.includes(symbol)));
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp') || name === 'lock')).toEqual([]);
  });

  it.concurrent.each(Object.entries(REFUSED))('%s, it refuses', async (_, { spoil, says, code: wanted, elsewhere }) => {
    const { code, told, isUntouched } = await startOn(good, spoil, elsewhere);
    expect(code).toBe(wanted);
    expect(told).toEqual([expect.objectContaining({ level: 'fatal', msg: expect.stringMatching(says ?? '') })]);
    expect(isUntouched).toBe(true);
  });

  it.concurrent('20 writes that lie ahead of the clock, it starts, with a word about it', async () => {
    const { code, told, folder } = await startOn(future, () => undefined);
    expect(code).toBe(0);
    expect(told).toEqual([
      expect.objectContaining({ event: 'store-suspicious', msg: expect.stringMatching(/ahead of the clock/) }),
    ]);
    expect(symbolsIn(folder)).toEqual(ALL);
  });
});
