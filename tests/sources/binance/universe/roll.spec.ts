import { describe, expect, it } from 'vitest';
import type { Roll } from '../../../../src/sources/binance/universe/roll.js';
import { EMPTY_ROLL, isSuspicious, lookAgainMs, turn } from '../../../../src/sources/binance/universe/roll.js';
import type { Universe } from '../../../../src/sources/binance/universe/select.js';
import type { FilterName } from '../../../../src/sources/binance/universe/settings.js';

const MINUTE_MS = 60_000;
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `S${i}`);
const universeOf = (symbols: readonly string[], reasons: readonly (readonly [string, FilterName])[] = []): Universe => ({
  symbols,
  reasons: new Map(reasons),
  funnel: [],
  weak: [],
});
/** Looks one after another, a minute count and what was seen each; the last turn. */
const looks = (...seen: readonly (readonly [minute: number, universe: ReturnType<typeof universeOf>])[]) => {
  let roll: Roll = EMPTY_ROLL;
  let last = turn(EMPTY_ROLL, universeOf([]), 0);
  for (const [minute, universe] of seen) {
    last = turn(roll, universe, minute * MINUTE_MS);
    ({ roll } = last);
  }
  return { ...last, ...last.roll.following };
};

describe('turn', () => {
  const all = universeOf(names(100));
  const few = universeOf(names(90));

  it('F38: keeps the last good list when more than a twentieth is gone, until it was said twice again ten minutes apart', () => {
    expect(looks([0, all], [60, few])).toMatchObject({ isNew: false, symbols: all.symbols });
    expect(looks([0, all], [60, few]).suspended.size).toBe(0);
    expect(looks([0, all], [60, few], [61, few], [62, few], [63, few]).symbols).toHaveLength(100);
    expect(looks([0, all], [60, few], [70, few], [75, few]).symbols).toHaveLength(100);
    expect(looks([0, all], [60, few], [70, few], [80, few])).toMatchObject({ isNew: true, symbols: few.symbols });
    expect(looks([0, all], [60, few], [70, all], [80, few], [90, few]).symbols).toHaveLength(100);
  });

  it('F38: never believes an empty list', () => {
    const none = universeOf([]);
    expect(looks([0, all], [60, none], [70, none], [80, none], [90, none], [600, none]).symbols).toHaveLength(100);
    expect(looks([0, none])).toMatchObject({ isNew: false, symbols: [] });
    expect(looks([0, none], [1, all])).toMatchObject({ isNew: true, symbols: all.symbols });
  });

  it('F38: looks again in ten minutes while it doubts, else after the ttl', () => {
    expect(lookAgainMs(looks([0, all], [60, few]).roll, 60 * MINUTE_MS)).toBe(10 * MINUTE_MS);
    expect(lookAgainMs(looks([0, all]).roll, 60 * MINUTE_MS)).toBe(60 * MINUTE_MS);
    expect(lookAgainMs(looks([0, all], [60, few]).roll, MINUTE_MS)).toBe(MINUTE_MS);
  });

  it('F39: suspends at once who has stopped, and lets it go when a look a minute later says so too', () => {
    const halted = universeOf(names(99), [['S99', 'status']]);
    expect(looks([0, all], [60, halted])).toMatchObject({ isNew: true, stopped: [{ symbol: 'S99', by: 'status' }] });
    expect(looks([0, all], [60, halted])).toMatchObject({ symbols: all.symbols, suspended: new Set(['S99']) });
    expect(lookAgainMs(looks([0, all], [60, halted]).roll, 60 * MINUTE_MS)).toBe(MINUTE_MS);
    expect(looks([0, all], [60, halted], [60.2, halted])).toMatchObject({ isNew: false, stopped: [] });
    expect(looks([0, all], [60, halted], [61, halted])).toMatchObject({ symbols: halted.symbols, suspended: new Set() });
    expect(looks([0, all], [60, halted], [61, all])).toMatchObject({ isNew: true, symbols: all.symbols, suspended: new Set() });
    expect(looks([0, all], [60, universeOf(names(99))])).toMatchObject({ stopped: [{ symbol: 'S99', by: null }] });
  });

  it('lets go at once who has had its second look in the filter', () => {
    const thin = universeOf(names(99), [['S99', 'liquidity']]);
    expect(looks([0, all], [60, thin])).toMatchObject({ isNew: true, symbols: thin.symbols, suspended: new Set(), stopped: [] });
  });

  it('remembers since when somebody is weak, as long as it is', () => {
    const weak = { ...all, weak: ['liquidity S1'] };
    expect(looks([0, all], [60, weak], [120, weak]).roll.weakSinceMs).toEqual(new Map([['liquidity S1', 60 * MINUTE_MS]]));
    expect(looks([0, all], [60, weak], [120, all]).roll.weakSinceMs.size).toBe(0);
  });

  it('lets a single symbol go from however small a list', () => {
    const following = { symbols: ['A', 'B', 'C', 'D', 'E'], suspended: new Set<string>() };
    expect([['A', 'B', 'C', 'D'], ['A', 'B', 'C'], []].map((next) => isSuspicious(following, next))).toEqual([false, true, true]);
    const one = universeOf(['A']);
    expect(looks([0, one], [60, universeOf([])], [61, universeOf([])]).symbols).toEqual([]);
  });
});
