import type { SchedulerLike, Subscription } from 'rxjs';
import { Observable, finalize, switchMap } from 'rxjs';

/** The exchange counts by the minute of its own clock, which need not be ours: the first moments of a minute are left alone. */
const MINUTE_MS = 60_000;
const MINUTE_MARGIN_MS = 250;
/** No single wait is longer (reliability.md F48). */
const WAIT_MS_MAX = 60_000;

/** What goes first when weight is short. */
export type Priority = 'refill' | 'warm-up' | 'catalogue';
const ORDER: readonly Priority[] = ['refill', 'warm-up', 'catalogue'];

export interface GovernorOptions {
  /** Weight that the exchange allows per UTC minute. */
  readonly weightPerMinute: number;
  /** Percent of it that we use. */
  readonly sharePercent: number;
  /** Requests on their way at once. */
  readonly concurrency: number;
  readonly wireTime: SchedulerLike;
  /** Told when something has to wait for the next minute. */
  readonly spent?: () => void;
}

/** Keeps one address of the exchange within its request weight (binance-protocol.md §3). */
export interface Governor {
  /** Runs `work$` when there is weight and room for it; its place is free again when it ends or is unsubscribed. */
  run<T>(weight: number, priority: Priority, work$: Observable<T>): Observable<T>;
  /** The exchange says how much of this minute is used. It only ever corrects upwards: others may share our address. */
  observe(usedWeight: number): void;
  /** Nothing is begun before `untilMs` of wire time. */
  pause(untilMs: number): void;
  /** The exchange says what it allows per minute. */
  allow(weightPerMinute: number): void;
  status(): { readonly usedWeight: number; readonly waiting: number; readonly pausedUntilMs: number };
}

interface Ticket {
  readonly weight: number;
  readonly grant: (release: () => void) => void;
}

const minuteOf = (timeMs: number): number => Math.floor(timeMs / MINUTE_MS);

export const createGovernor = ({ weightPerMinute, sharePercent, concurrency, wireTime, spent }: GovernorOptions): Governor => {
  const queues: Readonly<Record<Priority, Ticket[]>> = { refill: [], 'warm-up': [], catalogue: [] };
  let ceiling = Math.floor((weightPerMinute * sharePercent) / 100);
  let minute = minuteOf(wireTime.now());
  let used = 0;
  let running = 0;
  let pausedUntilMs = 0;
  let isPumping = false;
  let wake: Subscription | null = null;

  const roll = (nowMs: number): void => {
    const current = minuteOf(nowMs - MINUTE_MARGIN_MS);
    if (current === minute) return;
    minute = current;
    used = 0;
  };
  const nextQueue = (): Ticket[] | undefined => ORDER.map((priority) => queues[priority]).find((queue) => queue.length > 0);

  /** Looks again at that time, or sooner: looking too early does no harm. */
  const wakeAt = (timeMs: number): void => {
    wake?.unsubscribe();
    wake = wireTime.schedule(pump, Math.min(WAIT_MS_MAX, timeMs - wireTime.now()));
  };

  const grant = (ticket: Ticket): void => {
    used += ticket.weight;
    running++;
    ticket.grant(() => {
      running--;
      pump();
    });
  };

  /** Begins what may begin. A loop, not a recursion: an answer that comes at once asks for the next one. */
  function pump(): void {
    if (isPumping) return;
    isPumping = true;
    for (let queue = nextQueue(); queue !== undefined && running < concurrency; queue = nextQueue()) {
      const nowMs = wireTime.now();
      roll(nowMs);
      const ticket = queue[0] as Ticket;
      if (nowMs < pausedUntilMs) {
        wakeAt(pausedUntilMs);
        break;
      }
      // What is heavier than the whole share goes alone.
      if (used > 0 && used + ticket.weight > ceiling) {
        spent?.();
        wakeAt((minute + 1) * MINUTE_MS + MINUTE_MARGIN_MS);
        break;
      }
      queue.shift();
      grant(ticket);
    }
    isPumping = false;
  }

  const place = (weight: number, priority: Priority): Observable<() => void> =>
    new Observable((subscriber) => {
      const ticket: Ticket = {
        weight,
        grant: (release) => {
          subscriber.next(release);
          subscriber.complete();
        },
      };
      queues[priority].push(ticket);
      pump();
      return () => {
        const at = queues[priority].indexOf(ticket);
        if (at >= 0) queues[priority].splice(at, 1);
        if (nextQueue() === undefined) wake?.unsubscribe();
      };
    });

  return {
    run: (weight, priority, work$) => place(weight, priority).pipe(switchMap((release) => work$.pipe(finalize(release)))),
    observe: (usedWeight) => {
      roll(wireTime.now());
      used = Math.max(used, usedWeight);
    },
    pause: (untilMs) => {
      pausedUntilMs = Math.max(pausedUntilMs, untilMs);
    },
    allow: (allowed) => {
      ceiling = Math.floor((allowed * sharePercent) / 100);
    },
    status: () => ({
      usedWeight: used,
      waiting: ORDER.reduce((sum, priority) => sum + queues[priority].length, 0),
      pausedUntilMs,
    }),
  };
};
