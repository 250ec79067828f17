import type { Http } from '../../ports/http.js';

/** At most `count` requests within `spanMs`. */
export interface PacePart {
  readonly count: number;
  readonly spanMs: number;
}

/** Clocks and roads differ by a little: coming a moment early costs a refusal, a moment late costs nothing. */
const MARGIN_MS = 50;

/** A time before which nothing is sent. It remembers when it was told, so that a clock set back cannot make it longer. */
interface Pause {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Trail {
  pause: Pause;
  /** Send times within the longest span, oldest first. */
  sentAtMs: readonly number[];
}

/** When one receiver may be written to. Times are wire time in milliseconds. */
export interface Pace {
  /** How long to wait before the next request; 0 or less: send now. `spare`: so many more must be free to follow it. */
  waitMs(nowMs: number, spare?: number): number;
  /** A request leaves now. */
  take(nowMs: number): void;
  /** The receiver asks for quiet; returns how long nothing will be sent. */
  pause(waitMs: number, nowMs: number): number;
}

/** All sinks of one network that write to one receiver share its pace; it is forgotten with the network itself. */
const trailsOf = new WeakMap<Http, Map<string, Trail>>();

const trailOf = (http: Http, key: string): Trail => {
  const trails = trailsOf.get(http) ?? new Map<string, Trail>();
  trailsOf.set(http, trails);
  const trail = trails.get(key) ?? { pause: { fromMs: 0, untilMs: 0 }, sentAtMs: [] };
  trails.set(key, trail);
  return trail;
};

/** The pace of the receiver that `key` stands for, within every part of the plan. */
export const paceOf = (http: Http, key: string, plan: readonly PacePart[]): Pace => {
  const trail = trailOf(http, key);
  const spanMsMax = Math.max(0, ...plan.map(({ spanMs }) => spanMs)) + MARGIN_MS;
  const planWaitMs = ({ count, spanMs }: PacePart, nowMs: number, spare: number): number => {
    const oldest = trail.sentAtMs[trail.sentAtMs.length - Math.max(1, count - spare)];
    // A send time in the future is one of a clock that has been set back since.
    return oldest === undefined || oldest > nowMs ? 0 : oldest + spanMs + MARGIN_MS - nowMs;
  };
  return {
    waitMs: (nowMs, spare = 0) => {
      const { fromMs, untilMs } = trail.pause;
      return Math.max(Math.min(untilMs - nowMs, untilMs - fromMs), ...plan.map((part) => planWaitMs(part, nowMs, spare)));
    },
    take: (nowMs) => {
      trail.sentAtMs = [...trail.sentAtMs.filter((atMs) => atMs <= nowMs && atMs > nowMs - spanMsMax), nowMs];
    },
    pause: (waitMs, nowMs) => {
      const untilMs = Math.max(trail.pause.untilMs, nowMs + waitMs + MARGIN_MS);
      trail.pause = { fromMs: nowMs, untilMs };
      return untilMs - nowMs;
    },
  };
};
