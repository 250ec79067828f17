import type { Alert, Grade, Suppression } from '../../../model/alert.js';
import { gradedId, isOfClosedBar } from '../../../model/alert.js';
import type { Close } from '../../../model/close.js';
import { INTERVAL_MS } from '../../../model/interval.js';

/** Early alerts of one market, interval, bar and direction that are sent: a market that moves as a whole is told when it closes. */
const SENT_PER_BAR_MAX = 5;
/** Bars after which an early alert whose own bar has not been judged is given up. */
const PATIENCE_BARS = 2;

interface Last {
  /** Open time of the bar of which the last alert was said, sent or withheld. */
  saidMs: number;
  /** Open time of the bar of which the last one was sent, early or closed. */
  sentMs: number;
}

/** What has been said early, so that it is said once, not too often, and answered by the closed bar. */
export interface EarlyBook {
  hasSaid(alert: Alert): boolean;
  /** Why a new early alert is not sent, `null` if it is; writes it down. */
  enter(alert: Alert, cooldownMs: number): Suppression | null;
  /** A new early alert that nobody is to be told of: it is not looked at again, and arms nothing. */
  pass(alert: Alert): void;
  /** Learns of what a close sends. */
  learn(close: Close): void;
  /** Early alerts that this close answers, with what its bar says where it is there. Each is answered once. */
  answered(close: Close): readonly Alert[];
}

const lineOf = ({ market, interval, direction }: Alert): string => `${market}|${interval}|${direction}`;
const keyOf = (alert: Alert): string => `${lineOf(alert)}|${alert.symbol}|${alert.rule}`;

/** The id of what becomes of an early alert. */
export const resolvedId = (early: Alert, grade: Exclude<Grade, 'closed' | 'early'>): string => gradedId(early, grade);

/**
 * `sentBefore` are the alerts the store remembers: an early one that was sent in an earlier life is answered in this one.
 *
 * *Memory.* Two numbers for each symbol, rule and direction of which something was sent, and the early alerts of the bars that are
 * forming.
 */
export const createEarlyBook = (sentBefore: readonly Alert[]): EarlyBook => {
  const last = new Map<string, Last>();
  const perBar = new Map<string, { openTimeMs: number; count: number }>();
  const open = new Map<string, Alert>();

  const lastOf = (alert: Alert): Last => {
    const key = keyOf(alert);
    let found = last.get(key);
    if (found === undefined) last.set(key, (found = { saidMs: -Infinity, sentMs: -Infinity }));
    return found;
  };
  const barOf = (alert: Alert): { openTimeMs: number; count: number } => {
    const key = lineOf(alert);
    let found = perBar.get(key);
    if (found === undefined || found.openTimeMs < alert.openTimeMs)
      perBar.set(key, (found = { openTimeMs: alert.openTimeMs, count: 0 }));
    return found;
  };
  const sent = (alert: Alert): void => {
    const before = lastOf(alert);
    before.sentMs = Math.max(before.sentMs, alert.openTimeMs);
    if (alert.grade !== 'early') return;
    before.saidMs = Math.max(before.saidMs, alert.openTimeMs);
    const bar = barOf(alert);
    if (bar.openTimeMs === alert.openTimeMs) bar.count++;
    open.set(alert.id, alert);
  };

  const ids = new Set(sentBefore.map(({ id }) => id));
  for (const alert of sentBefore) if (isOfClosedBar(alert) || alert.grade === 'early') sent(alert);
  for (const [id, alert] of open)
    if (ids.has(resolvedId(alert, 'confirmed')) || ids.has(resolvedId(alert, 'faded'))) open.delete(id);

  return {
    hasSaid: (alert) => (last.get(keyOf(alert))?.saidMs ?? -Infinity) >= alert.openTimeMs,
    enter: (alert, cooldownMs) => {
      const before = lastOf(alert);
      before.saidMs = alert.openTimeMs;
      if (alert.openTimeMs - before.sentMs < cooldownMs) return 'cooldown';
      if (barOf(alert).count >= SENT_PER_BAR_MAX) return 'rate';
      sent(alert);
      return null;
    },
    pass: (alert) => {
      lastOf(alert).saidMs = alert.openTimeMs;
    },
    learn: ({ alerts, revision }) => {
      if (revision !== true) for (const alert of alerts) if (alert.suppressedBy === null) sent(alert);
    },
    answered: ({ market, interval, openTimeMs, judged, revision }) => {
      if (open.size === 0 || revision === true) return [];
      const found = [...open.values()].filter(
        (early) =>
          early.market === market &&
          early.interval === interval &&
          ((early.openTimeMs === openTimeMs && judged.some(({ bar }) => bar.symbol === early.symbol)) ||
            openTimeMs - early.openTimeMs >= PATIENCE_BARS * INTERVAL_MS[interval]),
      );
      for (const { id } of found) open.delete(id);
      return found;
    },
  };
};
