import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncScheduler, lastValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Silence } from '../../../src/model/silence.js';
import type { Files } from '../../../src/ports/files.js';
import { createFiles } from '../../../src/runtime/files.js';
import { changeSilences, loadSilences, SilencesError } from '../../../src/stores/silences/silences-file.js';
import { readSilences, writeSilences } from '../../../src/stores/silences/silences-text.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'silences-spec-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const files = createFiles();
const fileIn = (...path: readonly string[]) => ({ files, path: join(folder, ...path) });
const silence = (what: string): Silence => ({ id: what, what, sinceMs: 1_000, untilMs: 2_000, reason: null });
const add = (what: string, file = fileIn('s.json')) =>
  lastValueFrom(
    changeSilences(file, asyncScheduler, (before) => [...before, silence(what)]),
    { defaultValue: [] },
  );
const held = (file = fileIn('s.json')) => lastValueFrom(loadSilences(file), { defaultValue: null });

describe('the file of silences', () => {
  it('holds none where it is not there, and what was put in after that, folder and all', async () => {
    const file = fileIn('new', 'folder', 's.json');
    expect(await held(file)).toStrictEqual([]);
    expect(await add('A', file)).toStrictEqual([silence('A')]);
    expect(await held(file)).toStrictEqual([silence('A')]);
    expect(readdirSync(join(folder, 'new', 'folder'))).toStrictEqual(['s.json']);
  });

  it('loses none of several that come at once', async () => {
    const names = ['A', 'B', 'C', 'D', 'E', 'F'];
    await Promise.all(names.map((name) => add(name)));
    const all = (await held()) ?? [];
    expect(all.map(({ what }) => what).sort()).toStrictEqual(names);
  });

  it('is changed all the same where somebody was killed while changing it', async () => {
    writeFileSync(join(folder, 's.json.lock'), '');
    writeFileSync(join(folder, 's.json.new'), '{"silences":[{"wh');
    await add('A');
    expect(readdirSync(folder)).toStrictEqual(['s.json']);
  });

  it.each(['create', 'rename', 'syncFolder'] as const)('is as it was when %s fails, and open for the next', async (step) => {
    await add('A');
    const before = readFileSync(join(folder, 's.json'), 'utf8');
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    let calls = 0;
    const failing = {
      ...files,
      // The first file that is made is the lock.
      [step]: (...given: Parameters<Files[typeof step]>) => {
        if (step === 'create' && calls++ === 0) return (files[step] as (...of: unknown[]) => unknown)(...given);
        throw full;
      },
    };
    const failed = await add('B', { files: failing, path: join(folder, 's.json') }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(SilencesError);
    expect(String(failed)).toContain('s.json cannot be written (ENOSPC)');
    if (step !== 'syncFolder') expect(readFileSync(join(folder, 's.json'), 'utf8')).toBe(before);
    expect(existsSync(join(folder, 's.json.lock'))).toBe(false);
    await add('C');
    expect((await held())?.at(-1)).toStrictEqual(silence('C'));
  });

  it('is left as it is where it is not understood', async () => {
    writeFileSync(join(folder, 's.json'), '[]');
    await expect(add('A')).rejects.toThrow('s.json: it should be as `mute` writes it');
    expect(readFileSync(join(folder, 's.json'), 'utf8')).toBe('[]');
  });
});

describe('what the file says', () => {
  it('is read as it was written', () => {
    const silences = [silence('BTC*'), { ...silence('rule:momentum'), reason: 'a "release" — \u20ac' }];
    expect(readSilences(writeSilences(silences))).toStrictEqual({ ok: true, silences });
    expect(readSilences(' \n')).toStrictEqual({ ok: true, silences: [] });
  });

  it('may be written by hand, without an id', () => {
    const text = '{"silences":[{"what":"*","since":"2026-08-06T12:00:00+02:00","until":"2026-08-06T10:30:00Z"}]}';
    const read = readSilences(text);
    expect(read).toMatchObject({ ok: true, silences: [{ what: '*', sinceMs: Date.UTC(2026, 7, 6, 10), reason: null }] });
    expect(read.ok && read.silences[0]?.id).toMatch(/^[0-9a-f]{6}$/);
  });

  const entry = (given: object): string =>
    JSON.stringify({ silences: [{ what: 'A', since: '2026-08-06T12:00:00Z', until: '2026-08-06T12:30:00Z', ...given }] });
  it.each([
    ['no JSON', '{', 'it should be JSON, such as {"silences":[]}'],
    ['another shape', 'null', 'it should be as `mute` writes it'],
    ['no list', '{"silences":{}}', 'silences should be a list'],
    ['an unknown key', '{"silences":[],"mute":1}', 'it has a key that is not known'],
    ['an unknown key of an entry', entry({ symbol: 'A' }), 'silences.0 has a key that is not known'],
    [
      'nothing that is silenced',
      entry({ what: '' }),
      'silences.0.what should be a symbol such as BTC*, or rule: and the name of a rule',
    ],
    ['two words', entry({ what: 'A B' }), 'silences.0.what should be a symbol such as BTC*, or rule: and the name of a rule'],
    ['a moment that is none', entry({ since: '12:03' }), 'silences.0.since should be a moment such as 2026-08-06T12:30:00Z'],
    ['an end before its beginning', entry({ until: '2026-08-06T11:00:00Z' }), 'silences.0.until should be later than since'],
    ['a reason beyond reason', entry({ reason: 'x'.repeat(201) }), 'silences.0.reason should be at most 200 characters'],
  ])('with %s is one clear problem', (_, text, problem) => {
    expect(readSilences(text)).toStrictEqual({ ok: false, problem });
  });
});
