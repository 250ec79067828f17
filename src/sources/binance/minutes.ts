import type { SchedulerLike } from 'rxjs';

const MINUTE_MS = 60_000;
/** Our idea of the exchange's clock is right to this much. */
const MINUTE_MARGIN_MS = 250;
/** A clock that is moved by more than this may have entered another minute without one having passed at the exchange. */
const MOVED_MS = 50;

/** A request on its way. `straddles`: its weight is carried over into the next minute too. */
interface Running {
  readonly weight: number;
  straddles: boolean;
}

const minuteOf = (timeMs: number): number => Math.floor(timeMs / MINUTE_MS);

/**
 * The request weight of the exchange's current minute: never less than the exchange can have counted, though it counts a request
 * when it arrives there, on a clock that ours only resembles. What is on its way at a minute's end, or was sent shortly before
 * it, counts in both minutes.
 */
export interface Minutes {
  /** Looks at the clock; must come before anything is asked. */
  roll(): void;
  /** The current minute, counted from 1970. */
  minute(): number;
  /** Weight used in it, by us and by others behind our address. */
  used(): number;
  /** Requests on their way. */
  running(): number;
  /** Charges a request, and returns how to say that it has ended. */
  begin(weight: number): () => void;
  /** The exchange has counted so much, in the answer to a request of this weight that left in minute `sentIn`. */
  observe(usedWeight: number, sentIn: number, weight: number): void;
  /** Milliseconds to the next minute. */
  nextMinuteMs(): number;
}

export const createMinutes = (wireTime: SchedulerLike, exchangeTime: () => number): Minutes => {
  const running = new Set<Running>();
  let minute = minuteOf(exchangeTime() - MINUTE_MARGIN_MS);
  let offsetMs = exchangeTime() - wireTime.now();
  let own = 0;
  let others = 0;
  let straddling = 0;

  const inFlight = (): number => [...running].reduce((sum, { weight }) => sum + weight, 0);
  const isAtEnd = (): boolean => minuteOf(exchangeTime() + MINUTE_MARGIN_MS) > minute;
  const straddle = (request: Running): void => {
    if (request.straddles || !isAtEnd()) return;
    request.straddles = true;
    straddling += request.weight;
  };

  const roll = (): void => {
    const nowMs = exchangeTime();
    const current = minuteOf(nowMs - MINUTE_MARGIN_MS);
    const movedMs = Math.abs(nowMs - wireTime.now() - offsetMs);
    if (movedMs > MOVED_MS) {
      // Our clock was corrected: what was spent counts for the minute in which we find ourselves now.
      offsetMs = nowMs - wireTime.now();
      minute = current;
    } else if (current > minute) {
      offsetMs = nowMs - wireTime.now();
      minute = current;
      own = straddling + [...running].reduce((sum, { weight, straddles }) => (straddles ? sum : sum + weight), 0);
      others = 0;
      straddling = 0;
      for (const request of running) request.straddles = false;
    }
  };

  return {
    roll,
    minute: () => minute,
    used: () => own + others,
    running: () => running.size,
    begin: (weight: number): (() => void) => {
      const request: Running = { weight, straddles: false };
      running.add(request);
      own += weight;
      straddle(request);
      return () => {
        roll();
        straddle(request);
        running.delete(request);
      };
    },
    observe: (used: number, sentIn: number, weight: number): void => {
      roll();
      // Of our own requests only the others that are on their way may be missing in what the exchange has counted.
      if (sentIn === minute) others = Math.max(others, used - (own - inFlight() + weight));
    },
    nextMinuteMs: () => (minute + 1) * MINUTE_MS + MINUTE_MARGIN_MS - exchangeTime(),
  };
};
