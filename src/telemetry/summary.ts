import { styleText } from 'node:util';
import { SUPPRESSIONS } from '../model/alert.js';
import { DELIVERY_STATES, isFinal } from '../model/delivery.js';
import type { FaultKind } from '../model/fault.js';
import { FAULT_LEVELS } from '../model/fault.js';
import type { FaultCounts } from './faults.js';
import type { MarketSight, Sight, SightCounts } from './ledger.js';
import type { Tally } from './tally.js';

export interface SummaryOptions {
  readonly tally: Tally;
  readonly faults: FaultCounts;
  /** How the bars were seen; left out when absent. */
  readonly sight?: Sight | undefined;
  /** How long the run took on the wire clock; left out when absent. */
  readonly tookMs?: number;
  /** For a terminal; off if absent. */
  readonly colour?: boolean;
}

type Colour = 'green' | 'yellow' | 'red' | 'dim' | 'bold';
type Paint = (colour: Colour, text: string) => string;

const paintWith =
  (colour: boolean): Paint =>
  (format, text) =>
    // Whether colours are wanted was decided by the caller, so the stream is not asked again.
    colour ? styleText(format, text, { validateStream: false }) : text;

const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** Whole per cent, rounded down: 100 % is said only when nothing is missing. */
const share = (part: number, whole: number): string => (whole === 0 ? '' : `  ${Math.floor((part / whole) * 100)} %`);

/** `1m 05s`, `12s`. */
const duration = (ms: number): string => {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`;
};

/** `3 cooldown, 1 stale`, in the order of `keys`; only what occurred. */
const listed = <Key extends string>(keys: readonly Key[], counts: Readonly<Partial<Record<Key, number>>>): string[] =>
  keys.flatMap((key) => ((counts[key] ?? 0) > 0 ? [`${grouped(counts[key] ?? 0)} ${key}`] : []));

const sum = (counts: Readonly<Partial<Record<string, number>>>): number =>
  Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0);

/**
 * What is said when nothing is: silence that was looked for, with its evidence. `null` while there was an alert.
 * `530 of 530 series complete, nothing qualified`.
 */
export const silence = ({ closes, latest, alertsEmitted }: Tally): string | null => {
  if (alertsEmitted > 0) return null;
  if (closes === 0) return 'no bar has closed yet, nothing was judged';
  return `${grouped(latest.received)} of ${grouped(latest.expected)} series complete, nothing qualified`;
};

const barsRow = ({ barsSeen, barsExpected }: Tally, paint: Paint): string => {
  const text = `${grouped(barsSeen)} of ${grouped(barsExpected)}${share(barsSeen, barsExpected)}`;
  return paint(barsSeen === barsExpected ? 'green' : 'yellow', text);
};

const alertsRow = ({ alertsEmitted, alertsSuppressed }: Tally, paint: Paint): string => {
  const withheld = listed(SUPPRESSIONS, alertsSuppressed);
  const emitted = paint('bold', grouped(alertsEmitted));
  return withheld.length === 0 ? emitted : `${emitted}${paint('dim', `  withheld: ${withheld.join(', ')}`)}`;
};

/** What was said of bars that were still forming: for itself, with what the closed bars made of it. */
const earlyRow = (early: NonNullable<Tally['early']>, paint: Paint): string => {
  const rest = listed(['confirmed', 'faded', 'withheld'], early);
  return `${paint('bold', grouped(early.sent))}${rest.length === 0 ? '' : paint('dim', `  ${rest.join(', ')}`)}`;
};

const deliveriesRow = ({ deliveries }: Tally, paint: Paint): string => {
  if (sum(deliveries) === 0) return '0';
  return DELIVERY_STATES.flatMap((state) => {
    const [text] = listed([state], deliveries);
    if (text === undefined) return [];
    if (state === 'delivered') return [paint('green', text)];
    if (state === 'dead' || state === 'expired') return [paint('red', text)];
    return [paint(isFinal(state) ? 'dim' : 'yellow', text)];
  }).join(', ');
};

const faultsRow = (faults: FaultCounts, paint: Paint): string => {
  const kinds = (Object.keys(FAULT_LEVELS) as FaultKind[]).filter((kind) => faults[kind] > 0);
  if (kinds.length === 0) return paint('green', 'none');
  const worst = kinds.some((kind) => FAULT_LEVELS[kind] === 'error') ? 'red' : 'yellow';
  return paint(worst, listed(kinds, faults).join(', '));
};

const SEEN = ['stream', 'rest', 'replay', 'rebuilt'] as const;
const ODD = ['repeated', 'reordered', 'late', 'revised'] as const;

const totalsOf = (markets: readonly MarketSight[], column: keyof SightCounts): number =>
  markets.reduce((total, { bars }) => total + bars[column], 0);

const sightRow = ({ markets }: Sight, paint: Paint): string => {
  const some = (columns: readonly (keyof SightCounts)[]): Partial<Record<keyof SightCounts, number>> =>
    Object.fromEntries(columns.map((column) => [column, totalsOf(markets, column)]));
  const seen = listed(SEEN, some(SEEN)).map((text) => paint('green', text));
  const odd = listed(ODD, some(ODD)).map((text) => paint('dim', text));
  const missing = totalsOf(markets, 'missing');
  const lost = totalsOf(markets, 'lost');
  return [
    ...seen,
    ...(missing === 0 ? [] : [paint('yellow', `${grouped(missing)} missing at the exchange`)]),
    paint(lost === 0 ? 'green' : 'red', `${lost === 0 ? 'none' : grouped(lost)} lost`),
    ...odd,
  ].join(', ');
};

/** `late usdm`: `p50 45 ms, p95 120 ms, p99 300 ms, at most 1,204 ms`. */
const latenessRows = ({ markets }: Sight): readonly (readonly [string, string])[] =>
  markets.flatMap(({ market, lateness }) => {
    if (lateness === null) return [];
    const { p50Ms, p95Ms, p99Ms, maxMs } = lateness;
    const times = `p50 ${grouped(p50Ms)} ms, p95 ${grouped(p95Ms)} ms, p99 ${grouped(p99Ms)} ms, at most ${grouped(maxMs)} ms`;
    return [[`late ${market}`, times] as const];
  });

/**
 * The account of a run, for its end: every number that says whether something was missed, repeated or lost. Lines without a
 * line end after the last, aligned, in colour when asked; nothing in it depends on the terminal or the locale.
 */
export const renderSummary = ({ tally, faults, sight, tookMs, colour = false }: SummaryOptions): string => {
  const paint = paintWith(colour);
  const rows: readonly (readonly [name: string, text: string])[] = [
    ...(tookMs === undefined ? [] : [['took', duration(tookMs)] as const]),
    ['bars', barsRow(tally, paint)],
    ...(sight === undefined ? [] : [['seen by', sightRow(sight, paint)] as const, ...latenessRows(sight)]),
    ['closes', grouped(tally.closes)],
    ['alerts', alertsRow(tally, paint)],
    ...(tally.early === undefined ? [] : [['early', earlyRow(tally.early, paint)] as const]),
    ['deliveries', deliveriesRow(tally, paint)],
    [
      'duplicates',
      tally.repeats === 0 ? paint('green', '0') : paint('yellow', `${grouped(tally.repeats)}, each marked as a repeat`),
    ],
    ['faults', faultsRow(faults, paint)],
  ];
  const nameLength = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, text]) => `  ${paint('dim', name.padEnd(nameLength))}  ${text}`);
  const quiet = silence(tally);
  return [paint('bold', 'Summary'), ...lines, ...(quiet === null ? [] : [`  ${quiet}`])].join('\n');
};
