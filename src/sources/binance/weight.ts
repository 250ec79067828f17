import type { SchedulerLike, Subscription } from 'rxjs';
import { Observable, finalize, switchMap } from 'rxjs';
import type { Breaker } from './breaker.js';
import { createMinutes } from './minutes.js';
import { GivenUpError } from './setback.js';
import type { WaitingLine } from './waiting-line.js';
import { createWaitingLine } from './waiting-line.js';

/** No single wait is longer (reliability.md F48). */
const WAIT_MS_MAX = 60_000;
/** Callers ask for one thing at a time per series, so this many waiting requests are a mistake of ours. */
const WAITING_MAX = 50_000;

/** What goes first when weight is short: the refill of a hole, the warm-up of a series, the list of symbols. */
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
  /** The exchange's clock, by whose minutes it counts, ms UTC; the wire's if absent. */
  readonly exchangeTime?: () => number;
  readonly breaker?: Pick<Breaker, 'limit' | 'opensAtMs'>;
  /** Told when something has to wait for the next minute. */
  readonly spent?: () => void;
}

/** What a minute allows and how much of it is left. */
export interface Allowance {
  readonly usedWeight: number;
  /** What we use of a minute at most. */
  readonly ceiling: number;
  /** Wire milliseconds to the next minute. */
  readonly nextMinuteMs: number;
}

/** Keeps one address of the exchange within its request weight (binance-protocol.md §3). */
export interface Governor {
  /**
   * Runs `work$` when there is weight and room for it, the most urgent first, among equals in order of asking; its place is free
   * again when it ends or is unsubscribed. Errors with a `GivenUpError` when the host must not be asked for longer than
   * `patienceMs`, or too many wait already.
   */
  run<T>(weight: number, priority: Priority, work$: Observable<T>, patienceMs?: number): Observable<T>;
  /** Names the minute in which a request leaves, for `observe`. */
  minute(): number;
  /**
   * The exchange says how much of the minute is used, by us and by others behind our address, in the answer to a request of this
   * weight that is still running. It only ever corrects upwards, and what answers a request of an earlier minute may speak of
   * that one and is not heard.
   */
  observe(usedWeight: number, minute: number, weight: number): void;
  /** Nothing is begun before `untilMs` of the wire clock. */
  pause(untilMs: number): void;
  /** The exchange says what it allows per minute. */
  allow(weightPerMinute: number): void;
  allowance(): Allowance;
  status(): { readonly usedWeight: number; readonly waiting: number; readonly pausedUntilMs: number };
}

interface Ticket {
  readonly priority: Priority;
  readonly weight: number;
  readonly patienceMs: number;
  readonly grant: (release: () => void) => void;
  readonly refuse: (error: GivenUpError) => void;
}

export const createGovernor = (options: GovernorOptions): Governor => {
  const { weightPerMinute, sharePercent, concurrency, wireTime, breaker, spent } = options;
  const queues: Readonly<Record<Priority, WaitingLine<Ticket>>> = {
    refill: createWaitingLine(),
    'warm-up': createWaitingLine(),
    catalogue: createWaitingLine(),
  };
  const minutes = createMinutes(wireTime, options.exchangeTime ?? (() => wireTime.now()));
  let ceiling = Math.floor((weightPerMinute * sharePercent) / 100);
  let pausedUntilMs = 0;
  let isPumping = false;
  let wake: Subscription | null = null;

  const waiting = (): number => ORDER.reduce((sum, priority) => sum + queues[priority].size(), 0);
  const next = (): Ticket | undefined => {
    for (const priority of ORDER) if (queues[priority].size() > 0) return queues[priority].first();
    return undefined;
  };

  /** Looks again after so long, or sooner: looking too early does no harm. */
  const wakeIn = (ms: number): void => {
    wake?.unsubscribe();
    wake = wireTime.schedule(pump, Math.min(WAIT_MS_MAX, Math.max(0, ms)));
  };

  /** Those who cannot wait so long go without an answer. */
  const dismiss = (waitMs: number): void => {
    for (const queue of Object.values(queues)) {
      for (const ticket of queue.all().filter(({ patienceMs }) => patienceMs < waitMs)) {
        queue.leave(ticket);
        ticket.refuse(new GivenUpError(`not to be asked for ${Math.round(waitMs / 60_000)} min`));
      }
    }
  };

  const grant = (ticket: Ticket): void => {
    const end = minutes.begin(ticket.weight);
    ticket.grant(() => {
      end();
      pump();
    });
  };

  /** Milliseconds for which the first of a queue has to wait; 0 when it may begin. */
  const waitOf = (ticket: Ticket, nowMs: number): number => {
    if (nowMs < pausedUntilMs) return pausedUntilMs - nowMs;
    if (breaker !== undefined && breaker.limit(nowMs) === 0) return breaker.opensAtMs() - nowMs;
    // What is heavier than the whole share goes alone.
    if (minutes.used() === 0 || minutes.used() + ticket.weight <= ceiling) return 0;
    spent?.();
    return minutes.nextMinuteMs();
  };

  /** Begins what may begin. A loop, not a recursion: an answer that comes at once asks for the next one. */
  function pump(): void {
    if (isPumping) return;
    isPumping = true;
    const pauseMs = pausedUntilMs - wireTime.now();
    if (pauseMs > 0) dismiss(pauseMs);
    for (let first = next(); first !== undefined; first = next()) {
      const nowMs = wireTime.now();
      minutes.roll();
      const limit = Math.min(concurrency, breaker?.limit(nowMs) ?? Infinity);
      // With nobody on the way there is nobody who would look again at his end.
      if (minutes.running() >= limit && minutes.running() > 0) break;
      const waitMs = waitOf(first, nowMs);
      if (waitMs > 0) {
        wakeIn(waitMs);
        break;
      }
      queues[first.priority].leave(first);
      grant(first);
    }
    isPumping = false;
  }

  const place = (weight: number, priority: Priority, patienceMs: number): Observable<() => void> =>
    new Observable((subscriber) => {
      if (waiting() >= WAITING_MAX) {
        subscriber.error(new GivenUpError(`${WAITING_MAX} requests wait already`));
        return;
      }
      const ticket: Ticket = {
        priority,
        weight,
        patienceMs,
        grant: (release) => {
          subscriber.next(release);
          subscriber.complete();
        },
        refuse: (error) => subscriber.error(error),
      };
      queues[priority].join(ticket);
      pump();
      return () => {
        queues[priority].leave(ticket);
        if (next() === undefined) wake?.unsubscribe();
      };
    });

  return {
    run: (weight, priority, work$, patienceMs = Infinity) =>
      place(weight, priority, patienceMs).pipe(switchMap((release) => work$.pipe(finalize(release)))),
    minute: () => {
      minutes.roll();
      return minutes.minute();
    },
    observe: (usedWeight, minute, weight) => minutes.observe(usedWeight, minute, weight),
    pause: (untilMs) => {
      if (untilMs > pausedUntilMs) pausedUntilMs = untilMs;
      pump();
    },
    allow: (allowed) => {
      ceiling = Math.floor((allowed * sharePercent) / 100);
    },
    allowance: () => {
      minutes.roll();
      return { usedWeight: minutes.used(), ceiling, nextMinuteMs: minutes.nextMinuteMs() };
    },
    status: () => ({ usedWeight: minutes.used(), waiting: waiting(), pausedUntilMs }),
  };
};
