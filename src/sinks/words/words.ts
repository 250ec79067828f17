import { decisionTimeMs } from '../../model/bar.js';
import type { Alert } from '../../model/alert.js';
import type { Provenance } from '../../model/bar.js';
import type { Reason } from '../../model/reading.js';
import type { Market } from '../../model/series.js';
import { strengthText } from '../../model/strength.js';
import type { Condition } from '../../model/verdict.js';
import type { Attempt } from '../../ports/sink.js';
import { mannerOf } from './measures.js';
import { changeText, decimal, quantity } from './numbers.js';
import { codePoints, cutTo, NAME_CODE_POINTS_MAX, plain } from './plain.js';

/** One thing that is said: `move over 1 bar · 4.21 ATR · needs 3.00 ATR`. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  /** What the rule asked for; `null` where it asked for nothing. */
  readonly need: string | null;
}

/**
 * An alert in English, cut into the pieces that every sink arranges in its own way. Facts only: what moved, how unusual it
 * was, how good the data are, when. No odds, no advice: in a year of data a stronger signal announced more movement, not a
 * direction (signals.md §7.2). What has no value reads `n/a` with its reason. All of it is fit for one line of plain text;
 * markup of the sink's own is the sink's to neutralise.
 */
export interface Told {
  readonly arrow: '▲' | '▼';
  readonly symbol: string;
  /** Open to close of the bar, signed. */
  readonly change: string;
  readonly series: string;
  readonly time: string;
  readonly close: string;
  readonly open: string;
  /** Conditions in the rule's order, the strength, then what else the rule wants shown. */
  readonly unusual: readonly Fact[];
  readonly volume: string;
  /** How sure the data are: a few short statements. */
  readonly data: readonly string[];
  /** What kind of bar it rests on, and what that is worth; `null` for a closed bar that speaks for itself. */
  readonly grade: { readonly word: 'EARLY' | 'CONFIRMED' | 'FADED'; readonly sentence: string } | null;
  /** `null` when this is surely the first copy. */
  readonly repeat: string | null;
  readonly id: string;
  /** True when the symbol was too long to be shown whole. */
  readonly shortened: boolean;
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
const MARKET_WORDS: Readonly<Record<Market, string>> = { usdm: 'USD-M perpetual', spot: 'spot' };
export const PROVENANCE_WORDS: Readonly<Record<Provenance, string>> = {
  stream: 'bar heard on the stream',
  rest: 'bar fetched over REST',
  replay: 'bar replayed from a recording',
  rebuilt: 'bar rebuilt from smaller bars',
};

const notAvailable = (why: string | undefined): string => (why === undefined ? 'n/a' : `n/a (${why})`);

const valueText = (write: (value: number) => string, value: number | null, reason: Reason | undefined): string =>
  value !== null && Number.isFinite(value) ? write(value) : notAvailable(reason === undefined ? undefined : REASON_WORDS[reason]);

const conditionFact = ({ measure, value, threshold, reason }: Condition, alert: Alert): Fact => {
  const { label, write } = mannerOf(measure);
  return {
    label,
    value: valueText(write, value, reason ?? alert.reasons[measure]),
    need: Number.isFinite(threshold) ? `needs ${write(threshold)}` : null,
  };
};

/** How unusual, of ten; never how it will go on (signals.md §7.2). */
const strengthFacts = ({ strength }: Alert): readonly Fact[] => {
  if (strength === undefined) return [];
  const value = strength.value === null ? notAvailable('too little is known') : `${strengthText(strength.value)} of 10`;
  return [{ label: 'strength', value, need: null }];
};

/** What stands behind other numbers that are told, and is kept with the alert for who looks closer. */
const UNTOLD = /^(?:market_median|beta_raw|excess|breadth|trend_state(?:@\w+)?)$/;

const unusual = (alert: Alert): readonly Fact[] => {
  const judged = new Set(alert.conditions.map(({ measure }) => measure));
  const shown = Object.entries(alert.measures).filter(([name]) => !judged.has(name) && !UNTOLD.test(name));
  return [
    ...alert.conditions.map((condition) => conditionFact(condition, alert)),
    ...strengthFacts(alert),
    ...shown.map(([name, value]) => {
      const { label, write } = mannerOf(name);
      return { label, value: valueText(write, value, alert.reasons[name]), need: null };
    }),
  ];
};

const change = ({ open, close }: Alert['bar']): string => {
  if (open === 0) return notAvailable('the open is 0');
  const percent = 100 * (close / open - 1);
  return Number.isFinite(percent) ? changeText(percent) : notAvailable(undefined);
};

const price = (value: number): string => (Number.isFinite(value) ? decimal(value) : notAvailable(undefined));

const amount = (value: number | null, unit: string): string =>
  `${value !== null && Number.isFinite(value) ? quantity(value) : notAvailable(REASON_WORDS['no-data'])} ${unit}`;

/** `12:07:31 UTC`. */
const clockText = (timeMs: number): string => {
  const time = isoTime(timeMs);
  return time === null ? 'a time unknown' : `${time.slice(11, 19)} UTC`;
};

/** Says of a forming bar that nothing is settled, and of a closed one what it made of that: no odds, no promise. */
const gradeWords = ({ grade, decisionTimeMs: seenAtMs }: Alert): Told['grade'] => {
  switch (grade) {
    case 'early':
      return { word: 'EARLY', sentence: `seen at ${clockText(seenAtMs)} on the bar that is still forming; it may fade` };
    case 'confirmed':
      return { word: 'CONFIRMED', sentence: 'the closed bar meets the conditions that were met early' };
    case 'faded':
      return { word: 'FADED', sentence: 'the closed bar does not meet the conditions that were met early' };
    default:
      return null;
  }
};

/** Never rounded up: 100% means that nothing was missing. */
const coverage = (share: number): string => {
  const percent = Math.floor(share * 1000 + 1e-9) / 10;
  return `${Number.isFinite(percent) ? `${percent}%` : 'n/a'} of the expected series had arrived`;
};

/** The end of the year 9999: dates beyond have more digits than Discord and people read. */
const TIME_MS_MAX = 253_402_300_799_999;

/** ISO 8601 of a time in ms UTC from 1970 on; `null` when it is none. */
export const isoTime = (timeMs: number): string | null =>
  timeMs >= 0 && timeMs <= TIME_MS_MAX ? new Date(timeMs).toISOString() : null;

/** `2026-08-06 12:00–12:15 UTC`; with the date again where the bar ends on another day. */
const span = (openMs: number, closeMs: number): string => {
  const [open, close] = [isoTime(openMs), isoTime(closeMs)];
  if (open === null || close === null) return notAvailable(undefined);
  const [openDay = '', openTime = ''] = open.slice(0, -8).split('T');
  const [closeDay = '', closeTime = ''] = close.slice(0, -8).split('T');
  return `${openDay} ${openTime}–${openDay === closeDay ? '' : `${closeDay} `}${closeTime} UTC`;
};

/** Puts an alert into words. Never throws, whatever the alert holds. */
export const tell = (alert: Alert, attempt: Attempt): Told => {
  const symbol = alert.kind === 'market' ? 'whole market' : plain(alert.symbol);
  return {
    arrow: alert.direction === 'up' ? '▲' : '▼',
    symbol: cutTo(symbol, NAME_CODE_POINTS_MAX),
    change: change(alert.bar),
    series: `${alert.interval} · ${MARKET_WORDS[alert.market]}`,
    time: span(alert.openTimeMs, decisionTimeMs(alert)),
    close: price(alert.bar.close),
    open: price(alert.bar.open),
    unusual: unusual(alert),
    volume: `${amount(alert.bar.volume, 'base')} · ${amount(alert.bar.quoteVolume, 'quote')}`,
    data: [
      // Behind a forming bar there is no close that others could have missed.
      ...(alert.grade === 'early' ? [] : [coverage(alert.coverage)]),
      PROVENANCE_WORDS[alert.bar.provenance],
      ...(alert.shortHistory ? ['young series: its whole life is shorter than the warm-up of the rule'] : []),
    ],
    grade: gradeWords(alert),
    repeat: attempt.mayRepeat ? 'may be a repeat: an earlier copy may have arrived' : null,
    id: alert.id,
    shortened: codePoints(symbol) > NAME_CODE_POINTS_MAX,
  };
};
