import type { Interval } from '../../model/interval.js';
import type { Market, Series } from '../../model/series.js';

/** One series that is followed, and what its stream has shown of late. Its series is the one object that stands for it. */
export interface Seat {
  readonly series: Series;
  /** Open time of the newest bar that came by stream; −∞ before the first. */
  latestMs: number;
  /** Bars in a row that did not come by stream in time while the socket flowed. */
  misses: number;
}

/** Who is followed, at each interval. */
export interface Seats {
  /** The symbols from now on, in the order in which they are announced. Gives the newcomers of each interval. */
  readonly take: (symbols: readonly string[]) => ReadonlyMap<Interval, readonly Seat[]>;
  readonly find: (interval: Interval, symbol: string) => Seat | undefined;
  readonly at: (interval: Interval) => Iterable<Seat>;
  /** Series in all. */
  readonly count: () => number;
}

export const createSeats = (market: Market, intervals: readonly Interval[]): Seats => {
  const seats = new Map<Interval, ReadonlyMap<string, Seat>>(intervals.map((interval) => [interval, new Map()]));

  const takeAt = (interval: Interval, symbols: readonly string[]): readonly Seat[] => {
    const before = seats.get(interval);
    const newcomers: Seat[] = [];
    const next = new Map<string, Seat>();
    for (const symbol of symbols) {
      const seat = before?.get(symbol) ?? { series: { market, symbol, interval }, latestMs: -Infinity, misses: 0 };
      if (!before?.has(symbol)) newcomers.push(seat);
      next.set(symbol, seat);
    }
    seats.set(interval, next);
    return newcomers;
  };

  return {
    take: (symbols) => new Map(intervals.map((interval) => [interval, takeAt(interval, symbols)])),
    find: (interval, symbol) => seats.get(interval)?.get(symbol),
    at: (interval) => seats.get(interval)?.values() ?? [],
    count: () => [...seats.values()].reduce((sum, each) => sum + each.size, 0),
  };
};
