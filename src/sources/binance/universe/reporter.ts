import type { Market } from '../../../model/series.js';
import type { Report } from '../../../model/fault.js';
import type { Complaints } from '../complaints.js';
import type { FilterName, UniverseRules } from './settings.js';
import type { View } from './filters.js';
import { FILTERS } from './filters.js';
import type { Roll, Stopped } from './roll.js';
import type { Universe } from './select.js';
import { funnelText } from './select.js';
import { anyOf } from '../../../model/wildcard.js';

/** Names told of those that stopped together; the rest are counted. */
const NAMES_MAX = 5;

export type UniverseReporter = ReturnType<typeof createReporter>;

/** What a person is told about a market's list of symbols. */
export const createReporter = (market: Market, rules: UniverseRules, complaints: Complaints, report: Report) => {
  const tellStopped = (symbols: readonly string[], by: FilterName | null, view: View): void => {
    const names =
      symbols.slice(0, NAMES_MAX).join(', ') + (symbols.length > NAMES_MAX ? ` and ${symbols.length - NAMES_MAX} more` : '');
    const why = by === null ? 'no longer listed' : `no longer ${FILTERS[by].words(view)}`;
    report({ kind: 'symbol-stopped', count: symbols.length, detail: `${market}: not judged any more, because ${why}: ${names}` });
  };
  return {
    refused: (detail: string): void =>
      complaints.tell(`universe ${market}`, detail, {
        kind: 'request-refused',
        detail: `${market}: the list of symbols was refused: ${detail}`,
      }),
    doubted: ({ following, doubt }: Roll, { symbols, funnel }: Universe): void => {
      const known = following.symbols.length;
      const kept =
        known === 0 ? 'nothing to follow' : `the ${known} symbols known before are kept until it has been said twice again`;
      complaints.tell(`universe ${market}`, `${symbols.length} ${doubt?.confirmations ?? 0}`, {
        kind: 'universe-suspicious',
        detail: `${market}: ${symbols.length} symbols left (${funnelText(funnel)}); ${kept}`,
      });
    },
    stopped: (stopped: readonly Stopped[], view: View): void => {
      for (const by of new Set(stopped.map((one) => one.by))) {
        const symbols = stopped.filter((one) => one.by === by).map(({ symbol }) => symbol);
        tellStopped(symbols, by, view);
      }
    },
    /** A name that is allowed and does not trade is more likely mistyped. */
    missing: (symbols: readonly string[]): void => {
      const isDenied = anyOf(rules.deny);
      const missing = rules.allow.filter((pattern) => !isDenied(pattern) && !symbols.some(anyOf([pattern])));
      if (missing.length === 0) return;
      complaints.tell(`allow ${market}`, missing.join(), {
        kind: 'setting-ignored',
        detail: `${market}: universe.allow names symbols that are not traded there: ${missing.join(', ')}`,
      });
    },
    fine: (): void => complaints.over(`universe ${market}`),
  };
};
