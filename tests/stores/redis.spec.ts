import { expect, it } from 'vitest';
import { Secret } from '../../src/model/secret.js';
import { createDatabases } from '../../src/runtime/databases.js';
import { onServers, serverContract } from './server-context.js';
import { alertOf, allRows, answer, claimOf, open, run, START } from './support.js';

serverContract('redis');

onServers(
  ({ under, server, newPlace }) => {
    it('says that a server is full, remembers nothing of what did not fit, and goes on when there is room', async () => {
      const { store } = under.replica(server().url(), newPlace());
      const { epoch } = await open(store);
      const claiming = () => run(store.claim(claimOf(epoch, START, [alertOf('BTCUSDT', START)])));
      const link = createDatabases().redis({ url: new Secret(server().url()), deadlineMs: 2_000 });
      await answer(link.command('CONFIG', 'SET', 'maxmemory', '1'));
      await expect(claiming()).rejects.toMatchObject({ name: 'StoreError', kind: 'full' });
      expect(await allRows(store)).toStrictEqual([]);
      await answer(link.command('CONFIG', 'SET', 'maxmemory', '0'));
      await claiming();
      expect(await allRows(store)).toHaveLength(1);
      await run(link.close());
      await run(store.close());
    });
  },
  ['redis'],
);
