import type { Listed } from './listing.js';

/** A listing begins to trade a moment after its time, and the list comes from a cache. */
const LATE_MS = 15_000;

/**
 * Milliseconds until the exchange should be looked at because a contract begins or ends by then, as the list itself says;
 * `null` when it says of none. Pure.
 */
export const nextChangeMs = (listed: readonly Listed[], nowMs: number): number | null => {
  let leastMs = Infinity;
  for (const { status, onboardMs, deliveryMs } of listed) {
    // What should have begun and has not is left to the usual looks.
    if (status === 'PENDING_TRADING' && onboardMs !== null && onboardMs + LATE_MS > nowMs)
      leastMs = Math.min(leastMs, onboardMs + LATE_MS - nowMs);
    if (status === 'TRADING' && deliveryMs !== null && deliveryMs > nowMs) leastMs = Math.min(leastMs, deliveryMs - nowMs);
  }
  return Number.isFinite(leastMs) ? leastMs : null;
};
