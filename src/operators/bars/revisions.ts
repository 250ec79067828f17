import type { Observable } from 'rxjs';
import { catchError, concatMap, defer, EMPTY, finalize, reduce } from 'rxjs';
import type { Bar, PlacedBar } from '../../model/bar.js';
import type { Report } from '../../model/fault.js';
import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Notice } from '../../model/sighting.js';
import type { History } from '../../ports/source.js';
import { HistoryError } from '../../ports/source.js';
import { barWords, iso } from './bar-words.js';
import { placed } from './placed.js';
import type { RecentBars } from './recent-bars.js';
import { createRecentBars } from './recent-bars.js';

/** Where a series stands, by open times. */
export interface Standpoint {
  /** The bar that began the series, or began it anew. */
  readonly beganMs: number;
  /** Up to here bars are history. */
  readonly judgedMs: number;
  /** The bar handed on last. */
  readonly lastMs: number;
}

export interface RevisionsOptions {
  readonly history: History;
  readonly warmupBars: (interval: Interval) => number;
  /** Bars that are compared when they come again. */
  readonly bars: number;
  readonly report: Report;
  readonly notice: Notice | undefined;
  readonly standpoint: () => Standpoint;
}

/** Looks at the bars of one series that come again (reliability.md F17, F43). */
export interface Revisions {
  /** Takes a bar that is handed on. */
  keep(bar: Bar): void;
  /** Takes a bar that came again: the correction it makes, for which nothing has to wait, or `null` when it makes none. */
  take(bar: Bar): Observable<PlacedBar> | null;
  /** The series begins anew: what came before is not corrected any more. */
  forget(): void;
}

/** The run of bars that makes a series anew: all of it history, but for the corrected bars that had been due. */
const runOf = (bars: readonly Bar[], revised: ReadonlyMap<number, Bar>, judgedMs: number): readonly PlacedBar[] =>
  bars.map((bar, i) => {
    const beforeMs = bars[i - 1]?.openTimeMs;
    const isNeighbour = beforeMs === bar.openTimeMs - INTERVAL_MS[bar.interval];
    const isRevision = bar.openTimeMs > judgedMs && revised.has(bar.openTimeMs);
    return placed(
      bar,
      isRevision ? 'revision' : 'history',
      beforeMs === undefined ? 'restart' : isNeighbour ? 'neighbour' : 'gap',
    );
  });

/**
 * A correction asks the history for the warm-up before the corrected bar and for all that came after it, and hands it on as a run
 * that begins the series anew (`restart`): every window and every measure ends up just as after a restart of the monitor, and
 * there is no second way to be right. Bars that arrive meanwhile pass; the run ends with them.
 *
 * *Memory.* Eleven numbers for each bar that is compared.
 */
export const createRevisions = ({ history, warmupBars, bars, report, notice, standpoint }: RevisionsOptions): Revisions => {
  let recent: RecentBars | null = null;
  let onTheirWay: Map<number, Bar> | null = null;
  /** Revisions on their way, by open time. Hardly any series ever has one. */
  const revised = (): Map<number, Bar> => (onTheirWay ??= new Map<number, Bar>());
  let asking = false;

  const revise = (bar: Bar): void => {
    const before = recent?.at(bar.openTimeMs) ?? null;
    const versions = `first ${before === null ? 'unknown' : barWords(before)}; now ${barWords(bar)}`;
    const detail = `${bar.symbol}: the bar of ${iso(bar.openTimeMs)} came again with other values: ${versions}`;
    report({ kind: 'bars-revised', series: bar, detail });
    notice?.('revised', bar, 1);
    recent?.keep(bar);
    revised().set(bar.openTimeMs, bar);
  };

  const giveUp = (bar: Bar, why: string): Observable<never> => {
    const detail = `${bar.symbol}: measures go on with the first version of ${iso(bar.openTimeMs)}: ${why}`;
    report({ kind: 'bars-revised', series: bar, count: 0, detail });
    revised().clear();
    return EMPTY;
  };

  /** What the history says now, with the revisions in place and what has been handed on since. */
  const merged = (answered: readonly Bar[], lastMs: number, barMs: number): readonly Bar[] => {
    const byTime = new Map<number, Bar>();
    for (const bar of answered) {
      if (bar.openTimeMs > lastMs) continue;
      const kept = recent?.at(bar.openTimeMs) ?? null;
      // What was rebuilt is believed, whatever the exchange made of the same trades (decisions.md 25).
      const isBelieved = kept?.provenance === 'rebuilt';
      if (!isBelieved && !revised().has(bar.openTimeMs) && recent?.compare(bar) === 'other') revise(bar);
      byTime.set(bar.openTimeMs, isBelieved ? kept : bar);
    }
    for (let timeMs = (answered.at(-1)?.openTimeMs ?? lastMs) + barMs; timeMs <= lastMs; timeMs += barMs) {
      const bar = recent?.at(timeMs) ?? null;
      if (bar !== null) byTime.set(timeMs, bar);
    }
    for (const bar of revised().values()) byTime.set(bar.openTimeMs, bar);
    return [...byTime.values()].sort((a, b) => a.openTimeMs - b.openTimeMs);
  };

  const correct = (bar: Bar): Observable<PlacedBar> =>
    defer(() => {
      const barMs = INTERVAL_MS[bar.interval];
      const asked = standpoint();
      const fromMs = Math.max(asked.beganMs, bar.openTimeMs - (warmupBars(bar.interval) - 1) * barMs);
      return history.bars(bar, fromMs, asked.lastMs).pipe(
        reduce((all: Bar[], page) => all.concat(page), []),
        concatMap((answered) => {
          if (revised().size === 0) return EMPTY;
          const { lastMs, judgedMs } = standpoint();
          // More has passed by than is kept: what lies between would be a hole.
          if (lastMs - asked.lastMs > bars * barMs) return correct(bar);
          if (answered[0] === undefined || answered[0].openTimeMs > fromMs)
            return giveUp(bar, 'the history does not reach back far enough');
          const run = runOf(merged(answered, lastMs, barMs), revised(), judgedMs);
          revised().clear();
          return run;
        }),
        catchError((error: unknown) => {
          if (!(error instanceof HistoryError)) throw error;
          return giveUp(bar, error.detail);
        }),
      );
    });

  return {
    keep: (bar) => {
      if (bars > 0) (recent ??= createRecentBars(bars, bar)).keep(bar);
    },
    take: (bar) => {
      const found = recent?.compare(bar) ?? 'unknown';
      if (found !== 'other') {
        notice?.(found === 'same' ? 'repeated' : 'late', bar, 1);
        return null;
      }
      const kept = recent?.at(bar.openTimeMs);
      if (kept?.provenance === 'rebuilt' && bar.provenance !== 'rebuilt') {
        const detail = `${bar.symbol}: the bar of ${iso(bar.openTimeMs)} differs from its shorter bars, which are believed: ${barWords(kept)}; told ${barWords(bar)}`;
        report({ kind: 'bars-disagree', series: bar, detail });
        return null;
      }
      revise(bar);
      if (asking) return null;
      return defer(() => {
        asking = true;
        return correct(bar).pipe(
          finalize(() => {
            asking = false;
          }),
        );
      });
    },
    forget: () => onTheirWay?.clear(),
  };
};
