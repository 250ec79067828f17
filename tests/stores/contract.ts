import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/model/delivery.js';
import type { Store } from '../../src/ports/store.js';
import { alertOf, allRows, answer, claimOf, MINUTE, open, positionAt, rowFor, run, START } from './support.js';

export interface StoreUnderTest {
  /** A store that has never been opened. */
  readonly create: () => Store | Promise<Store>;
  /** The same memory in the hands of another process, after the first has ended; absent where a store forgets. */
  readonly again?: () => Store | Promise<Store>;
}

const step = (from: Delivery, change: Partial<Delivery>): Delivery => ({ ...from, ...change });

/** What every store promises. A plug-in's spec calls it with its own way of making one. */
export const storeContract = (name: string, { create, again }: StoreUnderTest): void => {
  describe(`${name}, as a store`, () => {
    let store: Store;
    let epoch: number;
    beforeEach(async () => {
      store = await create();
      ({ epoch } = await open(store));
    });
    afterEach(() => run(store.close()));

    const send = (row: Delivery) =>
      run(store.transition({ epoch, from: row.state, to: step(row, { state: 'sending', attempts: row.attempts + 1 }) }));
    const fails = (kind: string): unknown => expect.objectContaining({ name: 'StoreError', kind });

    it('is empty and fresh when it is opened for the first time', async () => {
      const unopened = await create();
      expect(await open(unopened)).toEqual({ epoch: 1, positions: [], emitted: [], pending: [], fresh: true });
      await run(unopened.close());
    });

    it('remembers position, alerts and rows of a claim together', async () => {
      const sent = alertOf('BTCUSDT', START);
      const withheld = alertOf('ETHUSDT', START, 'cooldown');
      await run(store.claim(claimOf(epoch, START, [sent, withheld], ['console', 'discord'])));

      const { fresh, positions, emitted, pending } = await open(store);
      expect({ fresh, positions, emitted }).toEqual({ fresh: false, positions: [positionAt(START)], emitted: [sent] });
      expect(pending).toEqual([
        { alert: sent, delivery: rowFor(sent, 'console') },
        { alert: sent, delivery: rowFor(sent, 'discord') },
      ]);
      expect(await answer(store.scan('suppressed'))).toEqual([{ alert: withheld, delivery: rowFor(withheld) }]);
    });

    it('writes nothing before it is subscribed to, and again at each subscription', async () => {
      const claim = store.claim(claimOf(epoch, START, [alertOf('A', START)]));
      expect(await allRows(store)).toEqual([]);
      await run(claim);
      await run(claim);
      expect(await allRows(store)).toHaveLength(1);
    });

    it('leaves what it knows as it is when a claim is repeated, and takes what is new', async () => {
      const alert = alertOf('BTCUSDT', START);
      await run(store.claim(claimOf(epoch, START, [alert])));
      await send(rowFor(alert));
      await run(
        store.claim(claimOf(epoch, START, [{ ...alert, suppressedBy: 'cooldown' }, alertOf('X', START)], ['console', 'discord'])),
      );

      const rows = await allRows(store);
      expect(rows.filter(({ alertId }) => alertId === alert.id).map(({ sink, state }) => [sink, state])).toEqual([
        ['console', 'sending'],
      ]);
      expect((await open(store)).emitted.map(({ symbol }) => symbol)).toEqual(['BTCUSDT', 'X']);
    });

    it('gives a known alert a row for a sink that is new', async () => {
      const alert = alertOf('BTCUSDT', START);
      await run(store.claim(claimOf(epoch, START, [alert], ['console'])));
      await run(store.claim(claimOf(epoch, START, [alert], ['console', 'discord'])));
      expect((await allRows(store)).map(({ sink }) => sink)).toEqual(['console', 'discord']);
    });

    it('remembers alerts of a claim that moves no position', async () => {
      await run(store.claim({ ...claimOf(epoch, START, [alertOf('BTCUSDT', START)]), position: null }));
      const told = await open(store);
      expect(told.positions).toEqual([]);
      expect(told.emitted.map(({ symbol }) => symbol)).toEqual(['BTCUSDT']);
    });

    it('moves a position forward only, and remembers for each lagging symbol how far it has come', async () => {
      const claim = (openTimeMs: number, lagging: Record<string, number | null> = {}) =>
        run(store.claim({ ...claimOf(epoch, openTimeMs), position: positionAt(openTimeMs, lagging) }));
      const positions = async () => (await open(store).then((told) => ((epoch = told.epoch), told))).positions;

      await claim(START, { OLD: START - MINUTE, NEW: null });
      expect(await positions()).toEqual([positionAt(START, { OLD: START - MINUTE, NEW: null })]);
      await claim(START + MINUTE, { OLD: START - MINUTE });
      expect(await positions()).toEqual([positionAt(START + MINUTE, { OLD: START - MINUTE })]);
      // OLD's missing bar comes after all, and is told as a late part of the earlier close.
      await claim(START);
      expect(await positions()).toEqual([positionAt(START + MINUTE, { OLD: START })]);
      await claim(START + 2 * MINUTE);
      expect(await positions()).toEqual([positionAt(START + 2 * MINUTE)]);
      // After a restart a symbol counts as unseen until its first bar, but it had been judged before.
      await claim(START + 3 * MINUTE, { OLD: null, SLOW: START });
      expect(await positions()).toEqual([positionAt(START + 3 * MINUTE, { OLD: START + 2 * MINUTE, SLOW: START + 2 * MINUTE })]);
    });

    it('keeps markets and intervals apart', async () => {
      const spot = { ...positionAt(START), market: 'spot' as const };
      const hour = { ...positionAt(START), interval: '1h' as const };
      await run(store.claim(claimOf(epoch, START + MINUTE)));
      await run(store.claim({ ...claimOf(epoch, START), position: spot }));
      await run(store.claim({ ...claimOf(epoch, START), position: hour }));
      expect((await open(store)).positions).toEqual([positionAt(START + MINUTE), spot, hour]);
    });

    it('moves a row along the arrows and refuses every other step', async () => {
      const alert = alertOf('BTCUSDT', START);
      const row = rowFor(alert);
      await run(store.claim(claimOf(epoch, START, [alert])));
      const go = (from: Delivery['state'], to: Delivery['state']) =>
        run(store.transition({ epoch, from, to: step(row, { state: to }) }));

      await expect(go('claimed', 'delivered')).rejects.toEqual(fails('conflict'));
      await expect(go('waiting', 'sending')).rejects.toEqual(fails('conflict'));
      await go('claimed', 'sending');
      await expect(go('claimed', 'sending')).rejects.toEqual(fails('conflict'));
      await go('sending', 'waiting');
      await go('waiting', 'sending');
      await go('sending', 'delivered');
      await expect(go('delivered', 'sending')).rejects.toEqual(fails('conflict'));
      expect(await allRows(store)).toEqual([step(row, { state: 'delivered' })]);
    });

    it('refuses a step of a row that it does not know', async () => {
      await expect(send(rowFor(alertOf('NEVER', START)))).rejects.toEqual(fails('conflict'));
      expect(await allRows(store)).toEqual([]);
    });

    it('lets one of two steps from the same state through when both are asked for at once', async () => {
      const alert = alertOf('BTCUSDT', START);
      await run(store.claim(claimOf(epoch, START, [alert])));
      const ends = await Promise.allSettled([send(rowFor(alert)), send(rowFor(alert))]);
      expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    });

    it('takes a claim and the first step of its row when both are asked for at once', async () => {
      const alert = alertOf('BTCUSDT', START);
      await Promise.all([run(store.claim(claimOf(epoch, START, [alert]))), send(rowFor(alert))]);
      expect((await allRows(store)).map(({ state }) => state)).toEqual(['sending']);
    });

    it('refuses a claim whose rows could not have begun so, and remembers nothing of it', async () => {
      const alert = alertOf('BTCUSDT', START);
      const odd = { ...claimOf(epoch, START, [alert]), deliveries: [step(rowFor(alert), { state: 'delivered' })] };
      await expect(run(store.claim(odd))).rejects.toThrow(TypeError);
      const orphan = { ...claimOf(epoch, START), deliveries: [rowFor(alert)] };
      await expect(run(store.claim(orphan))).rejects.toThrow(TypeError);
      expect((await open(store)).positions).toEqual([]);
    });

    it('fences off whoever opened it earlier', async () => {
      const alert = alertOf('BTCUSDT', START);
      await run(store.claim(claimOf(epoch, START, [alert])));
      const later = await open(store);
      expect(later.epoch).toBe(epoch + 1);
      await expect(run(store.claim(claimOf(epoch, START + MINUTE)))).rejects.toEqual(fails('fenced'));
      await expect(send(rowFor(alert))).rejects.toEqual(fails('fenced'));
      await expect(run(store.put(epoch, 'a', 'b', 1))).rejects.toEqual(fails('fenced'));
      await expect(run(store.collect(epoch, START, START))).rejects.toEqual(fails('fenced'));
      await run(store.claim(claimOf(later.epoch, START + MINUTE)));
    });

    it('takes a row found in flight for one of unknown outcome, once for each restart', async () => {
      const alert = alertOf('BTCUSDT', START);
      await run(store.claim(claimOf(epoch, START, [alert])));
      await send(rowFor(alert));
      const [found] = (await open(store)).pending;
      expect(found?.delivery).toMatchObject({ state: 'unknown', reason: 'restart', attempts: 1, unknowns: 1, mayRepeat: true });
      expect((await open(store)).pending).toEqual([found]);
    });

    it('gives rows in order of decision time, then symbol', async () => {
      const alerts = [
        alertOf('B', START + MINUTE),
        alertOf('A', START + MINUTE),
        alertOf('币安人生USDT', START),
        alertOf('Z', START),
      ];
      await run(store.claim(claimOf(epoch, START, alerts)));
      const symbols = ['Z', '币安人生USDT', 'A', 'B'];
      expect((await answer(store.scan('claimed'))).map(({ alert }) => alert.symbol)).toEqual(symbols);
      const { emitted, pending } = await open(store);
      expect(emitted.map(({ symbol }) => symbol)).toEqual(symbols);
      expect(pending.map(({ alert }) => alert.symbol)).toEqual(symbols);
    });

    it('forgets an alert when all its rows are final and old enough, and never one that is on its way', async () => {
      const told = alertOf('TOLD', START);
      const half = alertOf('HALF', START);
      const withheld = alertOf('WITHHELD', START, 'cooldown');
      await run(store.claim(claimOf(epoch, START, [told, half, withheld], ['console', 'discord'])));
      const end = async (row: Delivery, updatedAtMs: number) => {
        await send(row);
        await run(store.transition({ epoch, from: 'sending', to: step(row, { state: 'delivered', updatedAtMs }) }));
      };
      await end(rowFor(told, 'console'), START + 2 * MINUTE);
      await end(rowFor(told, 'discord'), START + 3 * MINUTE);
      await end(rowFor(half, 'console'), START + 2 * MINUTE);

      const symbols = async () => [
        ...new Set(
          [...(await answer(store.scan('suppressed'))), ...(await answer(store.scan('delivered')))].map(
            ({ alert }) => alert.symbol,
          ),
        ),
      ];
      await run(store.collect(epoch, START + 3 * MINUTE, START + MINUTE));
      expect(await symbols()).toEqual(['WITHHELD', 'HALF', 'TOLD']);
      await run(store.collect(epoch, START + 4 * MINUTE, START + MINUTE));
      expect(await symbols()).toEqual(['WITHHELD', 'HALF']);
      await run(store.collect(epoch, START + 4 * MINUTE, START + 2 * MINUTE));
      expect(await symbols()).toEqual(['HALF']);
      expect((await allRows(store)).map(({ sink }) => sink).sort()).toEqual(['console', 'discord']);
      expect(store.status().rows).toBe(2);
    });

    it('keeps small values by namespace and key, apart from the hands that gave them', async () => {
      const get = (namespace: string, key: string) => answer(store.get(namespace, key));
      const value = { since: 1.5, names: ['币安人生'] };
      expect(await get('episodes', 'a')).toBeNull();
      await run(store.put(epoch, 'episodes', 'a', value));
      value.names.push('changed later');
      await run(store.put(epoch, 'silences', 'a', 'other'));
      expect(await get('episodes', 'a')).toEqual({ since: 1.5, names: ['币安人生'] });
      ((await get('episodes', 'a')) as { names: string[] }).names.push('changed by a reader');
      expect(await get('episodes', 'a')).toEqual({ since: 1.5, names: ['币安人生'] });
      await run(store.put(epoch, 'episodes', 'a', null));
      expect(await get('episodes', 'a')).toBeNull();
      expect(await get('silences', 'a')).toBe('other');
    });

    it('refuses a value that JSON would change', async () => {
      for (const value of [Number.NaN, undefined, 1n, new Date(0), { a: [() => 0] }]) {
        await expect(run(store.put(epoch, 'a', 'b', value))).rejects.toThrow(TypeError);
      }
    });

    it('takes any text for a symbol and a key', async () => {
      const texts = ['__proto__', 'constructor', 'toString', '币安人生USDT', 'a|b', '"\\\n\u2028\ud83d\ude80'];
      const lagging = Object.fromEntries(texts.map((text) => [text, START]));
      const alerts = texts.map((text) => alertOf(text, START));
      for (let i = 0; i < 2; i++) {
        await run(store.claim({ ...claimOf(epoch, START, alerts, texts), position: positionAt(START + MINUTE, lagging) }));
      }
      for (const text of texts) await run(store.put(epoch, text, text, text));
      for (const text of texts) expect(await answer(store.get(text, text))).toBe(text);
      const { positions, emitted, pending } = await open(store);
      expect(Object.entries(positions[0]!.lagging)).toEqual(texts.map((text) => [text, START]));
      expect(emitted.map(({ symbol }) => symbol)).toEqual([...texts].sort());
      expect(new Set(pending.map(({ delivery }) => delivery.sink))).toEqual(new Set(texts));
      expect(pending).toHaveLength(texts.length ** 2);
    });

    if (again !== undefined) persistence(again);

    function persistence(reopen: () => Store | Promise<Store>): void {
      it('gives everything that was acknowledged to the next process', async () => {
        const alerts = [alertOf('__proto__', START), alertOf('币安人生USDT', START), alertOf('C', START, 'cooldown')];
        const lagging = Object.fromEntries([['__proto__', START - MINUTE]]);
        await run(store.claim({ ...claimOf(epoch, START, alerts), position: positionAt(START, lagging) }));
        await send(rowFor(alerts[0]!));
        await run(store.put(epoch, '__proto__', 'constructor', { n: 0.1 + 0.2 }));
        await run(store.close());

        const next = await reopen();
        const { fresh, epoch: nextEpoch, positions, emitted, pending } = await open(next);
        expect({ fresh, nextEpoch }).toEqual({ fresh: false, nextEpoch: epoch + 1 });
        expect(Object.entries(positions[0]!.lagging)).toEqual([['__proto__', START - MINUTE]]);
        expect(emitted).toEqual(alerts.slice(0, 2));
        expect(pending.map(({ delivery }) => [delivery.state, delivery.mayRepeat])).toEqual([
          ['unknown', true],
          ['claimed', false],
        ]);
        expect((await answer(next.scan('suppressed'))).map(({ alert }) => alert)).toEqual(alerts.slice(2));
        expect(await answer(next.get('__proto__', 'constructor'))).toEqual({ n: 0.30000000000000004 });
        await run(next.close());
      });

      it('refuses to work when it is closed, and can be opened again', async () => {
        await run(store.close());
        await run(store.close());
        await expect(run(store.claim(claimOf(epoch, START)))).rejects.toEqual(fails('unavailable'));
        await expect(answer(store.scan('claimed'))).rejects.toEqual(fails('unavailable'));
        expect(store.status().writable).toBe(false);
        expect((await open(store)).epoch).toBe(epoch + 1);
        expect(store.status()).toMatchObject({ writable: true, note: null });
        await run(store.close());
      });
    }
  });
};
