import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/model/fault.js';
import { createFiles } from '../../src/runtime/files.js';
import { lowdb } from '../../src/stores/lowdb.js';
import { alertOf, allRows, answer, claimOf, contextOf, open, run, START } from './support.js';

let work: string;
let folder: string;
let faults: Fault[];
const children: ChildProcessWithoutNullStreams[] = [];
const childFile = () => join(work, 'child.mjs');

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'store-processes-'));
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  const entry = join(import.meta.dirname, 'child.ts');
  await build({
    entryPoints: [entry],
    outfile: childFile(),
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner,
    logLevel: 'error',
  });
});
afterAll(() => {
  rmSync(work, { recursive: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(work, 'store-'));
  faults = [];
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const storeHere = (path = folder) => lowdb.create({ path }, contextOf(createFiles(), faults));

/** A child at work on the folder; `lines` is what it has said so far. */
const start = (first = 0) => {
  const child = spawn(process.execPath, [childFile(), folder, String(first)]);
  children.push(child);
  const lines: string[] = [];
  const reader = createInterface(child.stdout);
  let wake = (): void => undefined;
  reader.on('line', (line) => {
    lines.push(line);
    wake();
  });
  reader.on('close', () => {
    wake();
  });
  const said = async (count: number) => {
    while (lines.length < count && child.exitCode === null) await new Promise<void>((resolve) => (wake = resolve));
    expect(lines.length, `said only ${lines.join(', ')}`).toBeGreaterThanOrEqual(count);
  };
  const killed = async () => {
    child.kill('SIGKILL');
    // Not `exit`: what was written to the pipe before counts as said.
    await once(child, 'close');
  };
  return { child, lines, said, killed };
};

describe('two processes', () => {
  it('F70: cannot use one store: the second is told who holds it and since when, and the first goes on unharmed', async () => {
    const first = start();
    await first.said(4);
    const since = JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')).sinceMs as number;
    await expect(open(storeHere())).rejects.toMatchObject({
      kind: 'locked',
      detail: expect.stringMatching(
        new RegExp(`is in use by process ${first.child.pid} on .*, since ${new Date(since).toISOString()}`),
      ),
    });
    const count = first.lines.length;
    await first.said(count + 6);
    expect(first.lines.some((line) => line.startsWith('failed'))).toBe(false);
    await first.killed();
  });

  it('take turns: the lock of a killed one is taken over with a word, that of a closed one without', async () => {
    const first = start();
    await first.said(4);
    await first.killed();
    const store = storeHere();
    expect((await open(store)).epoch).toBe(2);
    expect(faults).toEqual([
      { kind: 'store-recovered', detail: expect.stringContaining(`left locked by process ${first.child.pid} `) },
    ]);
    const second = start();
    await second.said(1);
    expect(second.lines[0]).toMatch(new RegExp(`"kind":"locked".*process ${process.pid} `));
    await once(second.child, 'close');
    await run(store.close());
    expect(existsSync(join(folder, 'lock'))).toBe(false);
    const third = start();
    await third.said(1);
    expect(third.lines[0]).toBe('open 3');
  });

  it('are told apart when a stranger has been given the pid of a dead holder', async () => {
    // This process runs, but it is not the one that took the lock.
    const { self } = createFiles().processes;
    for (const change of [{ startedAt: '1' }, { bootId: 'an earlier boot' }]) {
      writeFileSync(join(folder, 'lock'), JSON.stringify({ ...self, ...change, sinceMs: START }));
      const store = storeHere();
      await open(store);
      await run(store.close());
    }
    for (const change of [{ startedAt: null, bootId: null }, {}]) {
      writeFileSync(join(folder, 'lock'), JSON.stringify({ ...self, ...change, sinceMs: START }));
      await expect(open(storeHere())).rejects.toMatchObject({ kind: 'locked' });
    }
  });

  it('are not kept out by a lock that was never finished', async () => {
    for (const text of ['', '\0\0\0', '{"pid":']) {
      writeFileSync(join(folder, 'lock'), text);
      const store = storeHere();
      await open(store);
      await run(store.close());
    }
  });

  it('F68: of which one is killed at any moment lose nothing that was acknowledged', async () => {
    let acknowledged: string[] = [];
    let epoch = 0;
    for (let round = 0; round < 8; round++) {
      const child = start(round * 10_000);
      // A later moment each time, so that kills land at different steps.
      await child.said(3 + round * 7);
      await child.killed();
      expect(child.lines[0]).toBe(`open ${++epoch}`);
      acknowledged = [...acknowledged, ...child.lines.slice(1)];
    }
    const store = storeHere();
    expect((await open(store)).epoch).toBe(epoch + 1);
    const states = new Map((await allRows(store)).map(({ alertId, state }) => [alertId, state]));
    const newest = new Map(acknowledged.map((line) => line.split(' ') as [string, string]).map(([state, i]) => [i, state]));
    for (const [i, state] of newest) {
      const found = states.get(alertOf(`S${i}`, START + Number(i) * 60_000).id);
      const possible = {
        claimed: ['claimed', 'unknown', 'delivered'],
        sending: ['unknown', 'delivered'],
        delivered: ['delivered'],
      }[state];
      expect(possible, `${i} was ${state}`).toContain(found);
    }
    expect(newest.size).toBeGreaterThan(50);
    await run(store.close());
  });
});

describe('on this machine', () => {
  const claim = (epoch: number, symbol: string) => run(store.claim(claimOf(epoch, START, [alertOf(symbol, START)])));
  let store: ReturnType<typeof storeHere>;

  it('18 a symbolic link in place of a file is refused by name', async () => {
    for (const name of ['state.json', 'state.log']) {
      symlinkSync(join(work, 'elsewhere'), join(folder, name));
      await expect(open(storeHere())).rejects.toMatchObject({
        kind: 'unavailable',
        detail: expect.stringMatching(`${name}: it is a symbolic link`),
      });
      rmSync(join(folder, name));
    }
  });

  it('19 a log that is moved away, replaced or written to is noticed; moved back, the store goes on', async () => {
    store = storeHere();
    const { epoch } = await open(store);
    const log = join(folder, 'state.log');
    await claim(epoch, 'A');
    renameSync(log, `${log}.moved`);
    await expect(claim(epoch, 'B')).rejects.toMatchObject({ kind: 'unavailable', detail: expect.stringContaining('is gone') });
    writeFileSync(log, readFileSync(`${log}.moved`));
    await expect(claim(epoch, 'B')).rejects.toMatchObject({
      kind: 'unavailable',
      detail: expect.stringContaining('was replaced'),
    });
    renameSync(`${log}.moved`, log);
    await claim(epoch, 'B');
    // A second name for the same file, as a backup by hard links makes it, changes nothing.
    linkSync(log, join(work, 'backup'));
    await claim(epoch, 'C');
    writeFileSync(log, 'x', { flag: 'a' });
    await expect(claim(epoch, 'D')).rejects.toMatchObject({
      kind: 'unavailable',
      detail: expect.stringContaining('written to by someone else'),
    });
    await run(store.close());
    store = storeHere();
    expect((await open(store)).emitted.map(({ symbol }) => symbol)).toEqual(['A', 'B', 'C']);
    await run(store.close());
  });

  it('a file in place of the folder is refused by name', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'deeper')]) {
      await expect(open(storeHere(path))).rejects.toMatchObject({ kind: 'unavailable', detail: expect.stringContaining(path) });
    }
  });

  it('two stores of one process cannot share a folder either', async () => {
    store = storeHere();
    await open(store);
    await expect(open(storeHere())).rejects.toMatchObject({ kind: 'locked' });
    await run(store.close());
  });

  it('files are as the port says', async () => {
    const files = createFiles();
    const path = join(folder, 'a', 'b');
    await run(files.makeFolder(path));
    await run(files.makeFolder(path));
    expect(await answer(files.list(join(folder, 'none')))).toEqual([]);
    expect(await answer(files.read(join(path, 'none')))).toBeNull();
    expect(await answer(files.stat(join(path, 'none')))).toBeNull();
    await run(files.remove(join(path, 'none')));
    await run(files.create(join(path, 'f'), 'abc'));
    await expect(run(files.create(join(path, 'f'), 'abc'))).rejects.toMatchObject({ code: 'EEXIST' });
    const file = await answer(files.append(join(path, 'f')));
    await run(file.append('def'));
    await run(file.truncate(4));
    await run(file.append('g'));
    await run(file.close());
    expect((await answer(files.read(join(path, 'f'))))?.toString()).toBe('abcdg');
    expect(await answer(files.stat(join(path, 'f')))).toEqual({ bytes: 5, identity: file.identity });
    await run(files.rename(join(path, 'f'), join(path, 'g')));
    expect(await answer(files.list(path))).toEqual(['g']);
    mkdirSync(join(path, 'h'));
    await expect(run(files.remove(join(path, 'h')))).rejects.toHaveProperty('code');
  });
});
