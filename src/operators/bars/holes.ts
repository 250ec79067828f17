import type { Bar } from '../../model/bar.js';
import type { Report } from '../../model/fault.js';
import type { Series } from '../../model/series.js';
import type { Notice } from '../../model/sighting.js';
import { iso } from './bar-words.js';

/** A hole this long begins the series anew (signals.md §0.5, decisions.md 1). */
export const RESTART_HOLE_MS = 86_400_000;

/** Tells of the bars of one series that nobody could fill in, each once: whether they do not exist, or were lost to us. */
export interface Holes {
  /** The history is asked. */
  asked(): void;
  /** The history has no answer: what it was asked for and has not handed on is lost, unless it is asked again. */
  unanswered(why: string): void;
  /** Whether the history had no answer when it was asked last. */
  isUnanswered(): boolean;
  /** The bars up to `reachMs`, `count` of them, are too old to be judged. */
  beyond(series: Series, fromMs: number, reachMs: number, count: number): void;
  /** There is a hole of `holeMs` before the bar. Those up to `judgedMs` are history, which nobody counts. */
  before(bar: Bar, holeMs: number, barMs: number, judgedMs: number): void;
}

export const createHoles = (report: Report, notice: Notice | undefined): Holes => {
  /** Why the history did not answer when it was asked last; `null` when it did. */
  let silence: string | null = null;
  /** Open time up to which bars have been told as lost. */
  let toldMs = -Infinity;
  return {
    asked: () => {
      silence = null;
    },
    unanswered: (why) => {
      silence = why;
    },
    isUnanswered: () => silence !== null,
    beyond: (series, fromMs, reachMs, count) => {
      toldMs = reachMs;
      notice?.('lost', series, count);
      const detail = `${series.symbol}: ${count} bars from ${iso(fromMs)} lie beyond the horizon and are not judged`;
      report({ kind: 'bars-lost', series, count, detail });
    },
    before: (bar, holeMs, barMs, judgedMs) => {
      const firstMs = Math.max(bar.openTimeMs - holeMs, toldMs + barMs);
      const untold = Math.round((bar.openTimeMs - firstMs) / barMs);
      const due = Math.round((bar.openTimeMs - Math.max(firstMs, judgedMs + barMs)) / barMs);
      if (due > 0) notice?.(silence === null ? 'missing' : 'lost', bar, due);
      const restarts = holeMs >= RESTART_HOLE_MS;
      const count = restarts ? Math.round(holeMs / barMs) : untold;
      if (count <= 0) return;
      const why = silence === null ? 'do not exist at the exchange' : `could not be had: ${silence}`;
      report({
        kind: restarts ? 'series-restarted' : silence === null ? 'bars-missing' : 'bars-lost',
        series: bar,
        count,
        detail: `${bar.symbol}: ${count} bars before ${iso(bar.openTimeMs)} ${why}`,
      });
    },
  };
};
