import type { Measured } from './reading.js';

/*
 * What an exchange tells beside bars: spread, funding and open interest (signals.md §5). All of it is context: it never makes an
 * alert, and withholds one only through the gate that is named for it. A value is told with its age, and is none when it is too old.
 */

/** Something that was true at one time. */
export interface Snapshot<T> {
  readonly atMs: number;
  readonly value: T;
}

/** A snapshot as it is seen later. */
export interface Aged<T> {
  readonly value: T;
  /** Milliseconds between the snapshot and the decision. */
  readonly ageMs: number;
}

/** The latest snapshot from before a decision, `null` when there is none or it is older than `maxAgeMs`. They must ascend in time. */
export const latestBefore = <T>(snapshots: readonly Snapshot<T>[], decisionTimeMs: number, maxAgeMs: number): Aged<T> | null => {
  const found = snapshots.findLast(({ atMs }) => atMs < decisionTimeMs);
  if (found === undefined) return null;
  const ageMs = decisionTimeMs - found.atMs;
  return ageMs > maxAgeMs ? null : { value: found.value, ageMs };
};

/** Distance of ask and bid in basis points of their middle; `no-data` where they are no market (crossed, or without a price). */
export const spreadBp = (bid: number, ask: number): Measured =>
  bid > 0 && ask >= bid ? (10_000 * (ask - bid)) / ((ask + bid) / 2) : 'no-data';

/** The spread that a gate may look at: the median of the last minute's; `no-data` of none. */
export const spreadOfMinute = (spreadsBp: readonly number[]): Measured => {
  const sorted = [...spreadsBp].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half];
  if (upper === undefined) return 'no-data';
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
};

const YEAR_HOURS = 8_760;

/** A funding rate as a year of them, in percent. The hours between two fundings differ from symbol to symbol: read them, 8 is a guess. */
export const annualFundingPercent = (rate: number, intervalHours: number): Measured =>
  intervalHours > 0 && Number.isFinite(rate) ? 100 * rate * (YEAR_HOURS / intervalHours) : 'no-data';

/** Change of open interest in percent. Both in contracts or base units: in the quote asset the move of the price would count twice. */
export const openInterestChangePercent = (now: number, before: number): Measured =>
  before > 0 && Number.isFinite(now) ? 100 * (now / before - 1) : 'no-data';

/** Percent of change below which open interest has stood still. */
const FLAT_PERCENT = 0.5;

export type OpenInterestQuadrant = 'new-longs' | 'short-covering' | 'new-shorts' | 'long-liquidation' | 'flat';

/** What a move of the price and one of open interest are usually called together: a name, not knowledge. */
export const openInterestQuadrant = (direction: 'up' | 'down', changePercent: number): OpenInterestQuadrant => {
  if (Math.abs(changePercent) < FLAT_PERCENT) return 'flat';
  if (direction === 'up') return changePercent > 0 ? 'new-longs' : 'short-covering';
  return changePercent > 0 ? 'new-shorts' : 'long-liquidation';
};
