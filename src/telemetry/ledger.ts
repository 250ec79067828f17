import type { SchedulerLike } from 'rxjs';
import type { Provenance } from '../model/bar.js';
import { decisionTimeMs } from '../model/bar.js';
import type { Close } from '../model/close.js';
import type { Interval } from '../model/interval.js';
import type { Market, Series } from '../model/series.js';
import type { Notice, Sighting } from '../model/sighting.js';
import { SIGHTINGS } from '../model/sighting.js';
import type { FeedEvent } from '../ports/source.js';
import type { Lateness } from './ledger-lateness.js';
import { createLateness } from './ledger-lateness.js';
import { createRows } from './ledger-rows.js';

/**
 * How each due bar was seen: by `stream`, by `rest`, by `replay`, `rebuilt` of shorter ones; or not at all: `missing` at the
 * exchange, or `lost` to us. Further what came again (`repeated`), too late, out of order, or with other values (`revised`).
 */
const COLUMNS = ['stream', 'rest', 'replay', 'rebuilt', ...SIGHTINGS] as const satisfies readonly (Provenance | Sighting)[];
export type SightCounts = Readonly<Record<(typeof COLUMNS)[number], number>>;

/** The newest close of a market and interval: how much of it has been seen, and what came of it. */
export interface CloseSight {
  readonly market: Market;
  readonly interval: Interval;
  readonly openTimeMs: number;
  readonly received: number;
  readonly expected: number;
  readonly qualified: number;
  /** `530 of 530 series complete, nothing qualified`. */
  readonly words: string;
}

export interface MarketSight {
  readonly market: Market;
  readonly series: number;
  readonly bars: SightCounts;
  /** From the close of a bar to its arrival over the stream, in market time; `null` when none has come that way. */
  readonly lateness: Lateness | null;
}

export interface Sight {
  readonly markets: readonly MarketSight[];
  readonly closes: readonly CloseSight[];
  /** The series of which most was lost or missing, worst first, ten at most. */
  readonly blindest: readonly (Series & { readonly lost: number; readonly missing: number })[];
}

/** Accounts for every due bar of every series. Nothing depends on it. */
export interface Ledger {
  readonly sawEvent: (event: FeedEvent) => void;
  readonly sawClose: (close: Close) => void;
  readonly noticed: Notice;
  /** The account of one series, `null` when nothing of it was ever seen. */
  readonly seriesSight: (series: Series) => SightCounts | null;
  readonly read: () => Sight;
}

const BLINDEST_MAX = 10;
const ROWS_AT_FIRST = 64;

const enlarged = (times: Float64Array, row: number): Float64Array => {
  const larger = new Float64Array(2 * row);
  larger.set(times);
  return larger;
};

const closeSightOf = (close: Close, qualifiedBefore: number): CloseSight => {
  const { market, interval, openTimeMs, received, expected } = close;
  const qualified = qualifiedBefore + close.alerts.length;
  const words = `${received} of ${expected} series complete, ${qualified === 0 ? 'nothing' : qualified} qualified`;
  return { market, interval, openTimeMs, received, expected, qualified, words };
};

/**
 * *Memory.* Some forty bytes of counters, and the name, for each series there has ever been; some four hundred numbers for each
 * market; the newest close of each market and interval.
 */
export const createLedger = ({ marketTime }: { readonly marketTime: SchedulerLike }): Ledger => {
  const rows = createRows(COLUMNS);
  const newest = new Map<string, CloseSight>();
  const lateness = new Map<Market, ReturnType<typeof createLateness>>();
  /** Open time, by row, of the newest bar that came over the stream: one that comes again is not later, but again. */
  let streamedMs: Float64Array = new Float64Array(ROWS_AT_FIRST);

  const sawEvent = (event: FeedEvent): void => {
    if (event.kind !== 'bar' || event.bar.provenance !== 'stream') return;
    const { bar } = event;
    const row = rows.of(bar);
    if (row >= streamedMs.length) streamedMs = enlarged(streamedMs, row);
    if (bar.openTimeMs <= (streamedMs[row] as number)) return;
    streamedMs[row] = bar.openTimeMs;
    let times = lateness.get(bar.market);
    if (times === undefined) lateness.set(bar.market, (times = createLateness()));
    times.add(marketTime.now() - decisionTimeMs(bar));
  };

  const sawClose = (close: Close): void => {
    // A correction sees no further bar.
    if (close.revision === true) return;
    for (const { bar } of close.judged) rows.add(rows.of(bar), bar.provenance, 1);
    const key = `${close.market}|${close.interval}`;
    const before = newest.get(key);
    if (before !== undefined && before.openTimeMs > close.openTimeMs) return;
    newest.set(key, closeSightOf(close, before?.openTimeMs === close.openTimeMs ? before.qualified : 0));
  };

  const read = (): Sight => {
    const markets = new Map<Market, { series: number; bars: Record<(typeof COLUMNS)[number], number> }>();
    const blind: (Series & { lost: number; missing: number })[] = [];
    rows.forEach((series, counts) => {
      let of = markets.get(series.market);
      if (of === undefined) {
        of = {
          series: 0,
          bars: Object.fromEntries(COLUMNS.map((column) => [column, 0])) as Record<(typeof COLUMNS)[number], number>,
        };
        markets.set(series.market, of);
      }
      of.series++;
      for (const column of COLUMNS) of.bars[column] += counts[column];
      if (counts.lost + counts.missing > 0) blind.push({ ...series, lost: counts.lost, missing: counts.missing });
    });
    return {
      markets: [...markets].map(([market, of]) => ({ market, ...of, lateness: lateness.get(market)?.read() ?? null })),
      closes: [...newest.values()],
      blindest: blind.sort((a, b) => b.lost - a.lost || b.missing - a.missing).slice(0, BLINDEST_MAX),
    };
  };

  return {
    sawEvent,
    sawClose,
    noticed: (sighting, series, count) => rows.add(rows.of(series), sighting, count),
    seriesSight: rows.read,
    read,
  };
};
