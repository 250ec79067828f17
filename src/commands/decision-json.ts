import type { Reason, Values } from '../model/reading.js';
import type { Account } from '../telemetry/decisions/account.js';
import { alertOf, cooldownOf } from '../telemetry/decisions/account.js';
import { notJudgedWords } from './decision-words.js';

/** Values by name with `null` where there is none, and the reasons of those, as `--alerts` and `--readings` write them. */
const split = (values: Values) => {
  const measures: Record<string, number | null> = {};
  const reasons: Record<string, Reason> = {};
  for (const [name, value] of Object.entries(values)) {
    measures[name] = typeof value === 'number' ? value : null;
    if (typeof value !== 'number') reasons[name] = value;
  }
  return { measures, reasons };
};

/** An account as one object for machines: all numbers as they were judged, nothing rounded. */
export const accountJson = (account: Account, rule?: string): Record<string, unknown> => {
  const { market, interval, symbol, openTimeMs, decisionTimeMs, close, decision, revision } = account;
  const head = { market, symbol, interval, openTimeMs, decisionTimeMs, judged: decision !== null };
  if (decision === null || close === null) return { ...head, why: notJudgedWords(account) };
  const { symbol: _, provenance, follows, ...bar } = decision.bar;
  return {
    ...head,
    bar,
    data: {
      provenance,
      follows,
      received: close.received,
      expected: close.expected,
      late: close.late,
      corrected: revision !== null,
    },
    section: close.section,
    ...split(decision.values),
    verdicts: decision.verdicts
      .filter((verdict) => rule === undefined || verdict.rule === rule)
      .map((verdict) => {
        const alert = alertOf(account, verdict);
        const since = alert?.suppressedBy === 'cooldown' ? cooldownOf(account, alert) : null;
        return {
          ...verdict,
          alertId: alert?.id ?? null,
          emitted: alert !== null && alert.suppressedBy === null,
          suppressedBy: alert?.suppressedBy ?? null,
          mergedInto: alert?.mergedInto ?? null,
          ...(since === null ? {} : { cooldownSince: { alertId: since.id, decisionTimeMs: since.decisionTimeMs } }),
          ...(alert?.strength === undefined ? {} : { strength: alert.strength }),
        };
      }),
  };
};
