import type { Alert } from '../../model/alert.js';
import { strengthText } from '../../model/strength.js';
import type { Announcement } from '../../ports/sink.js';
import { weightOf } from './queue.js';

/** Alerts that a sink was not told of, summed up for one message in their place. */
export interface Untold {
  /** Too old before the sink took them. */
  readonly expired: number;
  /** Left out because too many waited. */
  readonly leftOut: number;
  /** The strongest of them. */
  readonly strongest: readonly Alert[];
  /** When the first and the last of them were decided, market time. */
  readonly fromMs: number;
  readonly toMs: number;
}

const STRONGEST_MAX = 10;

export const NOTHING_UNTOLD: Untold = { expired: 0, leftOut: 0, strongest: [], fromMs: Infinity, toMs: -Infinity };

export const isNothing = ({ expired, leftOut }: Untold): boolean => expired + leftOut === 0;

export const joinUntold = (a: Untold, b: Untold): Untold => ({
  expired: a.expired + b.expired,
  leftOut: a.leftOut + b.leftOut,
  strongest: [...a.strongest, ...b.strongest].sort((one, other) => weightOf(other) - weightOf(one) || 0).slice(0, STRONGEST_MAX),
  fromMs: Math.min(a.fromMs, b.fromMs),
  toMs: Math.max(a.toMs, b.toMs),
});

export const withUntold = (untold: Untold, alert: Alert, why: 'expired' | 'leftOut'): Untold =>
  joinUntold(untold, {
    ...NOTHING_UNTOLD,
    [why]: 1,
    strongest: [alert],
    fromMs: alert.decisionTimeMs,
    toMs: alert.decisionTimeMs,
  });

/** When a sink took nothing: from its first failure to its next success, market time. */
export interface Absence {
  readonly fromMs: number;
  readonly toMs: number;
}

const minute = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ');

/** `2026-08-06 12:00 to 12:15 UTC`, with the second date where it is another. */
const spanText = (fromMs: number, toMs: number): string => {
  const [from, to] = [minute(fromMs), minute(toMs)];
  if (from === to) return `${from} UTC`;
  return `${from} to ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to} UTC`;
};

const alertsText = (count: number): string => `${count} alert${count === 1 ? '' : 's'}`;

const titleOf = ({ expired, leftOut }: Untold, sink: string, absence: Absence | null): string => {
  const away = absence === null ? `before ${sink} could be told` : `while ${sink} was away`;
  const over = `${leftOut === 1 ? 'was' : 'were'} left out of a storm`;
  if (expired === 0) return `${alertsText(leftOut)} ${over}`;
  return leftOut === 0 ? `${alertsText(expired)} expired ${away}` : `${alertsText(expired)} expired ${away}, ${leftOut} ${over}`;
};

const lineOf = ({ kind, direction, symbol, interval, decisionTimeMs, strength }: Alert): string => {
  const name = kind === 'market' ? 'whole market' : symbol;
  const measured = strength === undefined || strength.value === null ? '' : `, strength ${strengthText(strength.value)} of 10`;
  return `${direction === 'up' ? '▲' : '▼'} ${name} ${interval}, ${minute(decisionTimeMs).slice(11)} UTC${measured}`;
};

/**
 * What a sink is told in place of the alerts that it was not told of. Facts alone: how many, why, from when to when, and which
 * were the strongest.
 */
export const digestOf = (untold: Untold, sink: string, limit: number, absence: Absence | null): Announcement => {
  const more = untold.expired + untold.leftOut - untold.strongest.length;
  return {
    title: titleOf(untold, sink, absence),
    lines: [
      ...(absence === null || untold.expired === 0 ? [] : [`away from ${spanText(absence.fromMs, absence.toMs)}`]),
      ...(untold.leftOut === 0 ? [] : [`more than ${limit} were waiting, and those left out were the weakest`]),
      `decided ${spanText(untold.fromMs, untold.toMs)}`,
      ...untold.strongest.map(lineOf),
      ...(more === 0 ? [] : [`and ${more} more: the command "deliveries --sink ${sink}" lists them`]),
    ],
  };
};
