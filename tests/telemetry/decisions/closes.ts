import type { Close } from '../../../src/model/close.js';
import type { Reason, Values } from '../../../src/model/reading.js';
import type { Condition, Judged, Verdict } from '../../../src/model/verdict.js';
import type { DecidedClose } from '../../../src/telemetry/decisions/decision.js';
import { barAt } from '../../support/bars.js';
import { closeAt, placed, verdictOf } from '../../support/parts.js';

/** A condition that asks for at least `threshold`. */
export const atLeast = (measure: string, value: number, threshold: number, given: Partial<Condition> = {}): Condition => ({
  measure,
  value,
  threshold,
  margin: value - threshold,
  passed: value >= threshold,
  ...given,
});

/** A condition that asks for at most `threshold`. */
export const atMost = (measure: string, value: number, threshold: number): Condition => ({
  measure,
  value,
  threshold,
  margin: threshold - value,
  passed: value <= threshold,
});

export const without = (measure: string, threshold: number, reason: Reason): Condition => ({
  measure,
  value: null,
  threshold,
  margin: null,
  passed: false,
  reason,
});

/** A verdict that fired if its conditions did. */
export const saying = (conditions: readonly Condition[], given: Partial<Verdict> = {}): Verdict =>
  verdictOf({ rule: 'momentum', fired: conditions.every(({ passed }) => passed), conditions, ...given });

export const judgedAt = (index: number, symbol: string, values: Values, verdicts: readonly Verdict[]): Judged => ({
  bar: placed(barAt(index, { symbol, volume: 12.5, quoteVolume: 1_250, high: 102 + index, low: 99 + index })),
  values,
  verdicts,
});

/** A close of these series, all of them in. */
export const closeOf = (index: number, judged: readonly Judged[], given: Partial<Close> = {}): Close =>
  closeAt(index, [], { judged, expected: judged.length, received: judged.length, ...given });

/** What is to be read of a close that was written. */
export const recorded = (close: Close): DecidedClose => ({
  market: close.market,
  interval: close.interval,
  openTimeMs: close.openTimeMs,
  decisionTimeMs: close.decisionTimeMs,
  expected: close.expected,
  received: close.received,
  late: close.late,
  revision: close.revision ?? false,
  lagging: close.lagging,
  decisions: close.judged.map(({ bar, values, verdicts }) => ({
    bar: {
      symbol: bar.symbol,
      open: bar.open,
      high: bar.high,
      low: bar.low,
      close: bar.close,
      volume: bar.volume,
      quoteVolume: bar.quoteVolume,
      provenance: bar.provenance,
      follows: bar.follows,
    },
    values,
    verdicts: verdicts.map(({ shown: _, ...rest }) => rest),
  })),
  alerts: close.alerts.map(({ bar: _, conditions, ...rest }) => (rest.kind === 'market' ? { ...rest, conditions } : rest)),
  section: null,
});
