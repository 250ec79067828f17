import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import { cooldown, cooldownMemory } from '../../../src/operators/filters/cooldown.js';
import { alertAt, closeAt } from '../../support/parts.js';

const MINUTE_MS = 60_000;

/** One letter for each alert in turn, each in its own close: `S` sent, `c` withheld by the cooldown. */
const fates = (alerts: readonly Alert[], { cooldownMs = 30 * MINUTE_MS, sentBefore = [] as readonly Alert[] } = {}): string => {
  const filter = cooldown({ cooldownMs, memory: cooldownMemory(sentBefore) });
  return alerts
    .map((alert, i) => {
      const close = closeAt(i, [alert]);
      const isWithheld = filter.decide([alert], close).withheld?.has(alert.id) === true;
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
    const filter = cooldown({ cooldownMs: 30 * MINUTE_MS, memory: cooldownMemory() });
    filter.remember?.([], closeAt(0, at(0)));
    expect(filter.decide(at(1), closeAt(1)).withheld?.size).toBe(0);
  });

  it('speaks of every alert of a close', () => {
    const filter = cooldown({ cooldownMs: 30 * MINUTE_MS, memory: cooldownMemory([alertAt(0, 'A'), alertAt(0, 'C')]) });
    const alerts = ['A', 'B', 'C'].map((symbol) => alertAt(1, symbol));
    expect([...(filter.decide(alerts, closeAt(1, alerts)).withheld ?? new Map()).keys()]).toStrictEqual([alerts[0]!.id, alerts[2]!.id]);
  });

  it('is as long as a rule asks for, where one does', () => {
    const filter = cooldown({ cooldownMs: 30 * MINUTE_MS, cooldowns: { slow: 60 * MINUTE_MS }, memory: cooldownMemory([{ ...alertAt(0), rule: 'slow' }, alertAt(0)]) });
    const alerts = [{ ...alertAt(3), rule: 'slow' }, alertAt(3)];
    expect(filter.decide(alerts, closeAt(3, alerts)).withheld?.size).toBe(1);
  });
});

describe('a move that grows', () => {
  const moving = (index: number, m_1: number | null, given: Partial<Alert> = {}): Alert => ({ ...alertAt(index), measures: { m_1 }, ...given });
  const escalation = { loud: { measure: 'm_1', step: 2 } };
  const run = (alerts: readonly Alert[], rules: typeof escalation | Record<string, never> = escalation, sentBefore: readonly Alert[] = []) => {
    const filter = cooldown({ cooldownMs: 60 * MINUTE_MS, memory: cooldownMemory(sentBefore), escalation: rules });
    return alerts.map((alert) => {
      const { withheld, annotated } = filter.decide([alert], closeAt(0, [alert]));
      const isWithheld = withheld?.has(alert.id) === true;
      if (!isWithheld) filter.remember?.([alert], closeAt(0, [alert]));
      const outgrown = annotated?.get(alert.id)?.escalates;
      return isWithheld ? 'c' : outgrown === undefined ? 'S' : alerts.findIndex(({ id }) => id === outgrown);
    });
  };

  it.each([
    ['by the step breaks the cooldown and names the one it outgrows', [moving(0, 3), moving(1, 5)], ['S', 0]],
    ['by the step up to rounding',                                    [moving(0, 3), moving(1, 5 - 1e-10)], ['S', 0]],
    ['by less does not',                                              [moving(0, 3), moving(1, 4.99)], ['S', 'c']],
    ['by the step once more has to grow from there',                  [moving(0, 3), moving(1, 5), moving(2, 6), moving(3, 7)], ['S', 0, 'c', 1]],
    ['is measured from the last sent one, not from a withheld one',   [moving(0, 3), moving(1, 4), moving(2, 5.5)], ['S', 'c', 0]],
    ['downwards grows below zero',                                    [moving(0, -3, { direction: 'down' }), moving(1, -5.5, { direction: 'down' }), moving(2, 9, { direction: 'down' })], ['S', 0, 'c']],
    ['without a value does not',                                      [moving(0, 3), moving(1, null), moving(2, 5)], ['S', 'c', 0]],
    ['of a rule without a step does not',                             [moving(0, 3, { rule: 'other' }), moving(1, 9, { rule: 'other' })], ['S', 'c']],
    ['in the same bar, told twice, does not',                         [moving(0, 3), moving(0, 9)], ['S', 'c']],
  ])('%s', (_, alerts, expected) => {
    expect(run(alerts)).toStrictEqual(expected);
  });

  it('after the cooldown outgrows nothing: it is an alert like any other', () => {
    expect(run([moving(0, 3), moving(4, 9)])).toStrictEqual(['S', 'S']);
  });

  it('goes on over a restart from what the store remembers', () => {
    expect(run([moving(1, 4), moving(2, 5)], escalation, [moving(0, 3)])).toStrictEqual(['c', -1]);
  });

  it('does not break the cooldown unless it is asked for', () => {
    expect(run([moving(0, 3), moving(1, 30)], {})).toStrictEqual(['S', 'c']);
  });
});
