import type { State, Table } from './state.js';

/** A table that shows `below` and keeps every change to itself; `undefined` stands for what was removed. */
const over = <V>(below: Table<V>): Table<V> => {
  const own = new Map<string, V | undefined>();
  const entries = function* (): Generator<[string, V]> {
    for (const [key, value] of below.entries()) if (!own.has(key)) yield [key, value];
    for (const [key, value] of own) if (value !== undefined) yield [key, value];
  };
  return {
    get: (key) => (own.has(key) ? own.get(key) : below.get(key)),
    set: (key, value) => own.set(key, value),
    delete: (key) => own.set(key, undefined),
    entries,
    *values() {
      for (const [, value] of entries()) yield value;
    },
  };
};

/**
 * A state as it will be once the writes that wait have become durable. Writes of one group are checked against it, one after
 * another, while the real state still shows only what is on the disk.
 */
export const draftOf = (state: State): State => ({
  epoch: state.epoch,
  touchedAtMs: state.touchedAtMs,
  positions: over(state.positions),
  entries: over(state.entries),
  keyed: over(state.keyed),
});
