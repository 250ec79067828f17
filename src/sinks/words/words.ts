import { decisionTimeMs } from '../../model/bar.js';
import type { Alert, Mark } from '../../model/alert.js';
import type { Provenance } from '../../model/bar.js';
import type { Market } from '../../model/series.js';
import type { Attempt } from '../../ports/sink.js';
import type { Fact } from './facts.js';
import { factsOf, notAvailable } from './facts.js';
import { chartAddress } from './links.js';
import { changeText, pricesOf, rounded } from './numbers.js';
import { codePoints, cutTo, NAME_CODE_POINTS_MAX, plain } from './plain.js';
import { clockText, isoTime, spanText } from './times.js';

export { REASON_WORDS } from './facts.js';

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
  readonly high: string;
  readonly low: string;
  /** Conditions in the rule's order, the strength, then what else the alert shows. */
  readonly facts: readonly Fact[];
  /** How sure the data are: a few short statements. */
  readonly data: readonly string[];
  /** Those of `data` that are a reason to be careful. */
  readonly doubts: readonly string[];
  /** What kind of bar it rests on, and what that is worth; `null` for a closed bar that speaks for itself. */
  readonly grade: { readonly word: 'EARLY' | 'CONFIRMED' | 'FADED'; readonly sentence: string } | null;
  /** What this copy says of itself: that it may be a repeat, whose place its sink takes, what was silenced before; `null`: nothing. */
  readonly repeat: string | null;
  /** The exchange's page with the chart; `null` where there is none. */
  readonly chart: string | null;
  readonly id: string;
  /** True when the symbol was too long to be shown whole. */
  readonly shortened: boolean;
}

const MARKET_WORDS: Readonly<Record<Market, string>> = { usdm: 'USD-M perpetual', spot: 'spot' };
export const PROVENANCE_WORDS: Readonly<Record<Provenance, string>> = {
  stream: 'bar heard on the stream',
  rest: 'bar fetched over REST',
  replay: 'bar replayed from a recording',
  rebuilt: 'bar rebuilt from smaller bars',
};
const MARK_WORDS: Readonly<Record<Mark, string>> = {
  'wide-spread': 'the spread is wide',
  'spread-unknown': 'the spread is not known',
  'trend-unknown': 'the trend is not known',
  'regime-unknown': 'the regime is not known',
  'liquidity-unknown': 'the liquidity is not known',
};

const change = ({ open, close }: Alert['bar']): string => {
  if (open === 0) return notAvailable('the open is 0');
  const percent = 100 * (close / open - 1);
  return Number.isFinite(percent) ? changeText(percent) : notAvailable(undefined);
};

/** The index of a market alert is made of returns: it has no tick, and two decimals are a hundredth of a percent. */
const prices = ({ kind, bar: { open, high, low, close } }: Alert): ((value: number) => string) => {
  const write = kind === 'market' ? (value: number) => rounded(value, 2) : pricesOf([open, high, low, close]);
  return (value) => (Number.isFinite(value) ? write(value) : notAvailable(undefined));
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

/** With less of the market than this at hand, where a symbol stands in it is a guess at the rest. */
const COVERAGE_SOUND = 0.9;

/** Never rounded up: 100% means that nothing was missing. */
const coverageText = (share: number): string => {
  const percent = Math.floor(share * 1000 + 1e-9) / 10;
  return `${Number.isFinite(percent) ? `${percent}%` : 'n/a'} of the expected series had arrived`;
};

/** `[what is said, whether it is a reason to be careful]`. */
type Statement = readonly [text: string, isDoubt: boolean];

const dataStatements = (alert: Alert): readonly Statement[] => {
  const { grade, kind, coverage, bar, shortHistory, strength, marks = [] } = alert;
  const unknown = strength?.parts.filter(({ input }) => input === null).length ?? 0;
  return [
    // Behind a forming bar there is no close that others could have missed.
    ...(grade === 'early' ? [] : [[coverageText(coverage), !(coverage >= COVERAGE_SOUND)] as const]),
    // The index is made of many bars; the bar that lends it its origin is one of them.
    ...(kind === 'market' ? [] : [[PROVENANCE_WORDS[bar.provenance], bar.provenance === 'rebuilt'] as const]),
    ...(grade === 'early' ? [['the bar is still forming', true] as const] : []),
    ...(shortHistory ? [['young series: its whole life is shorter than the warm-up of the rule', true] as const] : []),
    ...(unknown === 0
      ? []
      : [
          [
            `${unknown} of the ${strength?.parts.length} parts of the strength ${unknown === 1 ? 'is' : 'are'} not known`,
            true,
          ] as const,
        ]),
    ...marks.map((mark): Statement => [MARK_WORDS[mark], true]),
  ];
};

/** `suppressed 4 since 12:03 UTC`, with the day where that was another one. */
const silencedText = ({ silenced, decisionTimeMs: nowMs }: Alert): readonly string[] => {
  if (silenced === undefined) return [];
  const [since, now] = [isoTime(silenced.sinceMs), isoTime(nowMs)];
  const day = since?.slice(0, 10) === now?.slice(0, 10) ? '' : `${since?.slice(0, 10)} `;
  return [`suppressed ${silenced.count} since ${since === null ? 'a time unknown' : `${day}${since.slice(11, 16)} UTC`}`];
};

const copyNotes = (alert: Alert, { mayRepeat, insteadOf }: Attempt): readonly string[] => {
  const other = insteadOf === undefined ? '' : cutTo(plain(insteadOf.sink), NAME_CODE_POINTS_MAX);
  return [
    ...(mayRepeat ? ['may be a repeat: an earlier copy may have arrived'] : []),
    ...(insteadOf === undefined ? [] : [insteadOf.unknown ? `nobody knows whether ${other} has it` : `${other} did not take it`]),
    ...silencedText(alert),
  ];
};

/** Puts an alert into words. Never throws, whatever the alert holds. */
export const tell = (alert: Alert, attempt: Attempt): Told => {
  const symbol = alert.kind === 'market' ? 'whole market' : plain(alert.symbol);
  const price = prices(alert);
  const statements = dataStatements(alert);
  const notes = copyNotes(alert, attempt);
  return {
    arrow: alert.direction === 'up' ? '▲' : '▼',
    symbol: cutTo(symbol, NAME_CODE_POINTS_MAX),
    change: change(alert.bar),
    series: `${alert.interval} · ${MARKET_WORDS[alert.market]}`,
    time: spanText(alert.openTimeMs, decisionTimeMs(alert)) ?? notAvailable(undefined),
    close: price(alert.bar.close),
    open: price(alert.bar.open),
    high: price(alert.bar.high),
    low: price(alert.bar.low),
    facts: factsOf(alert),
    data: statements.map(([text]) => text),
    doubts: statements.filter(([, isDoubt]) => isDoubt).map(([text]) => text),
    grade: gradeWords(alert),
    repeat: notes.length === 0 ? null : notes.join(' · '),
    chart: chartAddress(alert),
    id: cutTo(plain(alert.id), NAME_CODE_POINTS_MAX),
    shortened: codePoints(symbol) > NAME_CODE_POINTS_MAX,
  };
};
