import type { Sink } from '../../ports/sink.js';
import type { Store } from '../../ports/store.js';

/** A message leaves only while the store is ours for the deadline of its sink and so much longer (reliability.md §2.8). */
export const LEASE_MARGIN_MS = 2_000;
/** Of a sink that names no deadline. */
export const SINK_DEADLINE_MS = 15_000;

/** Whether the store is surely ours for as long as this sink may take. */
export const isLeaseLongEnough = (
  store: Pick<Store, 'heldForMs'>,
  { deadlineMs = SINK_DEADLINE_MS }: Pick<Sink, 'deadlineMs'>,
): boolean => (store.heldForMs?.() ?? Infinity) > deadlineMs + LEASE_MARGIN_MS;
