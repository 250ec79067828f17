import type { Observable } from 'rxjs';
import { defer, EMPTY, of } from 'rxjs';
import { z } from 'zod';
import { defineStore } from '../ports/plugin.js';
import { skipped } from '../ports/check.js';
import type { Store } from '../ports/store.js';
import { copyOf } from './state/admit.js';
import type { Request } from './state/admit.js';
import { admit } from './state/admit.js';
import { apply, emptyState, keyedKey, pendingIn, remembered, rowCount } from './state/state.js';

/**
 * A store that forgets everything when the process ends, for replay and trials. It does at once what the others do durably,
 * with the same checks, and keeps the very objects it is given.
 */
export const createMemoryStore = (nowMs: () => number): Store => {
  const state = emptyState();
  const commit = (request: Request): Observable<never> =>
    defer(() => {
      apply(state, admit(state, request));
      return EMPTY;
    });

  return {
    open: () =>
      defer(() => {
        const fresh = state.epoch === 0;
        apply(state, admit(state, { kind: 'open', atMs: nowMs() }));
        return of(remembered(state, fresh));
      }),
    claim: (claim) => commit({ kind: 'claim', claim }),
    transition: (change) => commit({ kind: 'transition', change }),
    scan: (wanted) => defer(() => of(pendingIn(state, (row) => row.state === wanted))),
    collect: (epoch, beforeMs, suppressedBeforeMs) => commit({ kind: 'collect', epoch, beforeMs, suppressedBeforeMs }),
    put: (epoch, namespace, key, value) => commit({ kind: 'put', epoch, namespace, key, value }),
    get: (namespace, key) => defer(() => of(copyOf(state.keyed.get(keyedKey(namespace, key))?.value ?? null))),
    status: () => ({ writable: true, rows: rowCount(state), bytes: 0, note: null }),
    close: () => EMPTY,
    probe: () => of(skipped('durable', 'kept in memory: a restart forgets what was decided and delivered')),
  };
};

export const memory = defineStore({
  type: 'memory',
  summary: 'Keeps everything in memory and forgets it at the end: for replay and trials.',
  options: z.strictObject({}),
  create: (_options, { marketTime }) => createMemoryStore(() => marketTime.now()),
});
