import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import type { Close } from '../../../src/model/close.js';
import { accountsOf, alertOf, cooldownOf } from '../../../src/telemetry/decisions/account.js';
import { barAt } from '../../support/bars.js';
import { alertAt } from '../../support/parts.js';
import { closeOf, judgedAt, recorded, saying } from './closes.js';

const T = (index: number): number => barAt(index + 1).openTimeMs;

const judged = (index: number, ...symbols: readonly string[]): Close => {
  const fired = symbols.filter((symbol) => symbol === 'A').map((symbol) => alertAt(index, symbol));
  return closeOf(
    index,
    symbols.map((symbol) => judgedAt(index, symbol, { m_1: index }, [saying([], { rule: 'loud', fired: symbol === 'A' })])),
    { alerts: fired },
  );
};

/** A from 1 to 4, B at 2 alone and missing at 3; C comes late to 3; at 4 the bar of A was corrected. */
const closes = [
  judged(1, 'A'),
  judged(2, 'A', 'B'),
  { ...judged(3, 'A'), lagging: { B: T(1), C: null }, expected: 3 },
  { ...judged(3, 'C'), late: true, received: 2, expected: 3, lagging: { B: T(1) } },
  judged(4, 'A', 'C'),
  { ...closeOf(4, [judgedAt(4, 'A', { m_1: 99 }, [])]), revision: true },
].map(recorded);

const ask = (symbol: string, timeMs: number | null = null) => accountsOf(closes, { symbol, timeMs })[0];

describe('an account', () => {
  it('is of the newest close, or of the last one by the time asked for', () => {
    expect(ask('A')?.decision?.values).toStrictEqual({ m_1: 4 });
    expect(ask('A', T(2))?.decision?.values).toStrictEqual({ m_1: 2 });
    expect(ask('A', T(2) + 899_999)?.decisionTimeMs).toBe(T(2));
    expect(ask('A', T(2) - 1)?.decision?.values).toStrictEqual({ m_1: 1 });
  });

  it('tells what was said of the bar as it came, and of the correction beside it', () => {
    expect(ask('A')?.revision?.values).toStrictEqual({ m_1: 99 });
    expect(ask('A', T(3))?.revision).toBeNull();
  });

  it('finds a series that came late', () => {
    expect(ask('C', T(3))).toMatchObject({ close: { late: true }, decision: { values: { m_1: 3 } } });
  });

  it('of a series that did not come has the close, and no decision', () => {
    const missed = ask('B', T(3));
    expect(missed?.decision).toBeNull();
    expect(missed?.close?.lagging).toStrictEqual({ B: T(1), C: null });
    expect(missed?.judged).toStrictEqual({ fromMs: T(2), toMs: T(2) });
  });

  it('of a close that nobody decided has neither', () => {
    expect(ask('A', T(9))).toMatchObject({ close: null, decision: null, reach: { fromMs: T(1), toMs: T(4) } });
  });

  it('there is none of a symbol that the ring does not know, nor of another market', () => {
    expect(ask('D')).toBeUndefined();
    expect(accountsOf(closes, { symbol: 'A', timeMs: null, market: 'spot' })).toStrictEqual([]);
  });

  it('there is one for each interval', () => {
    const hourly = recorded({
      ...closeOf(0, [judgedAt(0, 'A', { m_1: 60 }, [])]),
      interval: '1h',
      decisionTimeMs: barAt(4).openTimeMs,
    });
    const both = accountsOf([hourly, ...closes], { symbol: 'A', timeMs: T(3) });
    expect(both.map(({ interval, decision }) => [interval, decision?.values['m_1']])).toStrictEqual([
      ['15m', 3],
      ['1h', 60],
    ]);
  });
});

describe('what withheld an alert', () => {
  const sent = alertAt(1, 'A');
  const withheldAt = (index: number): Alert => ({ ...alertAt(index, 'A'), suppressedBy: 'cooldown' });
  const withheld = withheldAt(3);
  const account = accountsOf(
    [
      closeOf(0, [judgedAt(0, 'A', {}, [])], { alerts: [alertAt(0, 'A')] }),
      closeOf(1, [judgedAt(1, 'A', {}, [])], { alerts: [sent, alertAt(1, 'A', 'down'), alertAt(1, 'B')] }),
      closeOf(2, [judgedAt(2, 'A', {}, [])], { alerts: [withheldAt(2)] }),
      closeOf(3, [judgedAt(3, 'A', {}, [])], { alerts: [withheld] }),
    ].map(recorded),
    { symbol: 'A', timeMs: null },
  )[0];

  it('is the last one that was sent before, of the same rule and direction', () => {
    expect(account === undefined ? null : alertOf(account, { rule: 'loud', direction: 'up' })?.id).toBe(withheld.id);
    expect(account === undefined ? null : cooldownOf(account, withheld)?.id).toBe(sent.id);
  });

  it('is not known when it was sent before the ring begins', () => {
    expect(account === undefined ? undefined : cooldownOf({ ...account, sentBefore: [] }, withheld)).toBeNull();
  });
});
