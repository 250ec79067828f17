import { describe, expect, it } from 'vitest';
import type { PlacedBar } from '../../../../src/model/bar.js';
import { barNumberOf, createMarketReturns, medianOfSorted } from '../../../../src/operators/market/parts/returns.js';
import { START_MS, barAt } from '../../../support/bars.js';
import { placed } from '../../../support/parts.js';

const FIRST = barNumberOf(START_MS, '15m');
const at = (index: number, close: number, given: Partial<PlacedBar> = {}): PlacedBar => placed(barAt(index, { close }), given);

/** One symbol among others. */
const createReturns = () => {
  const market = createMarketReturns('15m');
  market.numberOf('ANOTHER');
  const number = market.numberOf('A');
  return { see: (bar: PlacedBar): void => market.see(number, bar), at: (barNumber: number): number => market.at(number, barNumber) };
};

describe('the returns of a series', () => {
  it('are those of one bar to the next, found by the number of the bar', () => {
    const returns = createReturns();
    [at(0, 100), at(1, 110), at(2, 99)].forEach(returns.see);
    expect([0, 1, 2, 3].map((i) => returns.at(FIRST + i))).toEqual([NaN, Math.log(1.1), Math.log(0.9), NaN]);
  });

  it('are not formed across a hole', () => {
    const returns = createReturns();
    for (const bar of [at(0, 100), at(1, 110), at(4, 110), at(5, 121)]) returns.see(bar);
    expect([1, 2, 3, 4, 5].map((i) => returns.at(FIRST + i))).toEqual([Math.log(1.1), NaN, NaN, NaN, Math.log(1.1)]);
  });

  it('are forgotten after 194 bars, and never taken for those of another time', () => {
    const returns = createReturns();
    for (let i = 0; i < 300; i++) returns.see(at(i, i % 2 === 0 ? 100 : 110));
    expect([105, 106, 299, 300].map((i) => Number.isNaN(returns.at(FIRST + i)))).toEqual([true, false, false, true]);
    returns.see(at(1_000, 100));
    expect([299, 806, 807, 999, 1_000].every((i) => Number.isNaN(returns.at(FIRST + i)))).toBe(true);
  });

  it('of a series that is run again after a correction are those of the corrected bars', () => {
    const returns = createReturns();
    for (const bar of [at(0, 100), at(1, 110), at(2, 121), at(3, 121)]) returns.see(bar);
    [at(1, 110, { follows: 'restart' }), at(2, 132), at(3, 121)].forEach(returns.see);
    expect([1, 2, 3].map((i) => returns.at(FIRST + i))).toEqual([Math.log(1.1), Math.log(1.2), Math.log(121 / 132)]);
  });

  it('stay what they are when there are more symbols than there was room for', () => {
    const market = createMarketReturns('15m');
    const symbols = Array.from({ length: 200 }, (_, i) => market.numberOf(`S${i}`));
    expect(market.numberOf('S7')).toBe(symbols[7]);
    const late = createMarketReturns('15m');
    const seen = Array.from({ length: 200 }, (_, i) => {
      const number = late.numberOf(`S${i}`);
      for (const bar of [at(0, 100), at(1, 101 + i)]) late.see(number, bar);
      return number;
    });
    expect(seen.map((number) => late.at(number, FIRST + 1))).toEqual(seen.map((_, i) => Math.log((101 + i) / 100)));
    expect(late.at(late.numberOf('S200'), FIRST + 1)).toBeNaN();
  });

  it('of a price of 0 are none', () => {
    const returns = createReturns();
    for (const bar of [at(0, 0), at(1, 5), at(2, 0)]) returns.see(bar);
    expect([returns.at(FIRST + 1), returns.at(FIRST + 2)]).toEqual([NaN, NaN]);
  });
});

describe('the index', () => {
  it('is the median over all symbols that have a return', () => {
    const market = createMarketReturns('15m');
    expect(market.indexAt(FIRST + 1)).toBeNaN();
    const move = (symbol: string, close: number): void => {
      for (const bar of [at(0, 100), at(1, close)]) market.see(market.numberOf(symbol), bar);
    };
    move('A', 110);
    expect(market.indexAt(FIRST + 1)).toBe(Math.log(1.1));
    move('B', 130);
    move('C', 90);
    expect(market.indexAt(FIRST + 1)).toBe(Math.log(1.1));
    move('D', 100);
    expect(market.indexAt(FIRST + 1)).toBe(Math.log(1.1) / 2);
  });
});

describe('medianOfSorted', () => {
  it.each([[[], NaN], [[3], 3], [[1, 4], 2.5], [[1, 2, 9], 2]] as const)('of %j is %d', (values, median) => {
    expect(medianOfSorted(Float64Array.from(values))).toBe(median);
  });
});
