import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, appendFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Files } from '../../../src/ports/files.js';
import type { Sink } from '../../../src/ports/sink.js';
import { createFiles } from '../../../src/runtime/files.js';
import { file } from '../../../src/sinks/file/file.js';
import { AGAIN, alert, anyAlert, FIRST } from '../../support/alerts.js';
import { recordedContext } from '../../support/context.js';
import { createCrashFiles } from '../../support/crash-files.js';
import { ended, outcomeOf, sinkContract } from '../contract.js';

let folder = '';
const path = (name = 'alerts.jsonl'): string => join(folder, 'deep', name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-sink-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (given: object = {}, files: Files = createFiles()) => {
  const recorded = recordedContext({ files });
  return { ...recorded, sink: file.create(file.options.parse({ path: path(), ...given }), recorded.context) };
};

/** Without the first, which says whose file it is. */
const linesIn = (name?: string): readonly string[] => {
  const [first = '', ...lines] = readFileSync(path(name), 'utf8').split('\n').slice(0, -1);
  expect(JSON.parse(first)).toStrictEqual({ schema: 1, kind: 'file', sink: 'file' });
  return lines;
};
const idsIn = (name?: string): readonly string[] => linesIn(name).map((line) => (JSON.parse(line) as { id: string }).id);
const deliver = async (sink: Sink, ...ids: readonly string[]): Promise<void> => {
  for (const id of ids) await ended(sink.deliver(alert({ id }), FIRST));
};

describe('the file sink', () => {
  sinkContract(
    () => {
      // The folder of the contract's own test: hooks of this file have made it.
      let broken = false;
      const files = createFiles();
      const failing: Files = { ...files, append: (name) => (broken ? files.append(join(name, 'nowhere')) : files.append(name)) };
      const { sink, faults } = open({}, failing);
      return Promise.resolve({
        sink,
        faults,
        form: 'record' as const,
        dropsCopies: true,
        secrets: [],
        failings: [() => (broken = true)],
        seen: () => (readdirSync(folder).includes('deep') ? linesIn() : []),
        rest: () => {
          broken = false;
        },
        close: () => Promise.resolve(),
      });
    },
    { batch: false, edit: false, announce: true },
  );

  it('writes an alert whole, on one line that nothing obeys', async () => {
    const { sink } = open();
    const receipt = await ended(sink.deliver(alert({ symbol: '\u001b[31m\n\u202e\u2028' }), AGAIN));
    expect(receipt).toStrictEqual({ messageId: 'abcdefghijklmnop' });
    const [line = '', ...more] = linesIn();
    expect(more).toStrictEqual([]);
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(line)).toStrictEqual({
      schema: 1,
      kind: 'alert',
      id: 'abcdefghijklmnop',
      attempt: 2,
      mayRepeat: true,
      alert: JSON.parse(JSON.stringify(alert({ symbol: '\u001b[31m\n\u202e\u2028' }))),
    });
  });

  it('writes any alert as one line of JSON', async () => {
    const { sink } = open({ fsync: 'never' });
    await fc.assert(
      fc.asyncProperty(anyAlert, fc.uuid(), async (told, id) => {
        await ended(sink.deliver({ ...told, id }, FIRST));
        const last = linesIn().at(-1) ?? '';
        expect(last).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(last)).toMatchObject({ id, alert: JSON.parse(JSON.stringify({ ...told, id })) as object });
      }),
      { numRuns: 60 },
    );
  });

  it('writes no line twice, not even in another life', async () => {
    await deliver(open().sink, 'a', 'b');
    const { sink, faults } = open();
    await deliver(sink, 'b', 'c', 'a', 'c');
    expect(idsIn()).toStrictEqual(['a', 'b', 'c']);
    expect(faults).toStrictEqual([]);
  });

  it('cuts off half a line that a killed life has left, and writes that alert anew', async () => {
    await deliver(open().sink, 'a', 'b');
    const whole = readFileSync(path());
    writeFileSync(path(), whole.subarray(0, whole.length - 30));
    const { sink, faults } = open();
    await deliver(sink, 'c', 'b');
    expect(idsIn()).toStrictEqual(['a', 'c', 'b']);
    expect(faults).toMatchObject([{ kind: 'delivery-odd', sink: 'file', detail: expect.stringContaining('half a line') }]);
  });

  it.each([['nothing'], ['NULs']])('begins anew where only %s is left', async (what) => {
    await deliver(open().sink, 'a');
    writeFileSync(path(), what === 'NULs' ? '\0\0\0\0' : '');
    await deliver(open().sink, 'b');
    expect(idsIn()).toStrictEqual(['b']);
  });

  it('leaves a file of something else alone, and is not asked again', async () => {
    await deliver(open().sink, 'a');
    for (const other of ['dear diary\nthis was a day', 'notes without an end', '[1,2]\n']) {
      writeFileSync(path(), other);
      const { sink } = open();
      expect(await outcomeOf(sink, alert())).toMatchObject({
        failure: 'disabled',
        detail: expect.stringContaining('something else'),
      });
      expect(readFileSync(path(), 'utf8')).toBe(other);
    }
  });

  it('moves a full file aside and keeps so many', async () => {
    const { sink } = open({ maxBytes: '64KiB', maxFiles: 3 });
    const bytesOf = (record: object): number => Buffer.byteLength(`${JSON.stringify(record)}\n`);
    const told = alert({ id: 'id0000' });
    const line = { schema: 1, kind: 'alert', id: 'id0000', attempt: 1, mayRepeat: false, alert: told };
    const perFile = Math.floor((65_536 - bytesOf({ schema: 1, kind: 'file', sink: 'file' })) / bytesOf(line));
    const ids = Array.from({ length: perFile * 4 + 1 }, (_, at) => `id${String(at).padStart(4, '0')}`);
    await deliver(sink, ...ids);
    expect(readdirSync(join(folder, 'deep')).sort()).toStrictEqual(['alerts.1.jsonl', 'alerts.2.jsonl', 'alerts.jsonl']);
    expect(idsIn()).toStrictEqual(ids.slice(perFile * 4));
    expect(idsIn('alerts.1.jsonl')).toStrictEqual(ids.slice(perFile * 3, perFile * 4));
    expect(idsIn('alerts.2.jsonl')).toStrictEqual(ids.slice(perFile * 2, perFile * 3));
  });

  it('knows after a restart what the file before this one holds', async () => {
    await deliver(open().sink, 'a', 'b');
    renameSync(path(), path('alerts.1.jsonl'));
    await deliver(open().sink, 'b', 'c');
    expect(idsIn()).toStrictEqual(['c']);
  });

  it('goes on in a new file when somebody has moved this one away', async () => {
    const { sink } = open();
    await deliver(sink, 'a');
    renameSync(path(), path('away'));
    await deliver(sink, 'b', 'a');
    expect([idsIn('away'), idsIn()]).toStrictEqual([['a'], ['b']]);
  });

  it('takes a full disk for a refusal, leaves nothing half, and goes on when there is room', async () => {
    let full = false;
    const disk = createCrashFiles({ fail: (_, what) => (full && what === 'write' ? 'ENOSPC' : null) });
    const { sink } = open({ path: 'alerts.jsonl' }, disk.files);
    await deliver(sink, 'a');
    full = true;
    expect(await outcomeOf(sink, alert({ id: 'b' }))).toMatchObject({
      failure: 'refused',
      detail: expect.stringContaining('no space left (ENOSPC)'),
    });
    full = false;
    await deliver(sink, 'b');
    const lines = disk.peek('alerts.jsonl')?.toString().split('\n').slice(1) ?? [];
    expect(lines.map((line) => (line === '' ? '' : (JSON.parse(line) as { id: string }).id))).toStrictEqual(['a', 'b', '']);
  });

  it('does not know what became of a line that can neither be synced nor taken back, and finds out', async () => {
    let broken = false;
    const disk = createCrashFiles({ fail: (_, what) => (broken && (what === 'fsync' || what === 'truncate') ? 'EIO' : null) });
    const { sink } = open({ path: 'alerts.jsonl' }, disk.files);
    await deliver(sink, 'a');
    broken = true;
    expect(await outcomeOf(sink, alert({ id: 'b' }))).toMatchObject({ failure: 'unknown', strong: true });
    broken = false;
    await deliver(sink, 'b', 'c');
    expect(
      disk
        .peek('alerts.jsonl')
        ?.toString()
        .match(/"id":"\w"(?=,"attempt)/g),
    ).toStrictEqual(['"id":"a"', '"id":"b"', '"id":"c"']);
  });

  it('loses no line that it has acknowledged, and doubles none, wherever the power goes', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const seed = 5;
    let state = seed;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    console.log(`power cuts of the file sink: seed ${seed}`);
    for (let round = 0; round < 300; round++) {
      let disk = createCrashFiles({ crashAt: 1 + Math.floor(random() * 30), random });
      const acknowledged: string[] = [];
      const life = async (): Promise<void> => {
        const { sink } = open({ path: 'alerts.jsonl' }, disk.files);
        for (const id of ids) {
          await ended(sink.deliver(alert({ id }), FIRST));
          acknowledged.push(id);
        }
      };
      await Promise.race([life(), disk.whenCrashed]);
      const before = [...acknowledged];
      disk = disk.afterPowerCut({ random });
      acknowledged.length = 0;
      await life();
      const text = disk.peek('alerts.jsonl')?.toString() ?? '';
      const found = text
        .split('\n')
        .slice(1, -1)
        .map((line) => (JSON.parse(line) as { id: string }).id);
      expect([round, before.filter((id) => !found.includes(id))]).toStrictEqual([round, []]);
      expect([round, [...found].sort()]).toStrictEqual([round, ids]);
    }
  });

  it('tries the folder for doctor without touching the file', async () => {
    const probe = (sink: Sink) => lastValueFrom(sink.probe!(true).pipe(toArray()), { defaultValue: [] });
    expect(await probe(open().sink)).toMatchObject([{ name: 'folder', outcome: 'fine' }]);
    expect(readdirSync(folder)).toStrictEqual([]);
    writeFileSync(join(folder, 'deep'), 'a file');
    appendFileSync(join(folder, 'deep'), '!');
    expect(await probe(open().sink)).toMatchObject([{ outcome: 'failed', cure: expect.stringContaining('another path') }]);
  });

  it('refuses settings that cannot work', () => {
    const refused = (given: object): boolean => !file.options.safeParse(given).success;
    expect(
      [{ maxBytes: '1KiB' }, { maxBytes: '1GiB' }, { maxFiles: 1 }, { fsync: 'sometimes' }, { path: 'data/' }].every(refused),
    ).toBe(true);
    expect(file.options.parse({})).toMatchObject({ name: 'file', path: 'data/alerts.jsonl', maxFiles: 8, fsync: 'always' });
  });
});
