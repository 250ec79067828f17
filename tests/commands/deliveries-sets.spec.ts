import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/model/alert.js';
import type { Delivery } from '../../src/model/delivery.js';
import { setsOf } from '../../src/commands/deliveries-sets.js';
import type { DecidedAlert } from '../../src/telemetry/decisions/decision.js';
import { alertAt, rowOf } from '../support/parts.js';

const [one, two, three] = [alertAt(0, 'A'), alertAt(0, 'B'), alertAt(0, 'C')];
const row = (alert: Alert, given: Partial<Delivery> = {}) => ({
  alert,
  delivery: rowOf(alert, { state: 'delivered', attempts: 1, ...given }),
});
const names = (found: readonly { readonly alert: { readonly symbol: string } }[]): string =>
  found.map(({ alert }) => alert.symbol).join('');
const decided = (alert: Alert, suppressedBy: Alert['suppressedBy'] = null): DecidedAlert => ({ ...alert, suppressedBy });

const sets = (given: Partial<Parameters<typeof setsOf>[0]>) => {
  const found = setsOf({
    rows: [],
    decided: [],
    hasSinks: true,
    maxAgeMs: null,
    nowMs: one.decisionTimeMs + 86_400_000,
    ...given,
  });
  const { lost, duplicated, unexpected, recovered } = found;
  return { ...found, names: [names(lost), names(duplicated), names(unexpected), names(recovered)] };
};

describe('the four sets', () => {
  it.each([
    [
      'delivered, expired and dead ones have ended',
      { rows: [row(one), row(two, { state: 'expired' }), row(three, { state: 'dead' })] },
      ['', '', '', ''],
    ],
    [
      'an alert that was decided and that the store does not know is lost',
      { rows: [row(one)], decided: [decided(one), decided(two)] },
      ['B', '', '', ''],
    ],
    ['one that was to be told to nobody is not', { decided: [decided(two)], hasSinks: false }, ['', '', '', '']],
    [
      'one that was withheld is not',
      { decided: [decided(two, 'cooldown')], rows: [row(two, { sink: '*', state: 'suppressed' })] },
      ['', '', '', ''],
    ],
    [
      'one that was withheld and came is unexpected',
      { rows: [row(one)], decided: [decided(one, 'cooldown')] },
      ['', '', 'A', ''],
    ],
    [
      'one that was judged again after a restart and met its own cooldown is not',
      { rows: [row(one)], decided: [decided(one), decided(one, 'cooldown')] },
      ['', '', '', ''],
    ],
    [
      'sends without an answer may have come',
      { rows: [row(one, { unknowns: 1, mayRepeat: true, attempts: 2 })] },
      ['', 'A', '', 'A'],
    ],
    [
      'a prompt 5xx marks the copy and is no copy by itself',
      { rows: [row(one, { mayRepeat: true, attempts: 2 })] },
      ['', '', '', 'A'],
    ],
    ['one that is still waiting a day later is lost', { rows: [row(one, { state: 'waiting' })] }, ['A', '', '', '']],
    [
      'one that a person has just asked for again is on its way',
      { rows: [row(one, { state: 'claimed', resentAtMs: one.decisionTimeMs + 86_000_000 })] },
      ['', '', '', ''],
    ],
  ] as const)('%s', (_, given, expected) => {
    expect(sets(given as Partial<Parameters<typeof setsOf>[0]>).names).toStrictEqual(expected);
  });

  it('counts what was expected, what has ended and what is on its way', () => {
    const nowMs = one.decisionTimeMs + 60_000;
    const found = sets({
      nowMs,
      rows: [row(one), row(two, { state: 'sending' })],
      decided: [decided(one), decided(two), decided(three)],
    });
    expect([found.expected, found.ended, found.onTheirWay]).toStrictEqual([3, 1, 1]);
  });
});
