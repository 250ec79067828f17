import type { SchedulerAction } from 'rxjs';
import { Subscription } from 'rxjs';
import type { MarketClock } from '../ports/context.js';
import { createActionHeap } from './action-heap.js';

/** Time that passes only when told to. It is both clocks at once in replay and in simulations without sockets. */
export interface VirtualClock extends MarketClock {
  /** Runs everything due up to `timeMs`, in order of time then of scheduling, and leaves the clock there. Never goes back. */
  advanceTo(timeMs: number): void;
  /**
   * A real operation (a read, an fsync) has begun; call the result when it has ended. `runUntil` does not let time pass
   * while any is open, so virtual time cannot outrun the disk (decisions.md 17).
   */
  hold(): () => void;
  /** Resolves when no real operation is open. */
  idle(): Promise<void>;
  /** As `advanceTo`, but waits for real operations before every step. */
  runUntil(timeMs: number): Promise<void>;
  /** Work waiting; 0 when all that is left has been cancelled. */
  pending(): number;
}

/**
 * The wire's clock beside a virtual one: what is to be done on it at once is a real operation, so virtual time does not pass before
 * it is done. Whoever waits for longer is waited for by nobody.
 */
export const holdingBack = (wireTime: MarketClock, clock: Pick<VirtualClock, 'hold'>): MarketClock => ({
  speed: wireTime.speed,
  now: () => wireTime.now(),
  follow: (serverTimeMs) => wireTime.follow(serverTimeMs),
  schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs = 0, state?: T): Subscription => {
    if (delayMs > 0) return wireTime.schedule(work, delayMs, state);
    const release = clock.hold();
    const action = wireTime.schedule<T>(
      function (this: SchedulerAction<T>, held?: T) {
        try {
          work.call(this, held);
        } finally {
          release();
        }
      },
      0,
      state,
    );
    action.add(release);
    return action;
  },
});

/** Whether time passes only when it is told to. */
export const isVirtual = (clock: MarketClock): clock is VirtualClock => 'hold' in clock;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const createVirtualClock = (startMs = 0): VirtualClock => {
  const heap = createActionHeap();
  let nowMs = startMs;
  let order = 0;
  let open = 0;

  const schedule = <T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs = 0, state?: T): Subscription => {
    const action = new Subscription() as SchedulerAction<T>;
    let due: { cancelled: boolean } | undefined;
    const enqueue = (nextState: T | undefined, waitMs: number): void => {
      const entry = {
        timeMs: nowMs + Math.max(0, waitMs),
        order: order++,
        cancelled: false,
        run: () => work.call(action, nextState),
      };
      due = entry;
      heap.push(entry);
    };
    action.schedule = (nextState, waitMs = 0) => {
      if (!action.closed) {
        if (due !== undefined) due.cancelled = true;
        enqueue(nextState, waitMs);
      }
      return action;
    };
    action.add(() => {
      if (due !== undefined) due.cancelled = true;
    });
    enqueue(state, delayMs);
    return action;
  };

  const step = (untilMs: number): boolean => {
    const next = heap.peek();
    if (next === undefined || next.timeMs > untilMs) return false;
    heap.pop();
    nowMs = Math.max(nowMs, next.timeMs);
    next.run();
    return true;
  };

  const advanceTo = (timeMs: number): void => {
    while (step(timeMs));
    nowMs = Math.max(nowMs, timeMs);
  };

  const idle = async (): Promise<void> => {
    while (open > 0) await nextTurn();
  };

  return {
    speed: 1,
    now: () => nowMs,
    schedule,
    // The virtual clock is the exchange's own, so there is nothing to follow.
    follow: () => undefined,
    advanceTo,
    hold: () => {
      open++;
      let held = true;
      return () => {
        if (held) open--;
        held = false;
      };
    },
    idle,
    runUntil: async (timeMs) => {
      do {
        await idle();
        // Promises that an operation has just settled run before the next step.
        await nextTurn();
        await idle();
      } while (step(timeMs));
      nowMs = Math.max(nowMs, timeMs);
    },
    pending: () => (heap.peek() === undefined ? 0 : heap.size()),
  };
};
