import type { Series } from '../../model/series.js';
import type { Roster } from '../../ports/source.js';

/** Stored positions, for those series they speak of. */
export interface FirstRoster {
  readonly see: (roster: Roster) => void;
  readonly judgedUpToMs: (series: Series) => number | null;
}

/**
 * A stored position speaks of the symbols that are there when the monitor starts. One that joins later (a listing, a symbol
 * that has become liquid) begins as on a first start: else it would be judged for the time before it was followed.
 */
export const createFirstRoster = (storedPosition: (series: Series) => number | null): FirstRoster => {
  const first = new Map<string, ReadonlySet<string>>();
  const keyOf = ({ market, interval }: Pick<Series, 'market' | 'interval'>): string => `${market}|${interval}`;
  return {
    see: (roster) => {
      if (!first.has(keyOf(roster))) first.set(keyOf(roster), new Set(roster.symbols));
    },
    judgedUpToMs: (series) => (first.get(keyOf(series))?.has(series.symbol) === false ? null : storedPosition(series)),
  };
};
