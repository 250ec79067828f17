import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Alert, Suppression } from '../../src/model/alert.js';
import type { Close } from '../../src/model/close.js';
import type { Delivery } from '../../src/model/delivery.js';
import type { FaultKind } from '../../src/model/fault.js';
import { FAULT_LEVELS } from '../../src/model/fault.js';
import type { Judged } from '../../src/model/verdict.js';
import type { Outcome } from '../../src/ports/pipeline.js';
import type { Sight } from '../../src/telemetry/ledger.js';
import { renderSummary, silence } from '../../src/telemetry/summary.js';
import { createCounter } from '../../src/telemetry/tally.js';

const alertOf = (suppressedBy: Suppression | null): Alert => ({ suppressedBy }) as Alert;

const closeOf = (more: Partial<Close> & { readonly bars?: number }): Outcome => {
  const { bars = 0, ...close } = more;
  const judged = Array.from({ length: bars }, () => ({}) as Judged);
  const base = {
    market: 'usdm',
    interval: '15m',
    openTimeMs: 0,
    alerts: [],
    expected: 530,
    received: bars,
    late: false,
  } as const;
  return { kind: 'close', close: { ...base, decisionTimeMs: 900_000, lagging: {}, judged, ...close } };
};

const step = (state: Delivery['state'], more: Partial<Delivery> = {}): Outcome => ({
  kind: 'delivery',
  alert: alertOf(null),
  delivery: {
    alertId: 'a',
    sink: 'discord',
    reason: null,
    attempts: 1,
    unknowns: 0,
    mayRepeat: false,
    messageId: null,
    updatedAtMs: 0,
    state,
    ...more,
  },
});

const tallyOf = (...outcomes: Outcome[]) => {
  const counter = createCounter();
  outcomes.forEach(counter.add);
  return counter.read();
};

const faultsOf = (some: Partial<Record<FaultKind, number>> = {}) =>
  ({ ...Object.fromEntries(Object.keys(FAULT_LEVELS).map((kind) => [kind, 0])), ...some }) as Record<FaultKind, number>;

describe('counter', () => {
  it('counts a close once, however often late series add to it', () => {
    const tally = tallyOf(closeOf({ bars: 528 }), closeOf({ bars: 2, received: 530, late: true }));
    expect(tally).toMatchObject({ closes: 1, barsSeen: 530, barsExpected: 530, latest: { received: 530, expected: 530 } });
  });

  it('counts no bar for a correction, and its alerts with their reason', () => {
    const tally = tallyOf(closeOf({ bars: 530 }), closeOf({ bars: 1, revision: true, alerts: [alertOf('revision')] }));
    expect(tally).toMatchObject({ closes: 1, barsSeen: 530, alertsEmitted: 0, alertsSuppressed: { revision: 1 } });
    expect(tally.latest).toStrictEqual({ received: 530, expected: 530 });
  });

  it('keeps the newest close of each market and interval', () => {
    const late = closeOf({ bars: 1, openTimeMs: 0, received: 530, late: true });
    const tally = tallyOf(
      closeOf({ bars: 520, openTimeMs: 900_000 }),
      late,
      closeOf({ bars: 100, expected: 100, market: 'spot' }),
    );
    expect(tally.latest).toStrictEqual({ received: 620, expected: 630 });
  });

  it('tells emitted alerts from withheld ones, by reason', () => {
    const alerts = [alertOf(null), alertOf('cooldown'), alertOf('stale'), alertOf('cooldown')];
    expect(tallyOf(closeOf({ alerts }))).toMatchObject({ alertsEmitted: 1, alertsSuppressed: { cooldown: 2, stale: 1 } });
  });

  it('counts each delivery once, in the state it is in', () => {
    const other = { alertId: 'b' };
    const tally = tallyOf(step('claimed'), step('sending'), step('delivered'), step('claimed', other), step('sending', other));
    expect(tally.deliveries).toStrictEqual({ delivered: 1, sending: 1 });
  });

  it('counts sends that may be copies', () => {
    const again = { attempts: 2, mayRepeat: true };
    const tally = tallyOf(
      step('sending'),
      step('unknown', { mayRepeat: true }),
      step('sending', again),
      step('delivered', again),
    );
    expect(tally.repeats).toBe(1);
  });
});

describe('silence', () => {
  it('shows its evidence', () => {
    expect(silence(tallyOf(closeOf({ bars: 530 })))).toBe('530 of 530 series complete, nothing qualified');
  });
  it('does not pretend to have looked', () => {
    expect(silence(tallyOf())).toBe('no bar has closed yet, nothing was judged');
  });
  it('is not said when there was an alert', () => {
    expect(silence(tallyOf(closeOf({ bars: 530, alerts: [alertOf(null)] })))).toBeNull();
  });
});

describe('summary', () => {
  const eventful = tallyOf(
    closeOf({ bars: 12_345, expected: 12_345, alerts: [alertOf(null), alertOf('stale'), alertOf('cooldown')] }),
    step('delivered'),
    step('dead', { sink: 'file' }),
    step('waiting', { sink: 'webhook' }),
    step('sending', { sink: 'webhook', mayRepeat: true }),
  );
  const faults = faultsOf({ 'feed-lost': 2, 'alert-dead': 1 });

  it('is a table of everything that may have been missed, repeated or lost', () => {
    expect(renderSummary({ tally: eventful, faults, tookMs: 65_000 })).toBe(
      [
        'Summary',
        '  took        1m 05s',
        '  bars        12,345 of 12,345  100 %',
        '  closes      1',
        '  alerts      1  withheld: 1 cooldown, 1 stale',
        '  deliveries  1 sending, 1 delivered, 1 dead',
        '  duplicates  1, each marked as a repeat',
        '  faults      2 feed-lost, 1 alert-dead',
      ].join('\n'),
    );
  });

  it('ends a quiet run with the sentence of silence', () => {
    expect(
      renderSummary({ tally: tallyOf(closeOf({ bars: 530 })), faults: faultsOf() })
        .split('\n')
        .slice(1),
    ).toStrictEqual([
      '  bars        530 of 530  100 %',
      '  closes      1',
      '  alerts      0',
      '  deliveries  0',
      '  duplicates  0',
      '  faults      none',
      '  530 of 530 series complete, nothing qualified',
    ]);
  });

  it('says how the bars were seen and how late, and in red what was lost', () => {
    const counts = { stream: 11_000, rest: 1_300, replay: 0, rebuilt: 40, repeated: 7, late: 0, reordered: 2, revised: 1 };
    const lateness = { count: 11_000, p50Ms: 45, p95Ms: 120, p99Ms: 300, maxMs: 1_204 };
    const sightOf = (missing: number, lost: number): Sight => ({
      markets: [
        { market: 'usdm', series: 530, bars: { ...counts, missing, lost: 0 }, lateness },
        { market: 'spot', series: 1, bars: { ...counts, stream: 1, rest: 0, rebuilt: 0, missing: 0, lost }, lateness: null },
      ],
      closes: [],
      blindest: [],
    });
    const rows = (sight: Sight): readonly string[] => renderSummary({ tally: eventful, faults, sight }).split('\n').slice(2, 4);
    expect(rows(sightOf(0, 0))).toStrictEqual([
      '  seen by     11,001 stream, 1,300 rest, 40 rebuilt, none lost, 14 repeated, 4 reordered, 2 revised',
      '  late usdm   p50 45 ms, p95 120 ms, p99 300 ms, at most 1,204 ms',
    ]);
    expect(rows(sightOf(3, 5))[0]).toContain('40 rebuilt, 3 missing at the exchange, 5 lost, 14 repeated');
    expect(renderSummary({ tally: eventful, faults, sight: sightOf(0, 5), colour: true })).toContain('\u001b[31m5 lost');
  });

  it('never rounds up to 100 %', () => {
    const text = renderSummary({ tally: tallyOf(closeOf({ bars: 9_999, expected: 10_000 })), faults: faultsOf() });
    expect(text).toContain('9,999 of 10,000  99 %');
  });

  it('in colour is the same text', () => {
    const coloured = renderSummary({ tally: eventful, faults, tookMs: 65_000, colour: true });
    expect(coloured).toContain('\u001b[31m2 feed-lost, 1 alert-dead');
    expect(stripVTControlCharacters(coloured)).toBe(renderSummary({ tally: eventful, faults, tookMs: 65_000 }));
  });
});
