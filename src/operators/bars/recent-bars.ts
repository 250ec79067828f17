import type { Bar, Provenance } from '../../model/bar.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Series } from '../../model/series.js';
import {
  BAR_CELLS,
  CLOSE,
  HIGH,
  LOW,
  OPEN,
  orNull,
  powerOfTwo,
  QUOTE,
  TAKER,
  TIME,
  TRADES,
  VOLUME,
  writeBar,
} from './bar-cells.js';

const [TAKER_QUOTE, FROM, COLUMNS] = [BAR_CELLS, BAR_CELLS + 1, BAR_CELLS + 2] as const;
const PROVENANCES: readonly Provenance[] = ['stream', 'rest', 'replay', 'rebuilt'];
const REBUILT = PROVENANCES.indexOf('rebuilt');
const codeOf = (from: Provenance): number => (from === 'stream' ? 0 : from === 'rest' ? 1 : from === 'replay' ? 2 : REBUILT);

/** The latest bars of one series by their values, so that a bar that comes again can be compared with the one that was handed on. */
export interface RecentBars {
  /** Keeps a bar in place of the one that is oldest, or of the same time. */
  keep(bar: Bar): void;
  /**
   * Whether a bar of this time is kept, and has the same values. How they came is no value, but sums of which one was `rebuilt` are
   * the same when only their rounding differs.
   */
  compare(bar: Bar): 'same' | 'other' | 'unknown';
  /** The bar of this time, or `null` when it is not kept. */
  at(openTimeMs: number): Bar | null;
}

/** The exchange's own sums and ours may differ by their rounding, and by no more (signals.md §0). */
const REBUILT_SHARE = 1e-9;

const same = (kept: number, value: number | null, share: number): boolean =>
  value === null ? kept !== kept : kept === value || Math.abs(kept - value) <= share * value;

/** *Memory.* Eleven numbers for each of `bars` bars, rounded up to a power of two, and no object per bar. */
export const createRecentBars = (bars: number, { market, symbol, interval }: Series): RecentBars => {
  const capacity = powerOfTwo(bars);
  const barMs = INTERVAL_MS[interval];
  const cells = new Float64Array(COLUMNS * capacity).fill(NaN);
  const placeOf = (openTimeMs: number): number => ((openTimeMs / barMs) & (capacity - 1)) * COLUMNS;
  const cell = (place: number, column: number): number => cells[place + column] as number;

  return {
    keep(bar) {
      const at = placeOf(bar.openTimeMs);
      writeBar(cells, at, bar);
      cells[at + TAKER_QUOTE] = bar.takerQuoteVolume ?? NaN;
      cells[at + FROM] = codeOf(bar.provenance);
    },
    compare(bar) {
      const at = placeOf(bar.openTimeMs);
      if (cell(at, TIME) !== bar.openTimeMs) return 'unknown';
      const share = bar.provenance === 'rebuilt' || cell(at, FROM) === REBUILT ? REBUILT_SHARE : 0;
      const agrees =
        cell(at, OPEN) === bar.open &&
        cell(at, HIGH) === bar.high &&
        cell(at, LOW) === bar.low &&
        cell(at, CLOSE) === bar.close &&
        same(cell(at, VOLUME), bar.volume, share) &&
        same(cell(at, QUOTE), bar.quoteVolume, share) &&
        same(cell(at, TRADES), bar.tradeCount, share) &&
        same(cell(at, TAKER), bar.takerVolume, share) &&
        same(cell(at, TAKER_QUOTE), bar.takerQuoteVolume, share);
      return agrees ? 'same' : 'other';
    },
    at(openTimeMs) {
      const place = placeOf(openTimeMs);
      if (cell(place, TIME) !== openTimeMs) return null;
      return {
        market,
        symbol,
        interval,
        openTimeMs,
        open: cell(place, OPEN),
        high: cell(place, HIGH),
        low: cell(place, LOW),
        close: cell(place, CLOSE),
        volume: orNull(cell(place, VOLUME)),
        quoteVolume: orNull(cell(place, QUOTE)),
        tradeCount: orNull(cell(place, TRADES)),
        takerVolume: orNull(cell(place, TAKER)),
        takerQuoteVolume: orNull(cell(place, TAKER_QUOTE)),
        provenance: PROVENANCES[cell(place, FROM)] ?? 'rest',
      };
    },
  };
};
