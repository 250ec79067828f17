import { concatMap, defer, ignoreElements, Observable } from 'rxjs';
import type { Context } from '../../ports/context.js';
import type { Remembered, Store } from '../../ports/store.js';
import { StoreError } from '../../ports/store.js';
import { copyOf } from '../state/admit.js';
import type { Request } from '../state/admit.js';
import type { State } from '../state/state.js';
import { emptyState, keyedKey, pendingIn, remembered, rowCount } from '../state/state.js';
import type { Backend } from './backend.js';
import { stateOf } from './changes.js';
import { createLease } from './lease.js';
import { probeServer } from './probe.js';
import type { Writer } from './writer.js';
import { closedWriter, createWriter } from './writer.js';

/** A clock that lies further behind the newest write than this was set back, or the data come from elsewhere. */
const CLOCK_BEHIND_MS_MAX = 300_000;

/**
 * A store on a database server, for one active replica and others that wait (reliability.md §2.8). Who holds the lease has everything
 * in memory and decides by it, as every store of this house does; the server takes a write only from who holds the present epoch.
 *
 * *Delivery*: what has been acknowledged is as durable as the server is told to be. *Memory*: everything that is not yet collected.
 */
export const createServerStore = (backend: Backend, leaseMs: number, context: Context): Store => {
  const { marketTime, wireTime, report } = context;
  const lease = createLease({ backend, leaseMs, context });
  const { place } = backend;
  const refusal = (): StoreError =>
    lease.state() === 'lost'
      ? new StoreError('fenced', `${place}: another replica has taken over`)
      : new StoreError('unavailable', `${place} is not open`);
  const closed = closedWriter(refusal);
  let state: State = emptyState();
  let writer: Writer = closed;
  /** Why the newest write failed. */
  let trouble: string | null = null;
  /** Opening and closing happen one after another. */
  let lifecycle: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lifecycle.then(work);
    lifecycle = turn.catch(() => undefined);
    return turn;
  };

  const known = (): State => {
    if (writer === closed || lease.state() !== 'held') throw refusal();
    return state;
  };

  const shut = async (): Promise<void> => {
    const current = writer;
    writer = closed;
    await current.idle();
    // A server that is away cannot be given its lease back; it ends by itself.
    await lease.release().catch(() => undefined);
    await backend.close();
  };

  const doubtClock = (nowMs: number): void => {
    const behindMs = state.touchedAtMs - nowMs;
    if (behindMs <= CLOCK_BEHIND_MS_MAX) return;
    report({
      kind: 'store-suspicious',
      detail: `the newest write of ${place} lies ${Math.round(behindMs / 1_000)} s ahead of the clock: was the clock set back, or do the data come from elsewhere?`,
    });
  };

  /** Does it again until it is done: the server has just been there. */
  const insist = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'unavailable' || signal.aborted) throw error;
        report({ kind: 'store-failed', detail: `opening the store, it is asked again: ${error.detail}` });
        await lease.pause(signal);
      }
    }
  };

  const begin = async (signal: AbortSignal): Promise<Remembered> => {
    const current = writer;
    writer = closed;
    await current.idle();
    const settled = lease.state() === 'held' ? current.settled() : null;
    const mark = await lease.take(signal);
    if (settled === null || settled !== mark.last) {
      state = stateOf(await insist(signal, () => backend.load()), place);
      for (const detail of await insist(signal, () => backend.weaknesses()))
        report({ kind: 'store-suspicious', detail: `${place}: ${detail}` });
    }
    state.epoch = mark.epoch - 1;
    const atMs = marketTime.now();
    doubtClock(atMs);
    const next = createWriter({ backend, state, mark, report, lost: lease.lose });
    await insist(signal, () => next.commit({ kind: 'open', atMs }));
    writer = next;
    trouble = null;
    return remembered(state, mark.epoch === 1);
  };

  /** Whoever does not want to wait any more unsubscribes. */
  const open = (): Observable<Remembered> =>
    new Observable((subscriber) => {
      const control = new AbortController();
      const opening = inTurn(async () => {
        try {
          return await begin(control.signal);
        } catch (error) {
          await shut().catch(() => undefined);
          throw error;
        }
      });
      opening.then(
        (told) => {
          subscriber.next(told);
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(error),
      );
      return () => control.abort();
    });

  const write = async (request: Request): Promise<void> => {
    try {
      await writer.commit(request);
      trouble = null;
    } catch (error) {
      if (error instanceof StoreError && error.kind !== 'conflict') trouble = error.detail;
      throw error;
    }
  };
  const commit = (request: Request): Observable<never> => defer(() => write(request)).pipe(ignoreElements());

  const status = (): ReturnType<Store['status']> => {
    const rows = rowCount(state);
    const at = lease.state();
    if (at === 'waiting' || at === 'lost')
      return { writable: false, rows, bytes: 0, note: `another replica is active at ${place}`, standby: true };
    const isOpen = at === 'held' && writer !== closed;
    const lapsed = isOpen && lease.heldForMs() === 0 ? 'the lease could not be renewed in time' : null;
    const note = isOpen ? (trouble ?? lapsed) : 'not open';
    return { writable: note === null, rows, bytes: 0, note };
  };

  return {
    open,
    claim: (claim) => commit({ kind: 'claim', claim }),
    transition: (change) => commit({ kind: 'transition', change }),
    scan: (wanted) => defer(() => [pendingIn(known(), (row) => row.state === wanted)]),
    collect: (epoch, beforeMs, suppressedBeforeMs) => commit({ kind: 'collect', epoch, beforeMs, suppressedBeforeMs }),
    put: (epoch, namespace, key, value) => commit({ kind: 'put', epoch, namespace, key, value }),
    get: (namespace, key) => defer(() => [copyOf(known().keyed.get(keyedKey(namespace, key))?.value ?? null)]),
    status,
    close: () => defer(() => inTurn(shut)).pipe(ignoreElements()),
    read: () =>
      defer(async () => {
        const found = stateOf(await backend.load(), place);
        if (lease.state() === 'none') await backend.close();
        return pendingIn(found, () => true);
      }),
    heldForMs: lease.heldForMs,
    probe: () => defer(() => probeServer(backend, wireTime).finally(() => backend.close())).pipe(concatMap((checks) => checks)),
  };
};
