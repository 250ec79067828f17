import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import type { Close } from '../../../src/model/close.js';
import type { Section } from '../../../src/model/section.js';
import type { Alike } from '../../../src/operators/filters/correlation.js';
import { correlation, groupAlike } from '../../../src/operators/filters/correlation.js';
import { filterCloses } from '../../../src/operators/filters/filter-closes.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt, judgedOf } from '../../support/parts.js';
import { sharedPathOrSay } from '../../support/shared.js';

interface GoldenCluster {
  readonly threshold: string;
  readonly candidates: readonly { readonly symbol: string; readonly strength: string; readonly quoteVolume24h: string }[];
  readonly rho: Readonly<Record<string, string | null>>;
  readonly expected: readonly { readonly representative: string; readonly members: readonly string[] }[];
}

/** Correlations by `A|B`, in either order. */
const lookUp = (rho: Readonly<Record<string, number | null>>) => (a: string, b: string) => rho[`${a}|${b}`] ?? rho[`${b}|${a}`] ?? null;

const alike = (symbol: string, strength: number | null = 5, quoteVolume: number | null = 1): Alike => ({ symbol, strength, quoteVolume });
const inWords = (groups: readonly (readonly Alike[])[]): readonly string[] => groups.map((group) => group.map(({ symbol }) => symbol).join(' '));

describe('groupAlike', () => {
  const path = sharedPathOrSay('grouping the golden clusters', 'golden/cluster-cases.json');
  const cases = path === null ? [] : (JSON.parse(readFileSync(path, 'utf8')) as { cases: readonly GoldenCluster[] }).cases;
  it.skipIf(path === null).each(cases.map((each, i) => [i, each] as const))('groups golden case %i', (_, { threshold, candidates, rho, expected }) => {
    const numbers = Object.fromEntries(Object.entries(rho).map(([pair, text]) => [pair, text === null ? null : Number(text)]));
    const given = candidates.map(({ symbol, strength, quoteVolume24h }) => alike(symbol, Number(strength), Number(quoteVolume24h)));
    const groups = groupAlike(given, lookUp(numbers), Number(threshold));
    const found = groups.map((group) => ({ representative: group[0]?.symbol, members: group.map(({ symbol }) => symbol).sort() }));
    const byName = (a: { representative?: string | undefined }, b: { representative?: string | undefined }): number => String(a.representative).localeCompare(String(b.representative));
    expect(found.sort(byName)).toStrictEqual([...expected].sort(byName));
  });

  it.each([
    ['the stronger one',              [alike('A', 4), alike('B', 5)], 'B A'],
    ['the larger one of equals',      [alike('A', 5, 1), alike('B', 5, 2)], 'B A'],
    ['the first one by name then',    [alike('B'), alike('A')], 'A B'],
    ['a known strength over none',    [alike('A', null, 9), alike('B', 0, 1)], 'B A'],
    ['a known volume over none',      [alike('A', 5, null), alike('B', 5, 0)], 'B A'],
  ])('is led by %s', (_, candidates, expected) => {
    expect(inWords(groupAlike(candidates, () => 0.9, 0.8))).toStrictEqual([expected]);
  });

  it('joins at the threshold, up to rounding, and nothing below it or without a correlation', () => {
    const pair = [alike('A'), alike('B')];
    expect(groupAlike(pair, () => 0.8 - 1e-10, 0.8)).toHaveLength(1);
    expect(groupAlike(pair, () => 0.79999, 0.8)).toHaveLength(2);
    expect(groupAlike(pair, () => -1, 0.8)).toHaveLength(2);
    expect(groupAlike(pair, () => null, 0)).toHaveLength(2);
  });

  it('says the same in whatever order the candidates come', () => {
    const rho = { 'A|B': 0.9, 'B|C': 0.8, 'D|E': 0.95, 'A|D': 0.1 };
    const candidates = ['A', 'B', 'C', 'D', 'E', 'F'].map((symbol, i) => alike(symbol, i % 3));
    const expected = [...inWords(groupAlike(candidates, lookUp(rho), 0.8))].sort();
    fc.assert(
      fc.property(fc.shuffledSubarray(candidates, { minLength: candidates.length }), (order) => {
        expect([...inWords(groupAlike(order, lookUp(rho), 0.8))].sort()).toStrictEqual(expected);
      }),
    );
    expect(expected).toStrictEqual(['C B A', 'E D', 'F']);
  });
});

const sectionWith = (rho: Readonly<Record<string, number | null>>): Section => ({
  ...{ count: 30, index: 0, bitcoin: null, breadthUp: 0, breadthDown: 0, standings: new Map() },
  correlation: lookUp(rho),
});
const strengthOf = ({ measures }: Alert): number | null => measures['s'] ?? null;
const closeOf = (alerts: readonly Alert[], section: Section | null, given: Partial<Close> = {}): Close => closeAt(0, alerts, { section, ...given });
const stage = filterCloses(() => [correlation({ threshold: 0.8, strengthOf })]);
const told = ({ alerts }: Close): readonly string[] =>
  alerts.map(({ symbol, suppressedBy, mergedInto, peers }) => {
    const leader = alerts.find(({ id }) => id === mergedInto)?.symbol;
    return [symbol, suppressedBy ?? 'sent', ...(leader === undefined ? [] : [`by ${leader}`]), ...(peers === undefined ? [] : [`for ${peers.join(' ')}`])].join(' ');
  });

describe('correlation', () => {
  const together = sectionWith({ 'A|B': 0.9, 'B|D': 0.85 });
  const [a, b, c] = ['A', 'B', 'C'].map((symbol) => alertAt(0, symbol)) as [Alert, Alert, Alert];

  it('tells one for those that have gone together', marbles((m) => {
    const close$ = m.hot('-a-|', { a: closeOf([a, b, c], together) });
    const expected =     '-X-|';
    m.expect(close$.pipe(stage, map(told))).toBeObservable(expected, { X: ['A sent for B', 'B correlation by A', 'C sent'] });
  }));

  it.each<[string, Close, readonly string[]]>([
    ['chooses by strength', closeOf([a, { ...b, measures: { s: 7 } }], together), ['A correlation by B', 'B sent for A']],
    ['lists its peers in ascending order', closeOf([{ ...b, measures: { s: 7 } }, alertAt(0, 'D'), a], together), ['B sent for A D', 'D correlation by B', 'A correlation by B']],
    ['keeps directions apart', closeOf([a, alertAt(0, 'B', 'down')], together), ['A sent', 'B sent']],
    ['keeps rules apart', closeOf([a, { ...b, rule: 'other' }], together), ['A sent', 'B sent']],
    ['leaves the market alert alone', closeOf([a, { ...b, kind: 'market' }], together), ['A sent', 'B sent']],
    ['knows of nothing without a cross-section', closeOf([a, b], null), ['A sent', 'B sent']],
  ])('%s', (_, close, expected) => {
    const filter = correlation({ threshold: 0.8, strengthOf });
    const seen: Close[] = [];
    marbles((m) => {
      m.cold('(a|)', { a: close }).pipe(filterCloses(() => [filter])).subscribe((each) => void seen.push(each));
    })();
    expect(seen.map(told)).toStrictEqual([expected]);
  });

  it('chooses the larger by the quote volume of the day', marbles((m) => {
    const judged = [1, 2].map((liquidityPerHour, i) => ({ ...judgedOf(['A', 'B'][i] ?? '', 0), values: { liquidityPerHour } }));
    const close$ = m.hot('-a-|', { a: closeOf([a, b], together, { judged }) });
    m.expect(close$.pipe(stage, map(told))).toBeObservable('-X-|', { X: ['A correlation by B', 'B sent for A'] });
  }));
});
