import type { OperatorFunction } from 'rxjs';
import { defer, map } from 'rxjs';
import type { Bar, PlacedBar } from '../../model/bar.js';
import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Window } from '../../model/window.js';
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
} from '../bars/bar-cells.js';

/** The window of one series with the way in. */
export interface Ring<B extends Bar> {
  readonly window: Window<B>;
  add(bar: B): void;
}

/**
 * One array of numbers for a series; an absent value is NaN inside and `null` outside. The nine numbers of a bar lie together:
 * a bar is written, and most formulas read, with one or two lines of the cache, which are cold when a series' turn comes again.
 */
export const createRing = <B extends Bar>(bars: number, first: B): Ring<B> => {
  const capacity = powerOfTwo(bars);
  const mask = capacity - 1;
  const cells = new Float64Array(BAR_CELLS * capacity);
  const barMs = INTERVAL_MS[first.interval];
  let latest = first;
  let count = 0;

  const read = (column: number, back: number): number => {
    if (back < 0 || back >= Math.min(count, bars)) throw new RangeError(`bar ${back} back of ${Math.min(count, bars)} held`);
    return cells[((count - 1 - back) & mask) * BAR_CELLS + column] as number;
  };
  const backOf = (barsBack: number): number => {
    const wanted = latest.openTimeMs - barsBack * barMs;
    // Without holes the bar is exactly `barsBack` back; with holes it is nearer.
    for (let back = Math.min(barsBack, Math.min(count, bars) - 1); back >= 0; back--) {
      const timeMs = read(TIME, back);
      if (timeMs === wanted) return back;
      if (timeMs > wanted) return -1;
    }
    return -1;
  };

  return {
    window: {
      get length() {
        return Math.min(count, bars);
      },
      get barCount() {
        return count;
      },
      get latest() {
        return latest;
      },
      intervalMs: barMs,
      openTimeMs: (back) => read(TIME, back),
      open: (back) => read(OPEN, back),
      high: (back) => read(HIGH, back),
      low: (back) => read(LOW, back),
      close: (back) => read(CLOSE, back),
      volume: (back) => orNull(read(VOLUME, back)),
      quoteVolume: (back) => orNull(read(QUOTE, back)),
      tradeCount: (back) => orNull(read(TRADES, back)),
      takerVolume: (back) => orNull(read(TAKER, back)),
      backOf,
    },
    add(bar) {
      if ((bar as Partial<PlacedBar>).follows === 'restart') count = 0;
      writeBar(cells, (count & mask) * BAR_CELLS, bar);
      count++;
      latest = bar;
    },
  };
};

/**
 * The most recent bars of one series, as a live columnar view that slides by one at every bar. It speaks from the first bar
 * on; what a formula needs is the formula's business. A bar that follows a hole of a day (`restart`) begins a new window.
 *
 * ```
 * bar$                        -a-b-c-d-|
 * slidingWindow({ bars: 3 })  -w-x-y-z-|   a, ab, abc, bcd
 * ```
 *
 * *Memory.* One array of `9 × bars` numbers per series (rounded up to a power of two), and no object per bar.
 */
export const slidingWindow =
  <B extends Bar>({ bars }: { readonly bars: number | ((interval: Interval) => number) }): OperatorFunction<B, Window<B>> =>
  (bar$) =>
    defer(() => {
      let ring: Ring<B> | undefined;
      return bar$.pipe(
        map((bar) => {
          ring ??= createRing(typeof bars === 'number' ? bars : bars(bar.interval), bar);
          ring.add(bar);
          return ring.window;
        }),
      );
    });
