import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFiles } from '../../src/runtime/files.js';
import { createFileStore } from '../../src/stores/lowdb.js';
import { alertOf, claimOf, contextOf, open, rowFor, run, START } from '../stores/support.js';
import { createJournal } from './journal.js';

// The journal of the kill tests knows the rows from the operations alone, and compares them with the snapshots of the store.
it('makes of every operation what the store makes of it, and finds it in the snapshot of the next life', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  const store = () => createFileStore({ folder, compactionBytesMin: 1 }, contextOf(createFiles()));
  const journal = createJournal(folder);
  try {
    const alert = alertOf('BTCUSDT', START);
    const sent = rowFor(alert);
    for (let life = 1; life <= 10; life++) {
      const living = store();
      const { epoch } = await open(living);
      if (life === 1) await run(living.claim(claimOf(epoch, START, [alert])));
      const from = life === 1 ? 'claimed' : 'unknown';
      const {
        rows: [row = sent],
        problems,
      } = journal.read();
      expect(problems).toEqual([]);
      await run(living.transition({ epoch, from, to: { ...row, state: 'sending' } }));
      expect(journal.read().problems).toEqual([]);
      await run(living.close());
      // Nothing is sent between two lives: the snapshot holds the row as the opening left it.
      const idle = store();
      await open(idle);
      await run(idle.close());
      expect(journal.read()).toMatchObject({ problems: [], rows: [{ state: 'unknown', unknowns: life }] });
    }
    expect(journal.deliveries()).toMatchObject([{ unknownOutcomes: 10, interruptions: 10 }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
