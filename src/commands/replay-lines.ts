import type { Alert } from '../model/alert.js';
import type { Close } from '../model/close.js';
import type { Reading, Reason } from '../model/reading.js';
import type { LinesFile } from './lines-file.js';

/** One fired verdict, sent or suppressed, as `--alerts` writes it (decisions.md 12). */
const alertLine = (alert: Alert): Record<string, unknown> => ({
  id: alert.id,
  rule: alert.rule,
  ruleVersion: alert.ruleVersion,
  kind: alert.kind,
  market: alert.market,
  symbol: alert.symbol,
  interval: alert.interval,
  direction: alert.direction,
  openTimeMs: alert.openTimeMs,
  decisionTimeMs: alert.decisionTimeMs,
  emitted: alert.suppressedBy === null,
  suppressedBy: alert.suppressedBy,
  mergedInto: alert.mergedInto,
  // JSON leaves out what an alert does not have.
  peers: alert.peers,
  escalates: alert.escalates,
  episode: alert.episode,
  marks: alert.marks,
  because: alert.because,
  silenced: alert.silenced,
  leaders: alert.leaders,
  strength: alert.strength,
  coverage: alert.coverage,
  shortHistory: alert.shortHistory,
  measures: alert.measures,
  ...(Object.keys(alert.reasons).length > 0 ? { reasons: alert.reasons } : {}),
  conditions: alert.conditions,
});

const bySymbol = (a: Alert, b: Alert): number => (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0);

/** Writes the alerts of closes in order of decision time, then symbol: closes of several intervals may end at one instant. */
export const createAlertLines = (file: LinesFile) => {
  let timeMs = -Infinity;
  let held: Alert[] = [];
  const flush = (): void => {
    for (const alert of held.sort(bySymbol)) file.add(alertLine(alert));
    held = [];
  };
  return {
    add: (close: Close): void => {
      if (close.decisionTimeMs !== timeMs) flush();
      timeMs = close.decisionTimeMs;
      held.push(...close.alerts);
    },
    close: (): void => {
      flush();
      file.close();
    },
  };
};

/** One closed bar with its measures, as `--readings` writes it. */
export const readingLine = ({ bar, values }: Reading): Record<string, unknown> => {
  const measures: Record<string, number | null> = {};
  const reasons: Record<string, Reason> = {};
  for (const [name, value] of Object.entries(values)) {
    measures[name] = typeof value === 'number' ? value : null;
    if (typeof value !== 'number') reasons[name] = value;
  }
  return { market: bar.market, symbol: bar.symbol, interval: bar.interval, openTimeMs: bar.openTimeMs, measures, reasons };
};
