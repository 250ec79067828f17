import { createHash } from 'node:crypto';
import type { Bar } from './bar.js';
import { decisionTimeMs } from './bar.js';
import type { Interval } from './interval.js';
import type { Judged, Condition, Direction, Verdict } from './verdict.js';
import type { Market } from './series.js';
import type { Reason } from './reading.js';
import type { Strength } from './strength.js';
import type { EpisodeRole } from './episode.js';

/** Why a fired verdict was not sent (decisions.md 12). */
export const SUPPRESSIONS = [
  'cooldown',
  'flood',
  'correlation',
  'liquidity',
  'spread',
  'regime',
  'trend',
  'rate',
  'mute',
  'stale',
  'revision',
] as const;
export type Suppression = (typeof SUPPRESSIONS)[number];

/**
 * What kind of bar an alert rests on.
 *
 * - `closed`: a closed bar, as every alert of which nothing else is said.
 * - `early`: a bar that was still forming; it may fade.
 * - `confirmed`, `faded`: what the closed bar says of an early alert that was sent: the rule fired on it too, or it did not.
 */
export const GRADES = ['closed', 'early', 'confirmed', 'faded'] as const;
export type Grade = (typeof GRADES)[number];

/** A fired verdict with its context: facts only; sinks choose the words. */
export interface Alert {
  readonly id: string;
  readonly rule: string;
  readonly ruleVersion: number;
  readonly kind: 'single' | 'market';
  readonly market: Market;
  readonly symbol: string;
  readonly interval: Interval;
  readonly direction: Direction;
  readonly openTimeMs: number;
  /** When it could first be known: the end of the bar, and of an early alert the moment at which the forming bar was seen. */
  readonly decisionTimeMs: number;
  /** `closed` if absent. */
  readonly grade?: Grade;
  /** Prices and volumes of the bar it speaks of. A market alert has the market's index, which is 100 before the bar, and no volumes. */
  readonly bar: Pick<Bar, 'open' | 'high' | 'low' | 'close' | 'volume' | 'quoteVolume' | 'provenance'>;
  /** Values by measure name; `null` where there is none, and then `reasons` says why. */
  readonly measures: Readonly<Record<string, number | null>>;
  readonly reasons: Readonly<Record<string, Reason>>;
  readonly conditions: readonly Condition[];
  readonly shortHistory: boolean;
  /** Share of the expected series that had arrived when the close was judged, 0…1; 0 for an early alert, which no close is behind. */
  readonly coverage: number;
  /** `null`: it is to be sent. */
  readonly suppressedBy: Suppression | null;
  /** What withheld it, in a few words, where `suppressedBy` does not say it all: which silence, which mute time, which route. */
  readonly because?: string;
  /** What silences and mute times have withheld of its symbol and rule since the last one that was sent. */
  readonly silenced?: Silenced;
  /** Id of the alert that tells this one too: the market alert of a flood, or the representative of those that move alike. */
  readonly mergedInto: string | null;
  /** Symbols that this alert stands for besides its own, because they moved alike (signals.md §6.4). */
  readonly peers?: readonly string[];
  /** Id of the alert before, whose cooldown this one breaks because its move has grown by the configured step. */
  readonly escalates?: string;
  /** What a gate found without withholding the alert. */
  readonly marks?: readonly Mark[];
  /** Of a market alert: those that moved furthest beyond the market, in average true ranges (signals.md §6.2), furthest first. */
  readonly leaders?: readonly Leader[];
  /** How unusual the move is, with what it is made of (model/strength.ts); absent on a market alert and in records of older builds. */
  readonly strength?: Strength;
  /** The episode it belongs to (model/episode.ts); absent on what was withheld, on early news and in records of older builds. */
  readonly episode?: { readonly id: string; readonly role: EpisodeRole };
}

/** Alerts that were withheld because somebody had asked for silence. */
export interface Silenced {
  readonly count: number;
  /** Decision time of the first of them, ms UTC. */
  readonly sinceMs: number;
}

/** `…-unknown`: the gate could not judge, because what it looks at has no value. */
export const MARKS = ['wide-spread', 'spread-unknown', 'trend-unknown', 'regime-unknown', 'liquidity-unknown'] as const;
export type Mark = (typeof MARKS)[number];

export interface Leader {
  readonly symbol: string;
  readonly excessAtr: number;
}

export interface AlertIdentity {
  readonly rule: string;
  readonly ruleVersion: number;
  readonly market: Market;
  readonly symbol: string;
  readonly interval: Interval;
  readonly openTimeMs: number;
  readonly direction: Direction;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** First `length` characters of the lower-case RFC 4648 base32 of `bytes`. */
const base32 = (bytes: Uint8Array, length: number): string => {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5 && text.length < length) {
      bits -= 5;
      text += BASE32.charAt((held >> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return text;
};

/**
 * Sixteen characters made of data only, so that a replay makes the same id (reliability.md §2.2):
 * base32(sha256(rule | version | market | symbol | interval | open time | direction)).
 */
export const alertId = (of: AlertIdentity): string =>
  base32(
    createHash('sha256')
      .update([of.rule, of.ruleVersion, of.market, of.symbol, of.interval, of.openTimeMs, of.direction].join('|'))
      .digest(),
    16,
  );

/** Whether it speaks of a closed bar for itself: only such alerts count in filters and statistics. */
export const isOfClosedBar = ({ grade }: Pick<Alert, 'grade'>): boolean => grade === undefined || grade === 'closed';

/** The id of an alert of this grade: the grade is a part of the rule's name in it, so that no two grades share one. */
export const gradedId = (of: AlertIdentity, grade: Exclude<Grade, 'closed'>): string =>
  alertId({ ...of, rule: `${of.rule}:${grade}` });

/** The alert a fired verdict makes, not yet withheld by any filter. */
export const toAlert = (judged: Judged, verdict: Verdict, coverage: number): Alert => {
  const { bar } = judged;
  const measures: Record<string, number | null> = {};
  const reasons: Record<string, Reason> = {};
  for (const [name, value] of Object.entries(verdict.shown)) {
    if (typeof value === 'number') measures[name] = value;
    else {
      measures[name] = null;
      reasons[name] = value;
    }
  }
  return {
    id: alertId({ ...verdict, market: bar.market, symbol: bar.symbol, interval: bar.interval, openTimeMs: bar.openTimeMs }),
    rule: verdict.rule,
    ruleVersion: verdict.ruleVersion,
    kind: 'single',
    market: bar.market,
    symbol: bar.symbol,
    interval: bar.interval,
    direction: verdict.direction,
    openTimeMs: bar.openTimeMs,
    decisionTimeMs: decisionTimeMs(bar),
    bar: {
      open: bar.open,
      high: bar.high,
      low: bar.low,
      close: bar.close,
      volume: bar.volume,
      quoteVolume: bar.quoteVolume,
      provenance: bar.provenance,
    },
    measures,
    reasons,
    conditions: verdict.conditions,
    shortHistory: verdict.shortHistory,
    coverage,
    suppressedBy: null,
    mergedInto: null,
  };
};
