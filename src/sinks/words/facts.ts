import type { Alert } from '../../model/alert.js';
import type { Reason } from '../../model/reading.js';
import type { StrengthComponent, StrengthPart } from '../../model/strength.js';
import { strengthText } from '../../model/strength.js';
import type { Condition } from '../../model/verdict.js';
import { mannerOf } from './measures.js';
import { quantity, rounded } from './numbers.js';
import { cutTo, NAME_CODE_POINTS_MAX, plain } from './plain.js';
import type { Topic } from './topics.js';

/** One thing that is said: `move over 1 bar · 4.21 ATR · needs 3.00 ATR`. */
export interface Fact {
  readonly topic: Topic;
  readonly label: string;
  /** What is left of the label below the topic's title; may be empty. */
  readonly aside: string;
  readonly value: string;
  /** What the rule asked for; `null` where it asked for nothing. */
  readonly need: string | null;
}

export const REASON_WORDS: Readonly<Record<Reason, string>> = {
  warmup: 'not enough bars yet',
  gap: 'a bar is missing',
  'zero-variance': 'what it is compared with does not vary',
  'zero-volume': 'what it is compared with has no volume',
  'no-data': 'the bar does not have it',
  'small-universe': 'too few symbols are followed',
  'low-coverage': 'too few symbols had arrived',
};

export const notAvailable = (why: string | undefined): string => (why === undefined ? 'n/a' : `n/a (${why})`);

/** A number that is still one when it is written in percent. */
const isWritable = (value: number): boolean => Number.isFinite(100 * value);

const valueText = (write: (value: number) => string, value: number | null, reason: Reason | undefined): string =>
  value !== null && isWritable(value) ? write(value) : notAvailable(reason === undefined ? undefined : REASON_WORDS[reason]);

const fact = (topic: Topic, label: string, value: string, aside = label): Fact => ({ topic, label, aside, value, need: null });

/** Where one of several conditions is enough, those that were not met are told too. */
const conditionFact = ({ measure, value, threshold, reason, passed }: Condition, alert: Alert): Fact => {
  const { topic, label, aside, tell, need } = mannerOf(measure);
  return {
    topic,
    label,
    aside,
    value: valueText(tell, value, reason ?? alert.reasons[measure]),
    need: isWritable(threshold) ? `${passed ? '' : 'not met: '}needs ${need(threshold)}` : null,
  };
};

const COMPONENT_WORDS: Readonly<Record<StrengthComponent, string>> = {
  P: 'move',
  V: 'volume',
  E: 'beyond the market',
  X: 'rank',
  T: 'trend',
  B: 'breakout',
  I: 'takers',
};

/** `move +2.4`; of what is not known, that it is not: it adds nothing and is never made up. */
const partText = ({ component, contribution }: StrengthPart): string =>
  `${COMPONENT_WORDS[component]} ${contribution === null ? 'n/a' : `+${strengthText(contribution)}`}`;

/** How unusual, of ten, and what that is made of; never how it will go on (signals.md §7.2). */
const strengthFacts = ({ strength }: Alert): readonly Fact[] => {
  if (strength === undefined) return [];
  const value = strength.value === null ? notAvailable('too little is known') : `${strengthText(strength.value)} of 10`;
  return [
    fact('strength', 'strength', value, 'unusual'),
    fact('strength', 'made of', strength.parts.map(partText).join(', '), ''),
  ];
};

/** What stands behind other numbers that are told, and is kept with the alert for who looks closer. */
const UNTOLD = /^(?:market_median|beta_raw|excess)$/;
const TREND = /^trend_state(?:@(.*))?$/s;

/** The states of all timeframes in one line: `15m up, 1h up, 4h n/a`. */
const trendFacts = (alert: Alert, names: readonly string[]): readonly Fact[] => {
  const { tell } = mannerOf('trend_state');
  const texts = names.map((name) => {
    const interval = TREND.exec(name)?.[1] ?? alert.interval;
    const state = valueText(tell, alert.measures[name] ?? null, alert.reasons[name]);
    return `${cutTo(plain(interval), NAME_CODE_POINTS_MAX)} ${state}`;
  });
  return texts.length === 0 ? [] : [fact('trend', 'trend', texts.join(', '), '')];
};

/** Of a fall the rank counts from the other end: how many it fell below. */
const rankFact = ({ direction, reasons }: Alert, rank: number | null): Fact => {
  const beyond = rank === null || direction === 'up' ? rank : 1 - rank;
  const write = (value: number): string =>
    `${direction === 'up' ? 'above' : 'below'} ${Number(rounded(100 * value, 1))}% of the symbols`;
  return fact('market', 'rank in the market', valueText(write, beyond, reasons['pct']), '');
};

const measureFact = (alert: Alert, name: string, value: number | null): Fact => {
  if (name === 'pct') return rankFact(alert, value);
  const { topic, label, aside, tell } = mannerOf(name);
  return fact(topic, label, valueText(tell, value, alert.reasons[name]), aside);
};

const amount = (value: number | null, unit: string): string =>
  `${value !== null && Number.isFinite(value) ? quantity(value) : notAvailable(REASON_WORDS['no-data'])} ${unit}`;

/** The market as a whole has no volume of its own. */
const volumeFacts = ({ kind, bar }: Alert): readonly Fact[] =>
  kind === 'market'
    ? []
    : [fact('volume', 'volume of the bar', `${amount(bar.volume, 'base')} · ${amount(bar.quoteVolume, 'quote')}`, '')];

const NAMES_SHOWN = 6;
const nameText = (symbol: string): string => cutTo(plain(symbol), NAME_CODE_POINTS_MAX);
const listText = (texts: readonly string[]): string =>
  texts.length > NAMES_SHOWN
    ? `${texts.slice(0, NAMES_SHOWN).join(', ')} and ${texts.length - NAMES_SHOWN} more`
    : texts.join(', ');

const othersFacts = ({ peers = [], leaders = [], escalates }: Alert): readonly Fact[] => [
  ...(peers.length === 0 ? [] : [fact('peers', 'moving alike', listText(peers.map(nameText)), '')]),
  ...(leaders.length === 0
    ? []
    : [
        fact(
          'leaders',
          'furthest beyond the market',
          listText(
            leaders.map(
              ({ symbol, excessAtr }) =>
                `${nameText(symbol)} ${valueText((atr) => `${rounded(atr, 1)} ATR`, excessAtr, undefined)}`,
            ),
          ),
          '',
        ),
      ]),
  ...(escalates === undefined
    ? []
    : [fact('escalation', 'escalation', `the move has grown by a step since alert ${nameText(escalates)}`, '')]),
];

/** All that an alert knows of its move: the rule's conditions in their order, the strength, then what else is shown. */
export const factsOf = (alert: Alert): readonly Fact[] => {
  const judged = new Set(alert.conditions.map(({ measure }) => measure));
  const shown = Object.entries(alert.measures).filter(([name]) => !judged.has(name) && !UNTOLD.test(name));
  const trends = shown.map(([name]) => name).filter((name) => TREND.test(name));
  return [
    ...alert.conditions.map((condition) => conditionFact(condition, alert)),
    ...strengthFacts(alert),
    ...trendFacts(alert, trends),
    ...shown.filter(([name]) => !TREND.test(name)).map(([name, value]) => measureFact(alert, name, value)),
    ...volumeFacts(alert),
    ...othersFacts(alert),
  ];
};
