import { afterEach, expect, it } from 'vitest';
import { Secret } from '../../src/model/secret.js';
import type { Store } from '../../src/ports/store.js';
import { createDatabases } from '../../src/runtime/databases.js';
import type { Replica } from './server-context.js';
import { onServers } from './server-context.js';
import { alertOf, answer, claimOf, MINUTE, open, run, START } from './support.js';

/*
 * What a server refuses, or has forgotten, by the name that the monitor has for it.
 */

const fails = (kind: string): unknown => expect.objectContaining({ name: 'StoreError', kind });

/** What an administrator does to a server, in its own language. */
interface Administrator {
  readonly makeReadOnly: () => Promise<unknown>;
  readonly makeWritable: () => Promise<unknown>;
  readonly raiseVersion: (place: string) => Promise<unknown>;
  /** As a failover to a replica that lags behind does. */
  readonly forgetLastWrite: (place: string) => Promise<unknown>;
  readonly weaken: () => Promise<unknown>;
  readonly spoil: (place: string) => Promise<unknown>;
}

const administratorOf = (name: string, url: string): Administrator => {
  const address = { url: new Secret(url), deadlineMs: 2_000 };
  if (name === 'redis') {
    const link = createDatabases().redis(address);
    const ask = (command: string, ...args: readonly string[]) => answer(link.command(command, ...args));
    return {
      makeReadOnly: () => ask('REPLICAOF', '127.0.0.1', '1'),
      makeWritable: () => ask('REPLICAOF', 'NO', 'ONE'),
      raiseVersion: (place) => ask('HSET', `{${place}}:mark`, 'version', '2'),
      forgetLastWrite: (place) => ask('HSET', `{${place}}:mark`, 'last', '1.1'),
      weaken: () => ask('CONFIG', 'SET', 'appendfsync', 'everysec'),
      spoil: (place) => ask('HSET', `{${place}}:alerts`, 'x', 'no JSON'),
    };
  }
  const link = createDatabases().postgres(address);
  const ask = (text: string) => answer(link.query(text));
  return {
    // For connections to come.
    makeReadOnly: () => ask('ALTER DATABASE postgres SET default_transaction_read_only = on'),
    makeWritable: () => ask('ALTER DATABASE postgres RESET default_transaction_read_only'),
    raiseVersion: (place) => ask(`UPDATE ${place}.mark SET version = 2`),
    forgetLastWrite: (place) => ask(`UPDATE ${place}.mark SET last = '1.1'`),
    weaken: () => ask('ALTER DATABASE postgres SET synchronous_commit = off'),
    spoil: (place) => ask(`INSERT INTO ${place}.alerts VALUES ('x', '[]')`),
  };
};

onServers(({ under, server, newPlace }) => {
  const stores: Store[] = [];
  afterEach(async () => {
    for (const store of stores.splice(0)) await run(store.close());
  });
  const replica = (place: string): Replica => {
    const made = under.replica(server().url(), place);
    stores.push(made.store);
    return made;
  };
  const administrator = (): Administrator => administratorOf(under.name, server().url());

  it('refuses data of a newer layout, and leaves them alone', async () => {
    const place = newPlace();
    const { store } = replica(place);
    await open(store);
    await run(store.close());
    await administrator().raiseVersion(place);
    await expect(open(replica(place).store)).rejects.toEqual(fails('newer'));
    await expect(open(replica(place).store)).rejects.toThrow(/version 2, this program knows 1/);
  });

  it('says when the server has forgotten what it had acknowledged, and lets go of the lease', async () => {
    const place = newPlace();
    const { store, faults } = replica(place);
    const { epoch } = await open(store);
    await run(store.claim(claimOf(epoch, START, [alertOf('BTCUSDT', START)])));
    await administrator().forgetLastWrite(place);
    await expect(run(store.claim(claimOf(epoch, START + MINUTE)))).rejects.toEqual(fails('fenced'));
    expect(faults.map(({ kind }) => kind)).toContain('store-damaged');
    await run(store.close());
    // What is on the server is believed from then on.
    const next = replica(place);
    expect((await open(next.store)).epoch).toBe(epoch + 1);
    await run(next.store.claim(claimOf(epoch + 1, START + MINUTE)));
  });

  it('refuses to begin on what it has not written', async () => {
    const place = newPlace();
    const { store } = replica(place);
    await open(store);
    await run(store.close());
    await administrator().spoil(place);
    await expect(open(replica(place).store)).rejects.toEqual(fails('corrupt'));
  });

  it('finds out for doctor whether it could write, changes nothing, and names what would lose acknowledged writes', async () => {
    const place = newPlace();
    const checksOf = async () => {
      const found: string[] = [];
      await replica(place).store.probe!().forEach(({ name, outcome, detail }) => void found.push(`${name} ${outcome} ${detail}`));
      return found;
    };
    expect(await checksOf()).toStrictEqual([
      expect.stringMatching(/^server fine the .* store "place_\d+": written to in [\d.]+ ms$/),
      expect.stringMatching(/^durable fine/),
    ]);
    expect((await open(replica(place).store)).fresh).toBe(true);
    await administrator().weaken();
    const weak = await checksOf();
    if (under.name === 'redis') expect(weak[1]).toMatch(/^durable failed appendfsync is everysec/);
    // Our own connection has it on again.
    else expect(weak[1]).toMatch(/^durable fine/);
  });

  it('names a server that may only be read', async () => {
    const place = newPlace();
    const { makeReadOnly, makeWritable } = administrator();
    await makeReadOnly();
    await expect(open(replica(place).store)).rejects.toEqual(fails('read-only'));
    await makeWritable();
    expect((await open(replica(place).store)).fresh).toBe(true);
  });
});
