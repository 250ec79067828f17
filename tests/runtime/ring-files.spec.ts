import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concat, EMPTY, lastValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RingFiles } from '../../src/ports/ring-files.js';
import { createPatientRingFiles, createRingFiles } from '../../src/runtime/ring-files.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ring-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const done = (...steps: readonly ReturnType<RingFiles['append']>[]) => lastValueFrom(concat(...steps), { defaultValue: null });

describe.each([
  ['waited for', createRingFiles],
  ['done at once', createPatientRingFiles],
])('files of a ring, %s', (_, create) => {
  it('are made by their first bytes, and go on', async () => {
    const files = create();
    const path = join(folder, 'ring', 'a');
    await lastValueFrom(files.list(join(folder, 'ring')), { defaultValue: null });
    await done(files.append(path, Buffer.from('one')), files.append(path, Buffer.from('two')));
    expect(readFileSync(path, 'utf8')).toBe('onetwo');
    expect(await lastValueFrom(files.list(join(folder, 'ring')), { defaultValue: null })).toStrictEqual([
      { name: 'a', bytes: 6 },
    ]);
    expect(Buffer.from((await lastValueFrom(files.read(path), { defaultValue: null })) ?? []).toString()).toBe('onetwo');
  });

  it('may be gone', async () => {
    const files = create();
    const path = join(folder, 'a');
    expect(await lastValueFrom(files.read(path), { defaultValue: null })).toBeNull();
    await done(files.remove(path));
    writeFileSync(path, 'x');
    await done(files.remove(path));
    expect(existsSync(path)).toBe(false);
  });

  it('are nowhere while nobody has subscribed', () => {
    create().append(join(folder, 'a'), Buffer.from('x'));
    expect(existsSync(join(folder, 'a'))).toBe(false);
  });
});

describe('files of a ring', () => {
  it('are none where there is no folder', async () => {
    expect(await lastValueFrom(createRingFiles().list(join(folder, 'nowhere')), { defaultValue: null })).toStrictEqual([]);
  });

  it('do not follow links, and leave errors to who asked', async () => {
    writeFileSync(join(folder, 'target'), 'kept');
    symlinkSync(join(folder, 'target'), join(folder, 'link'));
    const files = createRingFiles();
    await expect(done(files.append(join(folder, 'link'), Buffer.from('x')))).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(
      lastValueFrom(concat(files.append(folder, Buffer.from('x')), EMPTY), { defaultValue: null }),
    ).rejects.toMatchObject({ code: 'EISDIR' });
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('kept');
    expect((await lastValueFrom(files.list(folder), { defaultValue: [] })).map(({ name }) => name)).toStrictEqual(['target']);
  });
});
