import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMPTY, lastValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFiles } from '../../src/runtime/files.js';
import { lowdb } from '../../src/stores/lowdb.js';
import { memory } from '../../src/stores/memory.js';
import { createCrashFiles } from '../support/crash-files.js';
import { contextOf } from './support.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-probe-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const probed = (path: string, files = createFiles()) =>
  lastValueFrom(lowdb.create({ path }, contextOf(files)).probe?.() ?? EMPTY, { defaultValue: null });

describe('the probe of a store', () => {
  it('writes durably where the store is and leaves nothing behind', async () => {
    const path = join(folder, 'data');
    mkdirSync(path);
    writeFileSync(join(path, 'lock'), 'held by another process');
    expect(await probed(path)).toMatchObject({
      outcome: 'fine',
      detail: expect.stringContaining(`${path}: a file was synced`) as string,
    });
    expect(readdirSync(path)).toEqual(['lock']);
  });

  it('makes no folder, but says where it can be made', async () => {
    expect(await probed(join(folder, 'deep', 'data'))).toMatchObject({
      outcome: 'fine',
      detail: expect.stringContaining(`can be made in ${folder}`) as string,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what stands in the way, and what would help', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await probed(join(folder, 'file', 'data'))).toMatchObject({
      outcome: 'failed',
      cure: expect.stringContaining('store.path') as string,
    });
    const full = createCrashFiles({ fail: (_step, what) => (what.startsWith('create') ? 'ENOSPC' : null) });
    expect(await probed('/store', full.files)).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('no space left') as string,
    });
    expect(full.names()).toEqual([]);
  });

  it('says that memory forgets', async () => {
    const store = memory.create({}, contextOf(createFiles()));
    expect(await lastValueFrom(store.probe?.() ?? EMPTY, { defaultValue: null })).toMatchObject({ outcome: 'skipped' });
  });
});
