import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Market } from '../../model/series.js';
import type { DecidedAlert, DecidedClose, Decision } from './decision.js';

/** Whose decision is asked for. `timeMs`: the last close decided by then; `null`: the newest there is. */
export interface Question {
  readonly symbol: string;
  readonly timeMs: number | null;
  readonly market?: Market | undefined;
  readonly interval?: Interval | undefined;
}

/** What the ring says of one symbol at one close of a market and interval. */
export interface Account {
  readonly market: Market;
  readonly interval: Interval;
  readonly symbol: string;
  readonly openTimeMs: number;
  readonly decisionTimeMs: number;
  /** The telling of the close that holds the decision, or the first one when none does; `null`: this close was not decided at all. */
  readonly close: DecidedClose | null;
  /** `null`: the series was not judged at this close. */
  readonly decision: Decision | null;
  /** What was said when its bar had been corrected, for the record only; `null` when it never was. */
  readonly revision: Decision | null;
  /** Fired verdicts of the symbol at this close, with what became of them. */
  readonly alerts: readonly DecidedAlert[];
  /** Every alert of the close, for those that stand for others. */
  readonly told: readonly DecidedAlert[];
  /** The alerts of the symbol that were sent before this close, newest first. */
  readonly sentBefore: readonly DecidedAlert[];
  /** Decision times of the first and the last close of the ring at which the series was judged; `null`: at none. */
  readonly judged: Span | null;
  /** Decision times of the first and the last close of this market and interval in the ring. */
  readonly reach: Span;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const spanOf = (closes: readonly DecidedClose[]): Span | null =>
  closes.reduce<Span | null>(
    (span, { decisionTimeMs: timeMs }) => ({
      fromMs: Math.min(span?.fromMs ?? timeMs, timeMs),
      toMs: Math.max(span?.toMs ?? timeMs, timeMs),
    }),
    null,
  );

/** Decision time of the close asked for: the one at which the bar ended by then, whether it was decided or not. */
const askedMs = (interval: Interval, timeMs: number): number =>
  Math.floor(timeMs / INTERVAL_MS[interval]) * INTERVAL_MS[interval];

const decisionIn = (close: DecidedClose | undefined, symbol: string): Decision | null =>
  close?.decisions.find(({ bar }) => bar.symbol === symbol) ?? null;

const accountOf = (closes: readonly DecidedClose[], { symbol, timeMs }: Question): Account | null => {
  const [first] = closes;
  const reach = spanOf(closes);
  if (first === undefined || reach === null) return null;
  const { market, interval } = first;
  const decisionTimeMs = timeMs === null ? reach.toMs : askedMs(interval, timeMs);
  const tellings = closes.filter((close) => close.decisionTimeMs === decisionTimeMs);
  const firstTold = tellings.filter(({ revision }) => !revision);
  const withIt = firstTold.find((close) => decisionIn(close, symbol) !== null);
  const told = firstTold.flatMap(({ alerts }) => alerts);
  return {
    market,
    interval,
    symbol,
    openTimeMs: decisionTimeMs - INTERVAL_MS[interval],
    decisionTimeMs,
    close: withIt ?? firstTold[0] ?? null,
    decision: decisionIn(withIt, symbol),
    revision: decisionIn(
      tellings.findLast((close) => close.revision && decisionIn(close, symbol) !== null),
      symbol,
    ),
    alerts: told.filter((alert) => alert.symbol === symbol),
    told,
    sentBefore: closes
      .filter((close) => close.decisionTimeMs < decisionTimeMs)
      .flatMap(({ alerts }) => alerts)
      .filter((alert) => alert.symbol === symbol && alert.suppressedBy === null)
      .sort((a, b) => b.decisionTimeMs - a.decisionTimeMs),
    judged: spanOf(closes.filter((close) => decisionIn(close, symbol) !== null)),
    reach,
  };
};

/**
 * Answers a question from the closes of a ring: one account for every market and interval at which the ring knows the symbol,
 * judged or missed, shortest bars first. Empty when it knows it nowhere.
 */
export const accountsOf = (closes: readonly DecidedClose[], question: Question): readonly Account[] => {
  const groups = new Map<string, DecidedClose[]>();
  for (const close of closes) {
    if (question.market !== undefined && close.market !== question.market) continue;
    if (question.interval !== undefined && close.interval !== question.interval) continue;
    const key = `${close.market}|${close.interval}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [close]);
    else group.push(close);
  }
  const knows = (close: DecidedClose): boolean =>
    Object.hasOwn(close.lagging, question.symbol) || decisionIn(close, question.symbol) !== null;
  return [...groups.values()]
    .filter((group) => group.some(knows))
    .map((group) => accountOf(group, question))
    .filter((account) => account !== null)
    .sort((a, b) => a.market.localeCompare(b.market) || INTERVAL_MS[a.interval] - INTERVAL_MS[b.interval]);
};

/** What became of one verdict of an account; `null`: it did not fire. */
export const alertOf = (
  { alerts }: Account,
  { rule, direction }: Pick<DecidedAlert, 'rule' | 'direction'>,
): DecidedAlert | null => alerts.find((alert) => alert.rule === rule && alert.direction === direction) ?? null;

/** The alert whose cooldown withheld this one: the last that was sent of the same rule and direction. */
export const cooldownOf = ({ sentBefore }: Account, { rule, direction }: DecidedAlert): DecidedAlert | null =>
  sentBefore.find((alert) => alert.rule === rule && alert.direction === direction) ?? null;
