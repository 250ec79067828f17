import type { SchedulerLike } from 'rxjs';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Interval } from '../../model/interval.js';
import type { CloseFilter } from './filter-closes.js';
import { withholdAll } from './filter-closes.js';

/** The age above which news is no news: the smaller of two bars and 15 minutes, at least a minute (reliability.md §2.1). */
export const maxAgeMsOf = (interval: Interval, maxAgeMs: number | null): number =>
  maxAgeMs ?? Math.max(60_000, Math.min(2 * INTERVAL_MS[interval], 900_000));

/**
 * Withholds alerts of bars that closed longer ago than `maxAgeMs`: after a restart missed bars fill the windows and are
 * judged for the record, and old news is not announced. A stale alert does not arm the cooldown (decisions.md 21).
 */
export const staleness = ({
  maxAgeMs,
  scheduler,
}: {
  /** `null`: by interval, see `maxAgeMsOf`. */
  readonly maxAgeMs: number | null;
  readonly scheduler: SchedulerLike;
}): CloseFilter => ({
  decide: (alerts, close) => {
    const oldest = scheduler.now() - maxAgeMsOf(close.interval, maxAgeMs);
    return withholdAll(
      alerts.filter((alert) => alert.decisionTimeMs < oldest),
      'stale',
    );
  },
});
