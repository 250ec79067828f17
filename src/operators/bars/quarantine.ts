import type { Report } from '../../model/fault.js';
import type { Series } from '../../model/series.js';
import { seriesKey } from '../../model/series.js';

/** So many series that fail are no accident of one of them: then something is wrong with all, and the program must end. */
const STRIKES_MAX = 3;

/** Series that are set aside because following or judging them has failed. */
export interface Quarantine {
  holds(series: Series): boolean;
  /** Sets a series aside for the rest of this life, with a fault. The third one is too many: its error is thrown. */
  setAside(series: Series, error: unknown): void;
}

const wordsOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/**
 * What a bug does to one series must not silence the others (reliability.md F76): a bar that a measure or a rule cannot cope with
 * takes its own series out, and nothing else. Its position in the store stays where it was, so the next start judges its bars again.
 */
export const createQuarantine = (report: Report): Quarantine => {
  const aside = new Set<string>();
  return {
    // Nearly always empty, and asked for every bar: no key is made then.
    holds: (series) => aside.size > 0 && aside.has(seriesKey(series)),
    setAside: ({ market, symbol, interval }, error) => {
      const series = { market, symbol, interval };
      if (aside.size + 1 >= STRIKES_MAX) throw error;
      aside.add(seriesKey(series));
      report({
        kind: 'series-quarantined',
        series,
        detail: `${symbol} ${interval} is set aside until the next start, the others go on: ${wordsOf(error)}`,
      });
    },
  };
};
