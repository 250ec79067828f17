import type { Interval } from './interval.js';
import type { Market, Series } from './series.js';

interface Position {
  readonly market: Market;
  readonly interval: Interval;
  readonly openTimeMs: number;
  readonly lagging: Readonly<Record<string, number | null>>;
}

/**
 * Reads stored positions: the open time of the last bar of a series that was judged, or `null` when none ever was.
 * A series that is not lagging has been judged as far as its market and interval.
 */
export const judgedUpTo =
  (positions: readonly Position[]) =>
  ({ market, symbol, interval }: Series): number | null => {
    const position = positions.find((each) => each.market === market && each.interval === interval);
    if (position === undefined) return null;
    return Object.hasOwn(position.lagging, symbol) ? (position.lagging[symbol] ?? null) : position.openTimeMs;
  };
