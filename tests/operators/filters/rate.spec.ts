import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import { rate, rateMemory } from '../../../src/operators/filters/rate.js';
import { alertAt, closeAt } from '../../support/parts.js';

const HOUR_MS = 3_600_000;
const strengthOf = ({ measures }: Alert): number | null => measures['s'] ?? null;

interface Limits {
  readonly perSymbol?: number | null;
  readonly overall?: number | null;
  readonly sentBefore?: readonly Alert[];
}

/** For each close in turn the symbols that were sent. */
const sentOf = (closes: readonly (readonly Alert[])[], { perSymbol = null, overall = null, sentBefore = [] }: Limits): readonly string[] => {
  const filter = rate({ perSymbol, overall, windowMs: HOUR_MS, memory: rateMemory(sentBefore), strengthOf });
  return closes.map((alerts, i) => {
    const { withheld } = filter.decide(alerts, closeAt(i, alerts));
    const sent = alerts.filter(({ id }) => withheld?.has(id) !== true);
    for (const { by } of withheld?.values() ?? []) expect(by).toBe('rate');
    filter.remember?.(sent, closeAt(i, sent));
    return sent.map(({ symbol }) => symbol).join('');
  });
};
const at = (index: number, ...symbols: readonly string[]): readonly Alert[] => symbols.map((symbol) => alertAt(index, symbol));
const each = (...indexes: readonly number[]) => indexes.map((index) => at(index, 'A'));

describe('rate', () => {
  it.each<[string, readonly (readonly Alert[])[], Limits, readonly string[]]>([
    ['lets everything pass when nothing is limited',           each(0, 1, 2, 3), {}, ['A', 'A', 'A', 'A']],
    ['lets two of a symbol pass within an hour',               each(0, 1, 2, 3, 4), { perSymbol: 2 }, ['A', 'A', '', '', 'A']],
    ['counts what was sent, not what was withheld',            each(0, 1, 2, 3, 4, 5), { perSymbol: 1 }, ['A', '', '', '', 'A', '']],
    ['counts each symbol for itself',                          [at(0, 'A', 'B'), at(1, 'A', 'B')], { perSymbol: 1 }, ['AB', '']],
    ['counts all symbols together',                            [at(0, 'A'), at(1, 'B'), at(2, 'C')], { overall: 2 }, ['A', 'B', '']],
    ['counts within one close',                                [at(0, 'A', 'B', 'C')], { overall: 2 }, ['AB']],
    ['goes on over a restart',                                 each(3, 4), { perSymbol: 1, sentBefore: at(0, 'A') }, ['', 'A']],
    ['keeps both limits',                                      [at(0, 'A', 'B'), at(1, 'A', 'C')], { perSymbol: 1, overall: 3 }, ['AB', 'C']],
  ])('%s', (_, closes, limits, expected) => {
    expect(sentOf(closes, limits)).toStrictEqual(expected);
  });

  it('lets the market go first, then the strongest', () => {
    const strong = { ...alertAt(0, 'Z'), measures: { s: 9 } };
    const market = { ...alertAt(0, '*'), kind: 'market' as const };
    expect(sentOf([[...at(0, 'A', 'B'), strong, market]], { overall: 2 })).toStrictEqual(['Z*']);
  });

  it('remembers no more than a day', () => {
    const memory = rateMemory([alertAt(0, 'A')]);
    memory.remember([alertAt(97, 'A')]);
    expect([memory.ofSymbol(alertAt(97, 'A'), -Infinity), memory.ofAll(-Infinity)]).toStrictEqual([1, 1]);
  });
});
