import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createFiles } from '../../src/runtime/files.js';
import { lowdb } from '../../src/stores/lowdb.js';
import { createCrashFiles } from '../support/crash-files.js';
import { storeContract } from './contract.js';
import { contextOf } from './support.js';

const folders: string[] = [];
const newFolder = (): string => {
  folders.push(mkdtempSync(join(tmpdir(), 'store-')));
  return folders.at(-1)!;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const reopen = (path: string) => lowdb.create({ path }, contextOf(createFiles()));
storeContract('lowdb on this machine', {
  create: () => reopen(join(newFolder(), 'deeper', 'data')),
  again: () => reopen(join(folders.at(-1)!, 'deeper', 'data')),
});

let disk = createCrashFiles();
const inMemory = () => lowdb.create({ path: 'store' }, contextOf(disk.files));
storeContract('lowdb on files that crash', {
  create: () => {
    disk = createCrashFiles();
    return inMemory();
  },
  again: () => {
    disk = disk.afterPowerCut();
    return inMemory();
  },
});
