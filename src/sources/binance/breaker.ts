/** Failures in a row after which the host is taken to be down. */
const FAILURES_MAX = 5;
const PAUSE_MS_INITIAL = 1_000;
const PAUSE_MS_MAX = 60_000;

/**
 * Circuit breaker of one host: after a few failures in a row nobody asks for a while, then one request alone tries how the host
 * is. If it is answered all go on, otherwise the pause doubles. So an outage costs the exchange next to nothing, and us no
 * storm of retries when it comes back. Times are milliseconds of the wire clock.
 */
export interface Breaker {
  /** Requests that may be on their way at once: all, one, or none. */
  limit(nowMs: number): number;
  /** When one may try again; in the past unless `limit` is 0. */
  opensAtMs(): number;
  /** Something came back that a working host says. */
  answered(): void;
  failed(nowMs: number): void;
  /** One request alone goes next, whatever was before: after a ban nobody rushes in. */
  probe(): void;
}

export const createBreaker = (random: () => number): Breaker => {
  let state: 'closed' | 'open' | 'half-open' = 'closed';
  let failures = 0;
  let trips = 0;
  let opensAtMs = 0;
  return {
    limit: (nowMs) => {
      if (state === 'open' && nowMs >= opensAtMs) state = 'half-open';
      return state === 'closed' ? Infinity : state === 'half-open' ? 1 : 0;
    },
    opensAtMs: () => opensAtMs,
    answered: () => {
      state = 'closed';
      failures = 0;
      trips = 0;
    },
    failed: (nowMs) => {
      failures++;
      // While it is open, what was on its way before tells nothing new.
      if (state === 'open' || (state === 'closed' && failures < FAILURES_MAX)) return;
      state = 'open';
      opensAtMs = nowMs + Math.min(PAUSE_MS_MAX, PAUSE_MS_INITIAL * 2 ** trips) * (0.5 + random() / 2);
      trips++;
    },
    probe: () => {
      if (state === 'closed') state = 'half-open';
    },
  };
};
