import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { readListing, readSpreads, readTickers, readWeightLimit } from '../../../../src/sources/binance/universe/listing.js';
import { funnelText, selectUniverse } from '../../../../src/sources/binance/universe/select.js';
import { universe } from '../../../../src/sources/binance/universe/settings.js';
import { sampleJson } from '../support.js';
import { DAY_MS, listedOf, NOW_MS, viewOf } from './support.js';

const tickers = readTickers(sampleJson('ticker-24hr-20240114.json.gz'));
const listed2022 = readListing(sampleJson('exchangeInfo-20220504.json.gz'));
const listed2026 = readListing(sampleJson('exchangeInfo-20260703.json.gz'));
if (tickers === null || listed2022 === null || listed2026 === null) throw new Error('the samples cannot be read');

const select = (rules: object, listed = listed2026) => selectUniverse(listed, viewOf(rules, { tickers }));
const left = (rules: object): number => select(rules).symbols.length;

describe('selectUniverse', () => {
  it('counts what each filter removes of the recorded catalogue, and leaves the most traded first', () => {
    const { symbols, funnel, reasons } = select({});
    expect(funnel.map(({ filter, left, removed }) => [filter, left, removed])).toEqual([
      ['listed', 820, 0],
      ['contract', 698, 122],
      ['underlying', 695, 3],
      ['status', 571, 124],
      ['deny', 571, 0],
      ['allow', 571, 0],
      ['quote', 528, 43],
      ['traded', 179, 349],
      ['age', 179, 0],
      ['liquidity', 179, 0],
      ['spread', 179, 0],
      ['top', 179, 0],
    ]);
    expect(funnelText(funnel)).toBe(
      '820 listed, 698 contracts of type PERPETUAL, 695 on COIN, 571 trading now, 528 quoted in USDT, 179 traded within a day, 179 however many',
    );
    expect(symbols.slice(0, 2)).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(symbols.length + reasons.size).toBe(820);
    const volumes = symbols.map((symbol) => tickers.get(symbol)?.quoteVolume ?? 0);
    expect(volumes).toEqual([...volumes].sort((a, b) => b - a));
  });

  it('names some of those that were removed, the most traded first, and the first reason of each', () => {
    const { funnel, reasons } = select({ minHourlyQuoteVolume: 1_000_000, deny: ['BTCUSDT'] });
    const removedBy = (name: string) => funnel.find(({ filter }) => filter === name);
    expect(removedBy('deny')).toMatchObject({ removed: 1, examples: ['BTCUSDT'] });
    expect(removedBy('liquidity')?.removed).toBe(97);
    expect(removedBy('liquidity')?.examples).toHaveLength(3);
    expect(reasons.get('BTCUSDT')).toBe('deny');
  });

  it('follows no dead symbol, however large the volume it once had', () => {
    const alive = select({}, listed2022).symbols;
    expect(tickers.get('TOMOUSDT')?.quoteVolume).toBeGreaterThan(43e6);
    expect(listed2022.find(({ symbol }) => symbol === 'TOMOUSDT')).toMatchObject({ status: 'TRADING' });
    expect(alive).not.toContain('TOMOUSDT');
    const earlier = viewOf({}, { tickers, nowMs: NOW_MS - DAY_MS * 62 });
    expect(selectUniverse(listed2022, earlier).symbols).toContain('TOMOUSDT');
  });

  it('asks the filters in the order of the settings, and only those', () => {
    const { funnel } = select({ filters: ['quote', 'contract'] });
    expect(funnel.map(({ filter, left }) => [filter, left])).toEqual([['listed', 820], ['quote', 776], ['contract', 654]]); // prettier-ignore
    expect(select({ filters: [] }).symbols).toHaveLength(820);
  });

  it('survives any answer', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (symbols, other) => {
        const entries = readListing({ symbols: [symbols, other] }) ?? [];
        selectUniverse(
          entries,
          viewOf({ maxSpread: '20bp', topN: 3, minAge: '1d' }, { tickers: readTickers([other, symbols]) ?? new Map() }),
        );
        readWeightLimit(other);
        readWeightLimit({ rateLimits: symbols });
        readListing(other);
        readSpreads([symbols, other]);
      }),
    );
  });

  it('reads the allowed weight', () => {
    expect(readWeightLimit(sampleJson('exchangeInfo-20260703.json.gz'))).toBe(2_400);
  });
});

describe('each filter', () => {
  const chosen = (rules: object, listed: Parameters<typeof selectUniverse>[0], more: Parameters<typeof viewOf>[1] = {}) =>
    selectUniverse(listed, viewOf(rules, more));

  it('contract and underlying take what is named, such as metals', () => {
    const gold = listedOf('XAUUSDT', { contractType: 'TRADIFI_PERPETUAL', underlyingType: 'COMMODITY' });
    expect(chosen({}, [gold]).reasons.get('XAUUSDT')).toBe('contract');
    const both = { contractTypes: ['PERPETUAL', 'TRADIFI_PERPETUAL'], underlyingTypes: ['COIN', 'COMMODITY'] };
    expect(chosen(both, [gold]).symbols).toEqual(['XAUUSDT']);
  });

  it('contract knows spot pairs by their permissions', () => {
    const json = (more: object) =>
      readListing({
        symbols: (sampleJson('exchangeInfo-three-symbols-20260718.json') as { symbols: object[] }).symbols.map((entry) => ({
          ...entry,
          ...more,
        })),
      }) ?? [];
    const count = (more: object) => chosen({}, json(more), { market: 'spot' }).symbols.length;
    // All three stand still at the exchange (BREAK).
    expect(count({})).toBe(0);
    expect(count({ status: 'TRADING' })).toBe(3);
    expect(count({ status: 'TRADING', isSpotTradingAllowed: false, permissionSets: [['SPOT', 'MARGIN']] })).toBe(3);
    expect(count({ status: 'TRADING', isSpotTradingAllowed: false, permissionSets: [['MARGIN']] })).toBe(0);
  });

  it('status also knows the instant of a delisting', () => {
    const leaving = listedOf('OMGUSDT', { deliveryMs: NOW_MS + 1 });
    expect(chosen({}, [leaving]).symbols).toEqual(['OMGUSDT']);
    expect(chosen({}, [leaving], { nowMs: NOW_MS + 1 }).reasons.get('OMGUSDT')).toBe('status');
    expect(chosen({}, [{ ...leaving, status: 'SETTLING' }]).symbols).toEqual([]);
  });

  it('allow takes names without asking for quote asset, age, volume or spread, but not what does not trade', () => {
    expect(left({ allow: ['币安人生USDT', 'BTCUSDC', 'NOSUCHUSDT'] })).toBe(2);
    expect(left({ allow: ['1000*USDT'] })).toBe(listed2026.filter(({ symbol, status }) => /^1000.*USDT$/.test(symbol) && status === 'TRADING').length); // prettier-ignore
    const settling = listed2026.find(({ status }) => status === 'SETTLING')?.symbol;
    expect(left({ allow: [settling] })).toBe(0);
  });

  it('deny never lets pass', () => {
    expect(left({ deny: ['BTCUSDT', 'ETHUSDT'] })).toBe(177);
    expect(left({ deny: ['*'] })).toBe(0);
    expect(left({ allow: ['BTCUSDT'], deny: ['BTC*'] })).toBe(0);
  });

  it('age counts from the listing, equality passes, and what is not told passes and is counted', () => {
    const born = (onboardMs: number | null) => chosen({ minAge: '7d' }, [listedOf('A', { onboardMs })]);
    expect(born(NOW_MS - 7 * DAY_MS).symbols).toEqual(['A']);
    expect(born(NOW_MS - 7 * DAY_MS + 1).reasons.get('A')).toBe('age');
    expect(born(null).funnel.find(({ filter }) => filter === 'age')).toMatchObject({ left: 1, unknown: 1 });
  });

  it('liquidity takes in at the gate and lets go below 70 % of it, seen twice', () => {
    const at = (hourly: number, isMember: boolean, wasWeak = false) => {
      const { symbols, weak } = chosen({}, [listedOf('A')], {
        quoteVolume: () => hourly * 24,
        isMember: () => isMember,
        wasWeak: () => wasWeak,
      });
      return [symbols.length, weak.length];
    };
    expect([at(1_000, false), at(999.99, false)]).toEqual([[1, 0], [0, 0]]); // prettier-ignore
    expect([at(700, true), at(699, true), at(699, true, true)]).toEqual([[1, 0], [1, 1], [0, 0]]); // prettier-ignore
    expect(chosen({}, [listedOf('A')], { quoteVolume: () => null }).reasons.get('A')).toBe('liquidity');
  });

  it('spread compares basis points, lets pass what has no book and counts it', () => {
    const spreads = readSpreads([
      { symbol: 'TIGHT', bidPrice: '99.90', askPrice: '100.10' },
      { symbol: 'WIDE', bidPrice: '99.00', askPrice: '101.00' },
      { symbol: 'EMPTY', bidPrice: '0.00', askPrice: '0.00' },
    ]);
    expect(spreads?.get('TIGHT')).toBeCloseTo(20, 9);
    const { symbols, funnel } = chosen({ maxSpread: '20.1bp' }, ['TIGHT', 'WIDE', 'EMPTY'].map((name) => listedOf(name)), {
      spread: (symbol) => spreads?.get(symbol) ?? null,
    }); // prettier-ignore
    expect(symbols).toEqual(['EMPTY', 'TIGHT']);
    expect(funnel.find(({ filter }) => filter === 'spread')).toMatchObject({ removed: 1, unknown: 1, examples: ['WIDE'] });
  });

  it('top keeps the most traded, and a follower before one that is little larger', () => {
    const volumes = new Map([['A', 100], ['B', 90], ['C', 80], ['D', 79]]); // prettier-ignore
    const top = (topN: number, members: readonly string[] = []) =>
      chosen({ topN, minHourlyQuoteVolume: 0 }, [...volumes.keys()].map((name) => listedOf(name)), {
        quoteVolume: (symbol) => volumes.get(symbol) ?? null,
        isMember: (symbol) => members.includes(symbol),
      }).symbols; // prettier-ignore
    expect([top(2), top(9)]).toEqual([['A', 'B'], ['A', 'B', 'C', 'D']]); // prettier-ignore
    expect(top(2, ['D'])).toEqual(['A', 'D']);
    expect(top(2, ['A', 'B', 'C', 'D'])).toEqual(['A', 'B']);
  });
});

describe('the settings of the universe', () => {
  const trouble = (rules: object) =>
    universe.safeParse(rules).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  it.each([
    [{ maxSpread: 20 }, 'maxSpread: a spread with its unit, such as 20bp (hundredths of a percent)'],
    [{ maxSpread: '0bp' }, 'maxSpread: more than 0bp'],
    [{ minAge: 7 }, 'minAge: a duration with its unit, such as 30m, 1.5s or 250ms'],
    [{ ttl: '1s' }, 'ttl: at least 1m'],
    [{ filters: ['status', 'status'] }, 'filters: each filter at most once'],
    [{ deny: ['X'], filters: ['status'] }, 'deny: has no effect without deny in universe.filters'],
    [{ topN: 5, filters: [] }, 'topN: has no effect without top in universe.filters'],
  ])('refuse %j', (rules, words) => {
    expect(trouble(rules)).toEqual([words]);
  });
  it('refuse a filter that there is not, and no number of symbols', () => {
    expect(trouble({ filters: ['volume'] })).toHaveLength(1);
    expect(trouble({ topN: 0 })).toHaveLength(1);
  });
  it('are what they were without any', () => {
    expect(universe.parse({})).toMatchObject({ quoteAssets: ['USDT'], minHourlyQuoteVolume: 1_000, ttl: 3_600_000, minAge: 0 });
  });
});
