import { randomUUID } from 'node:crypto';
import type { Subscription } from 'rxjs';
import { defer, EMPTY, merge, repeat, switchMap, timer } from 'rxjs';
import type { Context } from '../../ports/context.js';
import { StoreError } from '../../ports/store.js';
import type { Backend, Mark } from './backend.js';
import { NotYet } from './failure.js';

/** Whoever waits asks this often, in wire milliseconds; more often where a lease is short. */
const ASK_MS_MAX = 1_000;
const ASKS_PER_LEASE = 10;
/** A lease is renewed when a third of it has passed: two tries may fail before anybody else can have it. */
const RENEWALS_PER_LEASE = 3;

export interface LeaseParts {
  readonly backend: Backend;
  readonly leaseMs: number;
  readonly context: Pick<Context, 'wireTime' | 'report' | 'clockBreak$'>;
}

export interface LeaseKeeper {
  /** Waits until the lease is ours, takes it under a new name, and keeps it from then on. Rejects when `signal` is aborted. */
  readonly take: (signal: AbortSignal) => Promise<Mark>;
  /** For how long nobody else can have it, by this machine's monotonic clock; 0 when it is not ours. */
  readonly heldForMs: () => number;
  /** `waiting`: somebody else has it. */
  readonly state: () => 'none' | 'waiting' | 'held' | 'lost';
  /** It is somebody else's now. */
  readonly lose: () => void;
  /** Gives it back, so that whoever waits need not wait for its end. */
  readonly release: () => Promise<void>;
  /** Resolves after a while, or when `signal` is aborted. */
  readonly pause: (signal: AbortSignal) => Promise<void>;
}

/** A server that was reached is waited for; one that never was is more likely a wrong address, and a person should know. */
const isWaitedFor = (error: unknown, isReached: boolean): boolean =>
  error instanceof NotYet || (isReached && error instanceof StoreError && error.kind === 'unavailable');

/**
 * One lease among several replicas (reliability.md §2.8). It ends by the server's clock, `leaseMs` after the server has heard of us.
 * We count from before we asked, so we believe ourselves without it earlier than the server does.
 */
export const createLease = ({
  backend,
  leaseMs,
  context: { wireTime, report, clockBreak$ = EMPTY },
}: LeaseParts): LeaseKeeper => {
  const askMs = Math.min(ASK_MS_MAX, leaseMs / ASKS_PER_LEASE);
  let owner: string | null = null;
  let state: ReturnType<LeaseKeeper['state']> = 'none';
  let heldUntilMs = -Infinity;
  let keeping: Subscription | null = null;

  const end = (next: typeof state): void => {
    keeping?.unsubscribe();
    keeping = null;
    heldUntilMs = -Infinity;
    state = next;
  };
  const lose = (): void => {
    if (state === 'held') end('lost');
  };

  /** Renews once, and gives the pause before the next time. */
  const renew = async (name: string): Promise<number> => {
    const sentAtMs = wireTime.now();
    try {
      const isOurs = await backend.renew(name, leaseMs);
      if (name !== owner) return leaseMs;
      if (isOurs) heldUntilMs = sentAtMs + leaseMs;
      else lose();
      return leaseMs / RENEWALS_PER_LEASE;
    } catch (error) {
      if (name === owner)
        report({
          kind: 'store-failed',
          detail: `the lease could not be renewed, it is asked again: ${String((error as Error).message)}`,
        });
      return askMs;
    }
  };

  const keep = (name: string): void => {
    let pauseMs = leaseMs / RENEWALS_PER_LEASE;
    const renewal$ = defer(() => timer(pauseMs, wireTime)).pipe(
      switchMap(async () => {
        pauseMs = await renew(name);
      }),
      repeat(),
    );
    // A clock that was moved, or stood still while the machine slept, says nothing of how old a lease is.
    const doubt$ = clockBreak$.pipe(
      switchMap(async () => {
        heldUntilMs = -Infinity;
        await renew(name);
      }),
    );
    keeping?.unsubscribe();
    keeping = merge(renewal$, doubt$).subscribe();
  };

  const pause = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        wait.unsubscribe();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const wait = wireTime.schedule(end, askMs);
      signal.addEventListener('abort', end);
    });

  const take = async (signal: AbortSignal): Promise<Mark> => {
    const before = state === 'held' ? owner : null;
    const name = randomUUID();
    const sinceMs = wireTime.now();
    let isReached = false;
    let isTold = false;
    while (!signal.aborted) {
      const sentAtMs = wireTime.now();
      try {
        const lease = await backend.acquire(name, before, leaseMs);
        isReached = true;
        if (lease !== null) {
          owner = name;
          end('held');
          heldUntilMs = sentAtMs + leaseMs;
          keep(name);
          const waitedS = Math.round((wireTime.now() - sinceMs) / 1_000);
          if (isTold)
            report({
              kind: 'lease-taken',
              detail: `${backend.place}: active now (epoch ${lease.epoch}), after ${waitedS} s of waiting`,
            });
          return { ...lease, owner: name };
        }
        state = 'waiting';
        if (!isTold)
          report({
            kind: 'replica-waiting',
            detail: `${backend.place}: another replica is active; this one waits to take its place`,
          });
        isTold = true;
      } catch (error) {
        if (!isWaitedFor(error, isReached)) throw error;
      }
      await pause(signal);
    }
    state = 'none';
    throw new StoreError('unavailable', `${backend.place}: given up before the lease was free`);
  };

  return {
    take,
    heldForMs: () => Math.max(0, heldUntilMs - wireTime.now()),
    state: () => state,
    lose,
    release: async () => {
      const name = state === 'held' ? owner : null;
      end('none');
      owner = null;
      if (name !== null) await backend.release(name);
    },
    pause,
  };
};
