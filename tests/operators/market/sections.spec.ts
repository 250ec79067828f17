import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import type { Close } from '../../../src/model/close.js';
import type { Measured } from '../../../src/model/reading.js';
import type { Section } from '../../../src/model/section.js';
import type { Judged } from '../../../src/model/verdict.js';
import type { Sections } from '../../../src/operators/market/sections.js';
import { createSections } from '../../../src/operators/market/sections.js';
import { START_MS, bar } from '../../support/bars.js';
import { readColumns } from '../../support/golden.js';
import { alertAt, placed } from '../../support/parts.js';
import { sharedPathOrSay } from '../../support/shared.js';

const BAR_MS = 900_000;
/** Closes of a symbol, one after another; NaN leaves a hole. */
type Market = Readonly<Record<string, readonly number[]>>;

const barOf = (symbol: string, index: number, close: number) => placed(bar({ symbol, close, openTimeMs: START_MS + index * BAR_MS }));

/** Lets the sections see all bars of all symbols up to `upTo`. */
const see = (sections: Sections, market: Market, upTo = Infinity): void => {
  for (const [symbol, closes] of Object.entries(market)) {
    const saw = sections.track();
    closes.forEach((close, i) => {
      if (!Number.isNaN(close) && i <= upTo) saw(barOf(symbol, i, close));
    });
  }
};

const closeOf = (market: Market, index: number, given: Partial<Close> & { values?: Readonly<Record<string, Measured>>; candidates?: readonly string[] } = {}): Close => {
  const { values = {}, candidates = Object.keys(market), ...rest } = given;
  const judged: Judged[] = Object.entries(market)
    .filter(([, closes]) => !Number.isNaN(closes[index] ?? NaN))
    .map(([symbol, closes]) => ({ bar: barOf(symbol, index, closes[index] ?? NaN), values, verdicts: [] }));
  const alerts: Alert[] = candidates.map((symbol) => alertAt(index, symbol));
  const openTimeMs = START_MS + index * BAR_MS;
  const all = Object.keys(market).length;
  return {
    ...{ market: 'usdm', interval: '15m', openTimeMs, decisionTimeMs: openTimeMs + BAR_MS, judged, alerts, lagging: {}, late: false },
    ...{ expected: all, received: judged.length, ...rest },
  };
};

const sectionAt = (market: Market, index: number, given: Parameters<typeof closeOf>[2] = {}): Section => {
  const sections = createSections();
  see(sections, market, index);
  const { section } = sections.of(closeOf(market, index, given));
  if (section === null) throw new Error('no section');
  return section;
};

/** So many symbols that go their own ways, and `given` in place of the first ones. */
const crowd = (count: number, bars: number, given: Market = {}): Market => {
  const rest = Array.from({ length: count - Object.keys(given).length }, (_, i) => [
    `S${String(i).padStart(3, '0')}USDT`,
    Array.from({ length: bars }, (_, t) => 100 * (1 + 0.01 * Math.sin((i + 1) * 1.7 + t * (1 + i / 7)))),
  ] as const);
  return { ...given, ...Object.fromEntries(rest) };
};

const steps = (...returns: readonly number[]): readonly number[] => returns.reduce<number[]>((all, r) => [...all, (all.at(-1) ?? 100) * Math.exp(r)], [100]);

describe('a cross-section', () => {
  it('has the median return as its index, whatever one symbol does', () => {
    const flat = crowd(20, 2, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`A${i}`, steps(i === 0 ? 5 : 0.01)])));
    expect(sectionAt(flat, 1).index).toBeCloseTo(0.01, 12);
    expect(sectionAt(flat, 1)).toMatchObject({ count: 20, bitcoin: null });
    expect(sectionAt({ ...flat, BTCUSDT: steps(-0.02) }, 1).bitcoin).toBeCloseTo(-0.02, 12);
  });

  it('ranks, and measures what lies beyond β times the index', () => {
    const returns = Array.from({ length: 98 }, (_, i) => (i % 3) / 100);
    const market = crowd(21, 0, Object.fromEntries([
      ...Array.from({ length: 20 }, (_, i) => [`A${i}`, steps(...returns, 0.01)] as const),
      ['DOUBLE', steps(...returns.map((each) => 2 * each), 0.05)] as const,
    ]));
    const section = sectionAt(market, 99, { values: { natr14_before: 0.5, m_1: 2 } });
    expect(section.index).toBeCloseTo(0.01, 12);
    const { beta, excess, excessAtr, rank } = section.standings.get('DOUBLE') ?? {};
    expect(beta).toBeCloseTo(2, 9);
    expect(excess).toBeCloseTo(0.03, 9);
    expect(excessAtr).toBeCloseTo(6, 9);
    expect(rank).toBe(20.5 / 21);
    expect(section.standings.get('A3')?.rank).toBe(10 / 21);
    expect([section.breadthUp, section.breadthDown]).toEqual([1, 0]);
  });

  it('keeps β as it is and uses it within 0 and 3, and 1 where it is not known', () => {
    const returns = Array.from({ length: 98 }, (_, i) => (i % 3) / 100);
    const market = crowd(22, 0, Object.fromEntries([
      ...Array.from({ length: 20 }, (_, i) => [`A${i}`, steps(...returns, 0.01)] as const),
      ['FIVE', steps(...returns.map((each) => 5 * each), 0.05)] as const,
      ['AGAINST', steps(...returns.map((each) => -each), 0.05)] as const,
      ['YOUNG', [...returns.map(() => NaN), 100, 100 * Math.exp(0.05)]] as const,
    ]));
    const { standings } = sectionAt(market, 99);
    expect([standings.get('FIVE')?.beta, standings.get('AGAINST')?.beta].map((each) => Math.round(each ?? NaN))).toEqual([5, -1]);
    expect(standings.get('FIVE')?.excess).toBeCloseTo(0.02, 9);
    expect(standings.get('AGAINST')?.excess).toBeCloseTo(0.05, 9);
    expect(standings.get('YOUNG')).toMatchObject({ beta: null, excessAtr: null });
    expect(standings.get('YOUNG')?.excess).toBeCloseTo(0.04, 9);
  });

  it('has no β for a market that stands still', () => {
    const still = crowd(20, 0, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`A${i}`, i === 0 ? steps(...Array.from({ length: 99 }, (_, t) => t / 1_000)) : steps(...Array.from({ length: 99 }, () => 0))])));
    expect(sectionAt(still, 99).standings.get('A0')?.beta).toBeNull();
  });

  it('does not exist in a small universe, nor when too few have come', () => {
    const asked = (count: number, given: Partial<Close>) => {
      const market = crowd(count, 3);
      const sections = createSections();
      see(sections, market);
      return sections.of(closeOf(market, 2, given));
    };
    expect(asked(19, {})).toEqual({ section: null, reason: 'small-universe' });
    expect(asked(20, {}).section).not.toBeNull();
    expect(asked(20, { expected: 34 })).toEqual({ section: null, reason: 'low-coverage' });
    expect(asked(21, { expected: 35 }).section).not.toBeNull();
  });

  it('measures who comes late against those who were there', () => {
    const market = crowd(30, 3, { LATE: [100, 100, 150] });
    const { LATE: late, ...others } = market;
    const sections = createSections();
    see(sections, others);
    const first = sections.of(closeOf(others, 2, { expected: 30, received: 29 })).section;
    see(sections, { LATE: late ?? [] });
    const told = sections.of(closeOf({ LATE: late ?? [] }, 2, { expected: 30, received: 30, late: true })).section;
    expect(told).toMatchObject({ count: 29, index: first?.index, breadthUp: first?.breadthUp });
    expect([...(told?.standings.keys() ?? [])]).toEqual(['LATE']);
    expect(told?.standings.get('LATE')?.rank).toBe(29.5 / 30);
    expect(sections.of(closeOf({ LATE: late ?? [] }, 1, { expected: 30, late: true }))).toEqual({ section: null, reason: 'low-coverage' });
  });

  it('correlates the bars before, never the jump itself', () => {
    const own = Array.from({ length: 100 }, (_, i) => Math.sin(i) / 100);
    const market = crowd(20, 0, Object.fromEntries([
      ...Array.from({ length: 17 }, (_, i) => [`A${i}`, steps(...own.map((_, t) => Math.sin(t * (i + 2)) / 100), 0.2)] as const),
      ['X', steps(...own, 0.2)] as const,
      ['SAME', steps(...own.map((each) => each * 3), -0.2)] as const,
      ['YOUNG', [...Array.from({ length: 30 }, () => NaN), ...steps(...own.slice(30, 101))]] as const,
    ]));
    const section = sectionAt(market, 101, { candidates: ['X', 'SAME'] });
    expect(section.correlation('X', 'SAME')).toBeCloseTo(1, 9);
    expect(section.correlation('SAME', 'X')).toBe(section.correlation('X', 'SAME'));
    expect(section.correlation('X', 'NOBODY')).toBeNull();
    expect(section.correlation('X', 'YOUNG')).toBeNull();
  });

  it('does not depend on the order in which symbols come, nor on the unit of their prices', () => {
    const market = crowd(25, 100);
    const expected = sectionAt(market, 99);
    fc.assert(fc.property(fc.shuffledSubarray(Object.keys(market), { minLength: 25 }), fc.constantFrom(1, 0.001, 1_000), (order, factor) => {
      const shuffled: Market = Object.fromEntries(order.map((symbol) => [symbol, (market[symbol] ?? []).map((each) => each * factor)]));
      const section = sectionAt(shuffled, 99);
      expect(Math.abs(section.index - expected.index)).toBeLessThan(1e-12);
      for (const [symbol, { rank, beta, excess }] of expected.standings) {
        const standing = section.standings.get(symbol);
        expect(standing?.rank).toBe(rank);
        expect(Math.abs((standing?.beta ?? NaN) - (beta ?? NaN))).toBeLessThan(1e-9);
        expect(Math.abs((standing?.excess ?? NaN) - excess)).toBeLessThan(1e-12);
      }
      if (factor === 1) expect(section.index).toBe(expected.index);
    }), { numRuns: 20 });
  });
});

const golden = sharedPathOrSay('comparing cross-sections with the golden market', 'golden/xsec/closes.csv.gz');
describe.skipIf(golden === null)('the golden market of 120 symbols', () => {
  const closes = golden === null ? new Map<string, readonly string[]>() : readColumns(golden);
  const expected = golden === null ? new Map<string, readonly string[]>() : readColumns(golden.replace('closes', 'expected'));
  const times = (closes.get('open_time') ?? []).map(Number);
  const symbols = [...closes.keys()].slice(1);

  it('has the expected ranks, medians, β and excesses at every close', () => {
    const sections = createSections();
    const market: Market = Object.fromEntries(symbols.map((symbol) => [symbol, (closes.get(symbol) ?? []).map(Number)]));
    const [first = 0] = times;
    const shift = (first - START_MS) / BAR_MS;
    see(sections, market);
    const wanted = new Map((expected.get('open_time') ?? []).map((time, row) => [`${time} ${expected.get('symbol')?.[row]}`, row]));
    let compared = 0;
    for (let i = 100; i < times.length; i++) {
      const { section } = sections.of(closeOf(market, i));
      expect(section?.count).toBe(120);
      for (const symbol of symbols) {
        const row = wanted.get(`${(START_MS + (i + shift) * BAR_MS)} ${symbol}`) ?? -1;
        const cell = (name: string): number => Number(expected.get(name)?.[row]);
        const { rank, beta, excess } = section?.standings.get(symbol) ?? {};
        for (const [value, name] of [[rank, 'pct'], [section?.index, 'market_median'], [beta, 'beta_raw'], [excess, 'excess']] as const) {
          const off = Math.abs((value ?? NaN) - cell(name));
          if (!(off <= 1e-9 * Math.max(1, Math.abs(cell(name))))) throw new Error(`${symbol} ${i} ${name}: ${value}, expected ${cell(name)}`);
          compared++;
        }
      }
    }
    expect(compared).toBe(68 * 120 * 4);
  });
});
