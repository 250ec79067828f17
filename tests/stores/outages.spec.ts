import { afterEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/model/delivery.js';
import type { Store } from '../../src/ports/store.js';
import { createRandom } from '../../src/simulator/exchange/random.js';
import type { Proxy } from '../../src/simulator/proxy.js';
import { createProxy } from '../../src/simulator/proxy.js';
import { closedPort } from '../support/loopback.js';
import { DATABASE_PASSWORD } from '../support/servers.js';
import type { Replica } from './server-context.js';
import { insist, onServers, passes } from './server-context.js';
import { alertOf, allRows, answer, claimOf, MINUTE, open, positionAt, rowFor, run, START } from './support.js';

/*
 * A server that is away, slow, or cut off in the middle (reliability.md F73): typed errors, no step lost, none done twice.
 */

const DEADLINE_MS = 300;
const fails = (kind: string): unknown => expect.objectContaining({ name: 'StoreError', kind });
const changed = (row: Delivery, change: Partial<Delivery>): Delivery => ({ ...row, ...change });

onServers(({ under, server, newPlace }) => {
  const stores: Store[] = [];
  const proxies: Proxy[] = [];
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.close();
    for (const store of stores.splice(0)) await run(store.close());
  });
  const replica = (place: string, url = server().url()): Replica => {
    const made = under.replica(url, place, { lease: 20_000, deadline: DEADLINE_MS });
    stores.push(made.store);
    return made;
  };
  /** A store that is open, behind a proxy that spoils its connection. */
  const spoilt = async (place = newPlace()) => {
    const proxy = await createProxy({ target: { port: server().port } });
    proxies.push(proxy);
    const { store, faults } = replica(place, server().url(proxy.port));
    const { epoch } = await open(store);
    return { store, faults, proxy, epoch, place };
  };
  /** What the server has, as another process sees it. */
  const onTheServer = async (place: string): Promise<readonly Delivery[]> => {
    const { store } = replica(place);
    const rows: Delivery[] = [];
    await store.read!().forEach((pending) => rows.push(...pending.map(({ delivery }) => delivery)));
    return rows;
  };

  describe('a server that answers no more', () => {
    it('F73: away: what is asked meanwhile is unavailable, nothing of it is remembered, and afterwards everything goes on', async () => {
      const { store, epoch, place } = await spoilt();
      const alert = alertOf('BTCUSDT', START);
      await run(store.claim(claimOf(epoch, START, [alert])));
      await server().crash();
      try {
        await expect(run(store.claim(claimOf(epoch, START + MINUTE, [alertOf('ETHUSDT', START + MINUTE)])))).rejects.toEqual(
          fails('unavailable'),
        );
        expect(store.status()).toMatchObject({ writable: false });
        expect(await allRows(store)).toStrictEqual([rowFor(alert)]);
      } finally {
        await server().start();
      }
      await insist(store.claim(claimOf(epoch, START + MINUTE, [alertOf('ETHUSDT', START + MINUTE)])));
      expect(store.status()).toMatchObject({ writable: true, note: null });
      expect((await onTheServer(place)).map(({ state }) => state)).toStrictEqual(['claimed', 'claimed']);
      await run(store.close());
      expect((await open(replica(place).store)).positions).toStrictEqual([positionAt(START + MINUTE)]);
    });

    it('F73: slow beyond the deadline: unavailable in time, and known when it is asked again', async () => {
      const { store, epoch, proxy, place } = await spoilt();
      const alert = alertOf('BTCUSDT', START);
      const undo = proxy.add({ kind: 'latency', ms: 2 * DEADLINE_MS });
      const beganAtMs = performance.now();
      await expect(run(store.claim(claimOf(epoch, START, [alert])))).rejects.toEqual(fails('unavailable'));
      expect(performance.now() - beganAtMs).toBeLessThan(3 * DEADLINE_MS);
      undo();
      await insist(store.claim(claimOf(epoch, START, [alert])));
      expect((await onTheServer(place)).map(({ state }) => state)).toStrictEqual(['claimed']);
    });
  });

  describe('a line that is cut', () => {
    it('F73: before a claim has come over whole, nothing of it is there', async () => {
      const { store, epoch, proxy, place } = await spoilt();
      const undo = proxy.add({ kind: 'freeze' }, 'server');
      const failing = run(store.claim(claimOf(epoch, START, [alertOf('BTCUSDT', START)])));
      await expect(failing).rejects.toEqual(fails('unavailable'));
      proxy.cutAll();
      undo();
      expect(await onTheServer(place)).toStrictEqual([]);
      expect(await allRows(store)).toStrictEqual([]);
      await insist(store.claim(claimOf(epoch, START, [alertOf('BTCUSDT', START)])));
      expect(await onTheServer(place)).toHaveLength(1);
    });

    it('F73: before the answer to a claim: when it is asked again it is found, and its rows are as they were first', async () => {
      const { store, epoch, proxy, place } = await spoilt();
      const alert = alertOf('BTCUSDT', START);
      const undo = proxy.add({ kind: 'timeout', ms: 0 }, 'client');
      await expect(run(store.claim(claimOf(epoch, START, [alert])))).rejects.toEqual(fails('unavailable'));
      proxy.cutAll();
      undo();
      expect(await onTheServer(place)).toStrictEqual([rowFor(alert)]);
      // It is asked for later, and would be another row.
      const later = { ...claimOf(epoch, START, [alert]), deliveries: [rowFor(alert, 'console', alert.decisionTimeMs + 5_000)] };
      await insist(store.claim(later));
      expect(await allRows(store)).toStrictEqual([rowFor(alert)]);
      expect(await onTheServer(place)).toStrictEqual([rowFor(alert)]);
    });

    it('F73: before the answer to a step: the same step is taken for done when it comes again, any other is a conflict', async () => {
      const { store, epoch, proxy } = await spoilt();
      const alert = alertOf('BTCUSDT', START);
      const row = rowFor(alert);
      const sending = changed(row, { state: 'sending', attempts: 1 });
      await run(store.claim(claimOf(epoch, START, [alert])));
      const undo = proxy.add({ kind: 'timeout', ms: 0 }, 'client');
      await expect(run(store.transition({ epoch, from: 'claimed', to: sending }))).rejects.toEqual(fails('unavailable'));
      proxy.cutAll();
      undo();
      await insist(store.transition({ epoch, from: 'claimed', to: sending }));
      expect(await allRows(store)).toStrictEqual([sending]);
      await expect(run(store.transition({ epoch, from: 'claimed', to: sending }))).rejects.toEqual(fails('conflict'));
    });

    it('F73: and a write that was held up on the way comes after its successor: it is not done any more', async () => {
      const { store, epoch, proxy, place } = await spoilt();
      const alert = alertOf('BTCUSDT', START);
      const undo = proxy.add({ kind: 'latency', ms: 3 * DEADLINE_MS }, 'server');
      await expect(run(store.claim(claimOf(epoch, START, [alert])))).rejects.toEqual(fails('unavailable'));
      undo();
      await insist(store.claim(claimOf(epoch, START + MINUTE, [alertOf('ETHUSDT', START + MINUTE)])));
      await passes(4 * DEADLINE_MS);
      expect(await onTheServer(place)).toHaveLength((await allRows(store)).length);
      await insist(store.claim(claimOf(epoch, START, [alert])));
      expect(await onTheServer(place)).toHaveLength(2);
    });

    it('F73: anywhere, again and again: the server ends where one ends that was never cut', async () => {
      const seed = Number(process.env['SEED'] ?? 73);
      const random = createRandom(seed);
      const { store, epoch, proxy, place } = await spoilt();
      let cuts = 0;
      /** Asks as the monitor does: again and again, each time over a line that may be cut anywhere. */
      const insistent = async (step: ReturnType<Store['close']>): Promise<void> => {
        for (let tries = 0; ; tries++) {
          const bytes = Math.floor(random() * 1_500);
          const undo =
            tries < 3 && random() < 0.5 ? proxy.add({ kind: 'limit-data', bytes }, random() < 0.5 ? 'server' : 'client') : null;
          try {
            await run(step);
            return;
          } catch (error) {
            expect(error, `SEED=${seed}`).toEqual(fails('unavailable'));
            cuts++;
          } finally {
            undo?.();
            if (undo !== null) proxy.cutAll();
          }
        }
      };
      const ends: Delivery[] = [];
      for (let n = 0; n < 15; n++) {
        const alert = alertOf(`S${n}`, START + n * MINUTE);
        const sending = changed(rowFor(alert), { state: 'sending', attempts: 1 });
        const delivered = changed(sending, { state: 'delivered', messageId: `m${n}` });
        await insistent(store.claim(claimOf(epoch, START + n * MINUTE, [alert])));
        await insistent(store.transition({ epoch, from: 'claimed', to: sending }));
        await insistent(store.transition({ epoch, from: 'sending', to: delivered }));
        await insistent(store.put(epoch, 'episodes', `e${n}`, { n }));
        ends.push(delivered);
      }
      expect(cuts).toBeGreaterThan(10);
      expect(await onTheServer(place)).toStrictEqual(ends);
      expect(await allRows(store)).toStrictEqual(ends);
      await run(store.close());
      const next = replica(place).store;
      expect((await open(next)).positions).toStrictEqual([positionAt(START + 14 * MINUTE)]);
      expect(await answer(next.get('episodes', 'e14'))).toStrictEqual({ n: 14 });
    });
  });

  it('tells a wrong password and a wrong port apart, and never shows the address', async () => {
    const texts: string[] = [];
    const refused = async (url: string): Promise<string> => {
      const error = (await open(replica(newPlace(), url).store).catch((failure: unknown) => failure)) as Error & { kind: string };
      texts.push(String(error.stack), JSON.stringify(error));
      return `${error.kind}: ${error.message}`;
    };
    expect(await refused(server().url().replace(DATABASE_PASSWORD, 'another-canary'))).toMatch(
      /^unavailable: .*(let us in|WRONGPASS|invalid)/,
    );
    expect(await refused(server().url(await closedPort()))).toMatch(/^unavailable: .*connection refused/);
    expect(texts.join()).not.toMatch(/canary|127\.0\.0\.1/);
  });
});
