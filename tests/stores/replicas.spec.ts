import { afterEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/model/delivery.js';
import type { Store } from '../../src/ports/store.js';
import type { Proxy } from '../../src/simulator/proxy.js';
import { createProxy } from '../../src/simulator/proxy.js';
import { until } from '../support/program.js';
import type { Replica } from './server-context.js';
import { onServers, passes } from './server-context.js';
import { alertOf, allRows, answer, claimOf, MINUTE, open, positionAt, rowFor, run, START } from './support.js';

/*
 * Several replicas on one server (reliability.md 2.8): who may write, who waits, and what a stopped one may still do.
 */

const LEASE_MS = 2_000;
const fails = (kind: string): unknown => expect.objectContaining({ name: 'StoreError', kind });
const sendingOf = (row: Delivery): Delivery => ({ ...row, state: 'sending', attempts: 1 });
const kindsOf = ({ faults }: Replica): readonly string[] => faults.map(({ kind }) => kind);

onServers(({ under, server, newPlace }) => {
  const stores: Store[] = [];
  const proxies: Proxy[] = [];
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.close();
    for (const store of stores.splice(0)) await run(store.close());
  });
  const replica = (place: string, port?: number): Replica => {
    const made = under.replica(server().url(port), place, { lease: LEASE_MS, deadline: 1_000 });
    stores.push(made.store);
    return made;
  };
  /** A replica whose connection can be spoilt. */
  const spoilt = async (place: string) => {
    const proxy = await createProxy({ target: { port: server().port } });
    proxies.push(proxy);
    return { ...replica(place, proxy.port), proxy };
  };

  describe('a second replica', () => {
    it('waits while the first is there, says so once, and takes over as soon as it is released', async () => {
      const place = newPlace();
      const [first, second] = [replica(place), replica(place)];
      const { epoch } = await open(first.store);
      const alert = alertOf('BTCUSDT', START);
      await run(first.store.claim(claimOf(epoch, START, [alert])));
      await run(first.store.transition({ epoch, from: 'claimed', to: sendingOf(rowFor(alert)) }));
      const opening = open(second.store);
      await until('it waits', () => second.store.status().standby);
      expect(second.store.status()).toMatchObject({ writable: false, standby: true });
      expect(second.store.heldForMs?.()).toBe(0);
      await passes(700);
      expect(kindsOf(second)).toStrictEqual(['replica-waiting']);

      const releasedAtMs = performance.now();
      await run(first.store.close());
      const told = await opening;
      expect(performance.now() - releasedAtMs).toBeLessThan(1_000);
      expect(told).toMatchObject({ epoch: epoch + 1, fresh: false, positions: [positionAt(START)] });
      expect(told.pending.map(({ delivery }) => delivery)).toMatchObject([
        { state: 'unknown', reason: 'restart', mayRepeat: true },
      ]);
      expect(kindsOf(second)).toStrictEqual(['replica-waiting', 'lease-taken']);
      expect(second.store.status()).toMatchObject({ writable: true, note: null });
    });

    it('stops waiting when nobody listens any more, and takes nothing', async () => {
      const place = newPlace();
      const [first, second] = [replica(place), replica(place)];
      const { epoch } = await open(first.store);
      const waiting = second.store.open().subscribe();
      await until('it waits', () => second.store.status().standby);
      waiting.unsubscribe();
      const beganAtMs = performance.now();
      await run(second.store.close());
      expect(performance.now() - beganAtMs).toBeLessThan(500);
      await run(first.store.close());
      await passes(500);
      expect((await open(first.store)).epoch).toBe(epoch + 1);
    });

    it('has what every one of three has while they begin at once', async () => {
      const place = newPlace();
      const three = [replica(place), replica(place), replica(place)];
      const epochs: number[] = [];
      const lives = three.map(async ({ store }) => {
        const { epoch } = await open(store);
        epochs.push(epoch);
        await run(store.claim(claimOf(epoch, START + epoch * MINUTE)));
        await run(store.close());
      });
      await Promise.all(lives);
      expect(epochs).toStrictEqual([1, 2, 3]);
      expect((await open(three[0]!.store)).positions).toStrictEqual([positionAt(START + 3 * MINUTE)]);
    });
  });

  it('F74: a replica that is cut off believes itself without the lease before another has it, and is fenced when it comes back', async () => {
    const place = newPlace();
    const first = await spoilt(place);
    const { epoch } = await open(first.store);
    expect(first.store.heldForMs?.()).toBeGreaterThan(LEASE_MS / 2);
    // It is renewed again and again, so more than half of it is left after any time.
    await passes(LEASE_MS);
    expect(first.store.heldForMs?.()).toBeGreaterThan(LEASE_MS / 2);

    const alert = alertOf('BTCUSDT', START);
    await run(first.store.claim(claimOf(epoch, START, [alert])));
    const thaw = first.proxy.add({ kind: 'freeze' });
    const second = replica(place);
    let overlap: number | undefined;
    const told = await open(second.store).then((remembered) => {
      overlap = first.store.heldForMs?.();
      return remembered;
    });
    expect(overlap).toBe(0);
    expect(told.epoch).toBe(epoch + 1);
    await run(second.store.transition({ epoch: told.epoch, from: 'claimed', to: sendingOf(rowFor(alert)) }));

    thaw();
    await expect(
      until('the first can ask again', async () => {
        try {
          await run(first.store.transition({ epoch, from: 'claimed', to: sendingOf(rowFor(alert)) }));
          return true;
        } catch (error) {
          if ((error as { kind?: unknown }).kind !== 'unavailable') throw error;
          return false;
        }
      }),
    ).rejects.toEqual(fails('fenced'));
    await expect(run(first.store.claim(claimOf(epoch, START + MINUTE)))).rejects.toEqual(fails('fenced'));
    expect(first.store.status()).toMatchObject({ writable: false, standby: true });
    expect(first.store.heldForMs?.()).toBe(0);
    expect((await allRows(second.store)).map(({ state }) => state)).toStrictEqual(['sending']);
  });

  it('notices by its renewals alone that another has taken over', async () => {
    const place = newPlace();
    const first = await spoilt(place);
    await open(first.store);
    const thaw = first.proxy.add({ kind: 'freeze' });
    await open(replica(place).store);
    thaw();
    await until('it knows', () => first.store.status().standby);
  });

  it('shows all rows to whoever asks, without the lease', async () => {
    const place = newPlace();
    const [active, asking] = [replica(place), replica(place)];
    expect(await answer(asking.store.read!())).toStrictEqual([]);
    const { epoch } = await open(active.store);
    const alerts = [alertOf('B', START + MINUTE), alertOf('A', START), alertOf('C', START, 'cooldown')];
    await run(active.store.claim(claimOf(epoch, START + MINUTE, alerts, ['console', 'discord'])));
    expect((await answer(asking.store.read!())).map(({ alert, delivery }) => [alert.symbol, delivery.sink])).toStrictEqual([
      ['A', 'console'],
      ['A', 'discord'],
      ['C', '*'],
      ['B', 'console'],
      ['B', 'discord'],
    ]);
    await run(active.store.claim(claimOf(epoch, START + 2 * MINUTE)));
  });
});
