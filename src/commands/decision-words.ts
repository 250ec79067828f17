import type { Reason } from '../model/reading.js';
import type { Condition, Verdict } from '../model/verdict.js';
import { mannerOf } from '../sinks/words/measures.js';
import { rounded, significant } from '../sinks/words/numbers.js';
import { REASON_WORDS } from '../sinks/words/words.js';
import type { Account, Span } from '../telemetry/decisions/account.js';
import { alertOf, cooldownOf } from '../telemetry/decisions/account.js';
import type { DecidedAlert } from '../telemetry/decisions/decision.js';

/*
 * What explain, why-not and nearest have in common: how they call and write values, times and outcomes.
 */

export type Units = Readonly<Record<string, string>>;

/** `2026-08-06 12:15:00`, without the seconds where there are none. UTC. */
export const timeText = (timeMs: number): string =>
  new Date(timeMs)
    .toISOString()
    .replace('T', ' ')
    .replace('.000Z', '')
    .replace(/(:\d\d):00$/, '$1');

/** The time of day alone, with the day only where it is another one than that of `besideMs`. */
export const clockText = (timeMs: number, besideMs: number): string => {
  const [text, beside] = [timeText(timeMs), timeText(besideMs)];
  return text.slice(0, 10) === beside.slice(0, 10) ? text.slice(11) : text;
};

export const spanText = ({ fromMs, toMs }: Span): string => `${timeText(fromMs)} to ${timeText(toMs)} UTC`;

/** The number with its unit, as people read it. */
export const valueText = (name: string, value: number, units: Units): string => {
  const { label, write } = mannerOf(name);
  const unit = units[name.split('@')[0] ?? name];
  return label !== name || unit === undefined || unit === '1' || unit === '' ? write(value) : `${significant(value)} ${unit}`;
};

/** The value, or `n/a`; why there is none stands elsewhere. */
export const valueOrAbsent = (name: string, value: number | null, units: Units): string =>
  value === null ? 'n/a' : valueText(name, value, units);

const DIGITS = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

/** With as many digits as show that it is not the threshold. */
const distinct = (value: number, threshold: number): number =>
  DIGITS.map((digits) => Number(value.toPrecision(digits))).find((short) => short !== threshold) ?? value;

const exactText = (name: string, value: number, units: Units): string => {
  const unit = /[^\d.,+-].*$/.exec(valueText(name, value, units))?.[0] ?? '';
  return `${value}${unit}`;
};

/** Why there is no value, in words. */
export const absence = (reason: Reason | undefined): string => (reason === undefined ? 'there is none' : REASON_WORDS[reason]);

/** The texts of one condition: what it is called, what it was, what it takes, and how far it lay beyond or short of that. */
export interface ConditionWords {
  readonly label: string;
  readonly value: string;
  readonly needs: string;
  readonly margin: string;
}

export const conditionWords = ({ measure, value, threshold, margin }: Condition, units: Units): ConditionWords => {
  const isBelow = margin !== null && value !== null && margin !== value - threshold;
  const needs = valueText(measure, threshold, units);
  const told = valueOrAbsent(measure, value, units);
  const isHidden = value !== null && told === needs && value !== threshold;
  // A margin that rounds to nothing is told with its first digits.
  const near = margin === null ? 0 : Number(margin.toPrecision(3));
  const rounds = margin !== null && !/[1-9]/.test(valueText(measure, margin, units)) && margin !== 0;
  const marginText = margin === null ? '' : rounds ? exactText(measure, near, units) : valueText(measure, margin, units);
  return {
    label: mannerOf(measure).label,
    value: isHidden ? exactText(measure, distinct(value, threshold), units) : told,
    needs: `${isBelow ? '≤' : '≥'} ${isHidden ? exactText(measure, threshold, units) : needs}`,
    margin: margin !== null && margin > 0 ? `+${marginText}` : marginText,
  };
};

export const verdictName = ({ rule, ruleVersion, direction }: Pick<Verdict, 'rule' | 'ruleVersion' | 'direction'>): string =>
  `${rule} v${ruleVersion} ${direction}`;

const mergedWords = ({ mergedInto }: DecidedAlert, { told }: Account): string => {
  if (mergedInto === null) return '';
  const other = told.find(({ id }) => id === mergedInto);
  const whose = other === undefined ? '' : other.kind === 'market' ? ' of the whole market' : ` of ${other.symbol}`;
  return `, told by the alert${whose} (${mergedInto})`;
};

const SUPPRESSION_WORDS: Readonly<Record<Exclude<DecidedAlert['suppressedBy'], null>, string>> = {
  cooldown: 'cooldown',
  flood: 'flood: the whole market moved',
  correlation: 'correlation: others moved alike',
  liquidity: 'liquidity: too little is traded',
  spread: 'spread: it was too wide',
  regime: 'regime: the market was in a state that the settings leave out',
  trend: 'trend: the move went against it',
  rate: 'rate: enough had been sent',
  mute: 'mute: a silence or a mute time lasted, or no route led to a sink',
  stale: 'stale: the bar had closed too long before',
  revision: 'revision: the bar was corrected later',
};

/** What withheld a fired verdict: `cooldown since 12:00 (alert …)`. */
export const suppressionWords = (alert: DecidedAlert, account: Account): string => {
  const { suppressedBy } = alert;
  if (suppressedBy === null) return `sent as alert ${alert.id}`;
  if (suppressedBy === 'cooldown') {
    const since = cooldownOf(account, alert);
    return since === null
      ? 'cooldown since before the ring begins'
      : `cooldown since ${clockText(since.decisionTimeMs, account.decisionTimeMs)} (alert ${since.id})`;
  }
  return `${SUPPRESSION_WORDS[suppressedBy]}${mergedWords(alert, account)}`;
};

/** The outcome of one verdict in a few words. */
export const outcomeWords = (verdict: Omit<Verdict, 'shown'>, account: Account): string => {
  if (!verdict.fired) {
    const failed = verdict.conditions.filter(({ passed }) => !passed).length;
    return `did not fire: ${failed} of ${verdict.conditions.length} conditions failed`;
  }
  const alert = alertOf(account, verdict);
  if (alert === null) return 'fired';
  return alert.suppressedBy === null
    ? `fired, ${suppressionWords(alert, account)}`
    : `fired, withheld: ${suppressionWords(alert, account)}`;
};

/** Why a series was not judged at a close, as one sentence. */
export const notJudgedWords = (account: Account): string => {
  const { symbol, interval, close, decisionTimeMs, judged, reach } = account;
  const at = `at ${timeText(decisionTimeMs)} UTC`;
  if (close === null) {
    if (decisionTimeMs < reach.fromMs || decisionTimeMs > reach.toMs)
      return `no close ${at} is in the ring, which reaches from ${spanText(reach)}`;
    return `no ${interval} close was decided ${at}: the monitor did not run, or had no bar of any series`;
  }
  if (Object.hasOwn(close.lagging, symbol)) {
    const lastMs = close.lagging[symbol] ?? null;
    const last =
      lastMs === null
        ? 'none of its bars had been judged before'
        : `the last bar judged before opened at ${timeText(lastMs)} UTC`;
    return `${symbol} was expected ${at}, and its bar had not come when the close was decided, nor later; ${last}`;
  }
  if (judged === null) return `${symbol} was not judged ${at}, nor at any close of the ring`;
  if (decisionTimeMs < judged.fromMs)
    return `${symbol} was not followed yet ${at}: bars before its first close in the ring, ${timeText(judged.fromMs)} UTC, only filled its windows`;
  if (decisionTimeMs > judged.toMs)
    return `${symbol} was not followed any more ${at}: it was last judged at ${timeText(judged.toMs)} UTC (delisted, or below the gate of the universe)`;
  return `${symbol} was not followed ${at}: it was not on the list of the ${close.expected} expected series`;
};

/** `3.2 %`: how near a miss was. */
export const distanceText = (distance: number): string => `${rounded(100 * distance, distance < 0.1 ? 2 : 1)}%`;
