import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import { cooldown } from '../../../src/operators/filters/cooldown.js';
import { alertAt, closeAt } from '../../support/parts.js';

const MINUTE_MS = 60_000;

/** One letter for each alert in turn, each in its own close: `S` sent, `c` withheld by the cooldown. */
const fates = (alerts: readonly Alert[], { cooldownMs = 30 * MINUTE_MS, sentBefore = [] as readonly Alert[] } = {}): string => {
  const filter = cooldown({ cooldownMs, sentBefore });
  return alerts
    .map((alert, i) => {
      const close = closeAt(i, [alert]);
      const isWithheld = filter.withhold([alert], close).has(alert.id);
      filter.remember?.(isWithheld ? [] : [alert], close);
      return isWithheld ? 'c' : 'S';
    })
    .join('');
};
const at = (...indexes: readonly number[]): readonly Alert[] => indexes.map((index) => alertAt(index));

describe('cooldown', () => {
  it.each([
    ['half an hour over bars of 15 minutes withholds exactly one', at(0, 1, 2), 30, 'ScS'],
    ['a withheld alert does not start it anew',                    at(0, 1, 2, 3, 4), 30, 'ScScS'],
    ['an hour',                                                    at(0, 1, 2, 3, 4), 60, 'ScccS'],
    ['at equality the next one passes',                            at(0, 1), 15, 'SS'],
    ['a minute more and it does not',                              at(0, 1), 16, 'Sc'],
    ['none at all',                                                at(0, 0), 0, 'SS'],
    ['the same alert told twice',                                  at(0, 0), 30, 'Sc'],
    ['an older alert that comes late',                             at(2, 1), 30, 'Sc'],
  ])('%s', (_, alerts, minutes, expected) => {
    expect(fates(alerts, { cooldownMs: minutes * MINUTE_MS })).toBe(expected);
  });

  it.each([
    ['market',    { market: 'spot' }],
    ['symbol',    { symbol: 'ETHUSDT' }],
    ['rule',      { rule: 'classic' }],
    ['interval',  { interval: '5m' }],
    ['direction', { direction: 'down' }],
  ] as const)('another %s has its own', (_, other) => {
    expect(fates([alertAt(0), { ...alertAt(1), id: 'other', ...other }, alertAt(1)])).toBe('SSc');
  });

  it('goes on over a restart from what the store remembers, in whatever order it lies there', () => {
    expect(fates(at(2, 3), { sentBefore: at(1, 0) })).toBe('cS');
  });

  it('is not started by an alert that another filter withheld', () => {
    const filter = cooldown({ cooldownMs: 30 * MINUTE_MS, sentBefore: [] });
    filter.remember?.([], closeAt(0, at(0)));
    expect(filter.withhold(at(1), closeAt(1)).size).toBe(0);
  });

  it('speaks of every alert of a close', () => {
    const filter = cooldown({ cooldownMs: 30 * MINUTE_MS, sentBefore: [alertAt(0, 'A'), alertAt(0, 'C')] });
    const alerts = ['A', 'B', 'C'].map((symbol) => alertAt(1, symbol));
    expect([...filter.withhold(alerts, closeAt(1, alerts)).keys()]).toStrictEqual([alerts[0]!.id, alerts[2]!.id]);
  });
});
