import type { FormingBar, PlacedBar } from '../../../model/bar.js';
import type { Interval } from '../../../model/interval.js';
import { INTERVAL_MS } from '../../../model/interval.js';
import type { Measured, Reading } from '../../../model/reading.js';
import type { Window } from '../../../model/window.js';
import type { Measure } from '../../../ports/measure.js';
import type { BeforeForming } from '../../../ports/rule.js';
import { averageTrueRangeReader } from '../../measures/average-true-range.js';
import { warmupBarsOf, windowBarsOf } from '../../measures/measure.js';
import type { Ring } from '../../windows/sliding-window.js';
import { createRing } from '../../windows/sliding-window.js';

const RANGE_BARS = 14;

/** The closed bars of one series, so that a bar that is still forming can be measured as if it closed now. */
export interface Past {
  /** Takes the next reading of the series. */
  see(reading: Reading): void;
  /** What lies right before a forming bar; `null` where the bar before it is not there, or the forming bar has closed. */
  before(forming: FormingBar): BeforeForming | null;
  /** What is measured of the forming bar, by readers of its own. To be asked only where something lies before. */
  readingOf(forming: FormingBar): Reading;
}

/** The forming bar in the shape of the bars that are measured. It goes no further than the measures and the rules. */
const asPlaced = ({ forming: _forming, seenAtMs: _seenAtMs, ...bar }: FormingBar): PlacedBar => ({
  ...bar,
  provenance: 'stream',
  timing: 'due',
  follows: 'neighbour',
});

const barBack = (window: Window, back: number): PlacedBar => ({
  market: window.latest.market,
  symbol: window.latest.symbol,
  interval: window.latest.interval,
  openTimeMs: window.openTimeMs(back),
  open: window.open(back),
  high: window.high(back),
  low: window.low(back),
  close: window.close(back),
  volume: window.volume(back),
  quoteVolume: window.quoteVolume(back),
  tradeCount: window.tradeCount(back),
  takerVolume: window.takerVolume(back),
  takerQuoteVolume: null,
  provenance: window.latest.provenance,
  timing: 'history',
  follows: 'neighbour',
});

/**
 * Live readers never see a forming bar: it is measured by fresh ones, which are shown the warm-up before it. Values of longer bars
 * (`name@interval`) are those of the last closed bar.
 *
 * *Memory.* Nine numbers for each bar of the warm-up of the measures: 21 KB for 294 bars.
 */
export const createPast = (interval: Interval, measures: readonly Measure[]): Past => {
  const windowBars = windowBarsOf(measures)(interval);
  const keptBars = Math.max(windowBars, warmupBarsOf(measures)(interval), 2);
  const rangeOf = averageTrueRangeReader(RANGE_BARS);
  let kept: Ring<PlacedBar> | null = null;
  let barCount = 0;
  let averageRange: Measured = 'warmup';
  let longer: readonly (readonly [string, Measured])[] = [];

  return {
    see: (reading) => {
      kept ??= createRing(keptBars, reading.bar);
      kept.add(reading.bar);
      averageRange = rangeOf(kept.window);
      ({ barCount } = reading);
      longer = Object.entries(reading.values).filter(([name]) => name.includes('@'));
    },
    before: ({ openTimeMs }) =>
      kept !== null && kept.window.latest.openTimeMs + INTERVAL_MS[interval] === openTimeMs
        ? { close: kept.window.close(0), averageRange }
        : null,
    readingOf: (forming) => {
      const bar = asPlaced(forming);
      const ring = createRing<PlacedBar>(windowBars, bar);
      const readers = measures.map((each) => each.start(interval));
      let read: readonly Measured[] = [];
      const show = (each: PlacedBar): void => {
        ring.add(each);
        read = readers.map((reader) => reader(ring.window));
      };
      for (let back = (kept?.window.length ?? 0) - 1; back >= 0; back--) show(barBack((kept as Ring<PlacedBar>).window, back));
      show(bar);
      const own = measures.map(({ name }, i) => [name, read[i] as Measured] as const);
      return { bar, barCount: barCount + 1, values: Object.fromEntries([...longer, ...own]), window: ring.window };
    },
  };
};
