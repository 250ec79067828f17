import type { Alert } from '../../model/alert.js';
import type { Close } from '../../model/close.js';
import type { Direction } from '../../model/verdict.js';
import { reaches } from '../judges/reaches.js';
import type { CloseFilter, Withheld } from './filter-closes.js';
import type { FloodMemory, Surge } from './flood-memory.js';
import { marketAlert } from './market-alert.js';

/** Average true ranges beyond the market from which a symbol is told for itself in a flood, and how many are (signals.md §6.3). */
const EXCESS_ATR_MIN = 2;
const SINGLES_MAX = 5;

export interface FloodOptions {
  /** A flood is more candidates than these at one close and direction … */
  readonly candidates: number;
  /** … or at least this percentage of the market moving, where there is a cross-section. */
  readonly breadthPct: number;
  /** Silence after a market alert, in bar time. */
  readonly cooldownMs: number;
  readonly memory: FloodMemory;
}

interface Candidate {
  readonly alert: Alert;
  /** Average true ranges beyond the market, in the alert's direction; `null` where unknown. */
  readonly excessAtr: number | null;
}

const byExcess = (a: Candidate, b: Candidate): number =>
  (b.excessAtr ?? -Infinity) - (a.excessAtr ?? -Infinity) || (a.alert.symbol < b.alert.symbol ? -1 : 1);

/** The alerts of one direction, those furthest beyond the market first. */
const candidatesOf = (alerts: readonly Alert[], close: Close, direction: Direction): readonly Candidate[] =>
  alerts
    .filter((alert) => alert.direction === direction)
    .map((alert) => {
      const excess = close.section?.standings.get(alert.symbol)?.excessAtr ?? null;
      return { alert, excessAtr: excess === null ? null : direction === 'up' ? excess : -excess };
    })
    .sort(byExcess);

const breadthOf = ({ section }: Close, direction: Direction): number | null =>
  section == null ? null : 100 * (direction === 'up' ? section.breadthUp : section.breadthDown);

/**
 * When more than a few candidates fire at one close and direction, or the whole market moves, one market alert tells of all and
 * only the symbols that moved well beyond the market, at most five, are told for themselves (signals.md §6.3). Candidates are
 * counted over a whole close, late ones included; those that come after the market alert are merged into it (decisions.md 4).
 * What is merged is withheld with the market alert's id. A market alert has its own cooldown; one that is withheld by it is
 * recorded all the same, so that what is merged into it can be found.
 *
 * ```
 * close$                           -a-----b-----c-|   9 rise, 2 of them far beyond the market; the tenth, late; 3 rise a bar later
 * filterCloses([flood 8 or 15 %])  -A-----B-----C-|   the market and 2; none, merged; 3
 * ```
 */
export const flood = ({ candidates: limit, breadthPct: breadthLimit, cooldownMs, memory }: FloodOptions): CloseFilter => {
  const isFlood = (surge: Surge, breadth: number | null): boolean =>
    surge.symbols.size > limit || (breadth !== null && reaches(breadth, breadthLimit));

  /** The market alert of a flood that begins here; withheld within the cooldown of the last one. */
  const announce = (found: readonly Candidate[], surge: Surge, close: Close, direction: Direction): Alert => {
    const told = marketAlert(close, {
      direction,
      candidates: surge.symbols.size,
      candidatesThreshold: limit,
      breadthPct: breadthOf(close, direction),
      breadthThresholdPct: breadthLimit,
      leaders: found.flatMap(({ alert, excessAtr }) => (excessAtr === null ? [] : [{ symbol: alert.symbol, excessAtr }])),
    });
    const lastMs = memory.lastMarketAtMs(told);
    return lastMs !== null && close.decisionTimeMs - lastMs < cooldownMs ? { ...told, suppressedBy: 'cooldown' } : told;
  };

  /** Those that are told for themselves in a flood. */
  const singlesOf = (found: readonly Candidate[], surge: Surge): ReadonlySet<string> =>
    new Set(
      found
        .filter(({ excessAtr }) => excessAtr !== null && reaches(excessAtr, EXCESS_ATR_MIN))
        .slice(0, Math.max(0, SINGLES_MAX - surge.singles))
        .map(({ alert }) => alert.id),
    );

  return {
    decide: (alerts, close) => {
      const withheld = new Map<string, Withheld>();
      const added: Alert[] = [];
      for (const direction of ['up', 'down'] as const) {
        const found = candidatesOf(alerts, close, direction);
        if (found.length === 0) continue;
        const surge = memory.at({ market: close.market, interval: close.interval, openTimeMs: close.openTimeMs, direction });
        for (const { alert } of found) surge.symbols.add(alert.symbol);
        let singles: ReadonlySet<string> = new Set();
        if (surge.marketId === null) {
          if (!isFlood(surge, breadthOf(close, direction))) continue;
          const told = announce(found, surge, close, direction);
          added.push(told);
          surge.marketId = told.id;
          singles = singlesOf(found, surge);
        }
        for (const { alert } of found)
          if (!singles.has(alert.id)) withheld.set(alert.id, { by: 'flood', mergedInto: surge.marketId });
      }
      return { withheld, added };
    },
    remember: memory.remember,
  };
};
