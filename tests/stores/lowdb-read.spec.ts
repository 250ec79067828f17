import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFiles } from '../../src/runtime/files.js';
import { createFileStore, lowdb } from '../../src/stores/lowdb.js';
import { alertOf, answer, claimOf, contextOf, MINUTE, open, rowFor, run, START } from './support.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-read-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const storeHere = () => lowdb.create({ path: folder }, contextOf(createFiles()));
const readAll = () => answer(storeHere().read!());
const bytes = (): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]));

describe('reading a store that another process has open', () => {
  it('gives every row with its alert, in order, and touches nothing', async () => {
    const store = storeHere();
    const { epoch } = await open(store);
    const [late, early, withheld] = [alertOf('A', START + MINUTE), alertOf('B', START), alertOf('C', START, 'cooldown')];
    for (const alert of [late, early, withheld]) await run(store.claim(claimOf(epoch, alert.openTimeMs, [alert], ['console'])));
    await run(store.transition({ epoch, from: 'claimed', to: { ...rowFor(early), state: 'sending' } }));
    const before = bytes();
    expect((await readAll()).map(({ alert, delivery }) => [alert.symbol, delivery.sink, delivery.state])).toEqual([
      ['B', 'console', 'sending'],
      ['C', '*', 'suppressed'],
      ['A', 'console', 'claimed'],
    ]);
    expect(bytes()).toEqual(before);
    await run(store.transition({ epoch, from: 'sending', to: { ...rowFor(early), state: 'delivered' } }));
    expect((await readAll())[0]?.delivery.state).toBe('delivered');
    await run(store.close());
  });

  it('gives nothing where there is no store', async () => {
    expect(await answer(lowdb.create({ path: join(folder, 'none') }, contextOf(createFiles())).read!())).toEqual([]);
  });

  it('passes over a write that is not finished yet', async () => {
    const store = storeHere();
    const { epoch } = await open(store);
    await run(store.claim(claimOf(epoch, START, [alertOf('A', START)])));
    await run(store.close());
    const log = join(folder, 'state.log');
    writeFileSync(log, `${readFileSync(log, 'utf8')}{"crc":"0000`);
    expect((await readAll()).map(({ alert }) => alert.symbol)).toEqual(['A']);
  });

  it('is never confused by generations that are begun meanwhile', async () => {
    const store = createFileStore({ folder, compactionBytesMin: 1 }, contextOf(createFiles()));
    const { epoch } = await open(store);
    let isOver = false;
    const writing = (async () => {
      for (let i = 0; i < 150; i++)
        await run(store.claim(claimOf(epoch, START + i * MINUTE, [alertOf(`S${i}`, START + i * MINUTE)])));
      isOver = true;
    })();
    const counts: number[] = [];
    while (!isOver) counts.push((await readAll()).length);
    await writing;
    expect(counts.length).toBeGreaterThan(3);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(await readAll()).toHaveLength(150);
    await run(store.close());
  });

  it('says what is wrong with a store that cannot be read', async () => {
    writeFileSync(join(folder, 'state.json'), 'nonsense');
    await expect(readAll()).rejects.toMatchObject({ name: 'StoreError', kind: 'corrupt' });
    writeFileSync(join(folder, 'state.json'), '{"version":99,"generation":1,"sequence":1,"sha256":"","state":{}}');
    await expect(readAll()).rejects.toMatchObject({ name: 'StoreError', kind: 'newer' });
  });
});
