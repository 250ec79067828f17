import type { Alert } from '../../model/alert.js';
import type { Announcement } from '../../ports/sink.js';
import type { Absence, Untold } from './digest.js';
import { digestOf, isNothing, joinUntold, NOTHING_UNTOLD, withUntold } from './digest.js';

/** Something to be said, and the way back for it when it could not be. */
export interface Said {
  readonly announcement: Announcement;
  putBack(): void;
}

/** What one sink is to be told besides alerts: alarms, then one summary of the alerts it was not told of. */
export interface News {
  readonly alarm: (announcement: Announcement) => void;
  missed(alert: Alert, why: 'expired' | 'leftOut'): void;
  /** The sink took nothing, or took something, at this market time. */
  failed(nowMs: number): void;
  took(nowMs: number): void;
  isWaiting(): boolean;
  /** Takes out the next thing to say; `null` when there is none. */
  next(nowMs: number): Said | null;
}

/** Alarms beyond this many say nothing new. */
const ALARMS_MAX = 10;

/** *Memory.* A few alarms, two counts, and the ten strongest alerts behind them. */
export const createNews = (sink: string, limit: number): News => {
  let alarms: readonly Announcement[] = [];
  let untold: Untold = NOTHING_UNTOLD;
  let awayFromMs: number | null = null;
  let awayToMs: number | null = null;

  const absence = (nowMs: number): Absence | null =>
    awayFromMs === null ? null : { fromMs: awayFromMs, toMs: awayToMs ?? nowMs };

  return {
    alarm: (announcement) => {
      alarms = [...alarms, announcement].slice(-ALARMS_MAX);
    },
    missed: (alert, why) => {
      untold = withUntold(untold, alert, why);
    },
    failed: (nowMs) => {
      awayFromMs ??= nowMs;
      awayToMs = null;
    },
    took: (nowMs) => {
      // An absence that cost nothing is nothing to speak of.
      if (untold.expired === 0) awayFromMs = null;
      else awayToMs ??= nowMs;
    },
    isWaiting: () => alarms.length > 0 || !isNothing(untold),
    next: (nowMs) => {
      const [alarm, ...others] = alarms;
      if (alarm !== undefined) {
        alarms = others;
        return { announcement: alarm, putBack: () => void (alarms = [alarm, ...alarms].slice(0, ALARMS_MAX)) };
      }
      if (isNothing(untold)) return null;
      const said = untold;
      untold = NOTHING_UNTOLD;
      return {
        announcement: digestOf(said, sink, limit, absence(nowMs)),
        putBack: () => void (untold = joinUntold(said, untold)),
      };
    },
  };
};
