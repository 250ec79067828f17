import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UniverseRules } from '../../../src/sources/binance/universe.js';
import {
  funnelText,
  isSuspicious,
  readExchangeInfo,
  readTickers,
  readWeightLimit,
  selectUniverse,
} from '../../../src/sources/binance/universe.js';
import { sampleJson } from './support.js';

const RULES: UniverseRules = { quoteAssets: ['USDT'], minHourlyQuoteVolume: 1_000, allow: [], deny: [] };
/** Just after the newest ticker of the sample. */
const NOW_MS = 1_705_262_461_000;
const tickers = readTickers(sampleJson('ticker-24hr-20240114.json.gz'));
const listed2022 = readExchangeInfo(sampleJson('exchangeInfo-20220504.json.gz'));
const listed2026 = readExchangeInfo(sampleJson('exchangeInfo-20260703.json.gz'));
if (tickers === null || listed2022 === null || listed2026 === null) throw new Error('the samples cannot be read');

const lefts = (rules: Partial<UniverseRules>, listed = listed2026) =>
  selectUniverse('usdm', listed, tickers, { ...RULES, ...rules }, NOW_MS).funnel.map(({ left }) => left);

describe('selectUniverse', () => {
  it('counts what each step leaves of the recorded catalogue', () => {
    const { symbols, funnel } = selectUniverse('usdm', listed2026, tickers, RULES, NOW_MS);
    // 820 listed: 121 shares, metals and currencies, 4 dated contracts and 3 indices are no coins.
    expect(funnelText(funnel)).toBe(
      '820 listed, 695 perpetual contracts on coins, 571 trading now, 528 quoted in USDT, 179 traded within a day, 179 with 1000 quote units an hour, 179 not denied by name',
    );
    expect(symbols).toHaveLength(179);
    expect(lefts({ minHourlyQuoteVolume: 1_000_000 }).at(-1)).toBe(82);
    expect(symbols).toContain('BTCUSDT');
    expect(symbols).toEqual([...symbols].sort());
  });

  it('follows no dead symbol, however large the volume it once had', () => {
    const alive = selectUniverse('usdm', listed2022, tickers, RULES, NOW_MS).symbols;
    expect(tickers.get('TOMOUSDT')?.quoteVolume).toBeGreaterThan(43e6);
    expect(listed2022.find(({ symbol }) => symbol === 'TOMOUSDT')).toMatchObject({ status: 'TRADING' });
    expect(alive).not.toContain('TOMOUSDT');
    expect(selectUniverse('usdm', listed2022, tickers, RULES, NOW_MS - 86_400_000 * 62).symbols).toContain('TOMOUSDT');
  });

  it('gates on hourly volume, equality counts', () => {
    const [listed] = [
      [{ symbol: 'A', contractType: 'PERPETUAL', underlyingType: 'COIN', status: 'TRADING', quoteAsset: 'USDT' }],
    ];
    const at = (quoteVolume: number) =>
      selectUniverse('usdm', listed, new Map([['A', { quoteVolume, closeTimeMs: NOW_MS }]]), RULES, NOW_MS).symbols;
    expect(at(24_000)).toEqual(['A']);
    expect(at(23_999.99)).toEqual([]);
    expect(selectUniverse('usdm', listed, new Map(), RULES, NOW_MS).symbols).toEqual([]);
  });

  it('takes names that are allowed without asking for volume or quote asset, but not what does not trade', () => {
    expect(lefts({ allow: ['币安人生USDT', 'BTCUSDC', 'NOSUCHUSDT'] }).at(-1)).toBe(2);
    const settling = listed2026.find(({ status }) => status === 'SETTLING')?.symbol as string;
    expect(lefts({ allow: [settling] }).at(-1)).toBe(0);
  });

  it('never takes what is denied', () => {
    expect(lefts({ deny: ['BTCUSDT', 'ETHUSDT'] }).at(-1)).toBe(177);
    expect(lefts({ allow: ['BTCUSDT'], deny: ['BTCUSDT'] }).at(-1)).toBe(0);
  });

  it('knows spot pairs by their permissions', () => {
    const recorded = readExchangeInfo(sampleJson('exchangeInfo-three-symbols-20260718.json')) ?? [];
    const all = new Map(recorded.map(({ symbol }) => [symbol as string, { quoteVolume: 1e9, closeTimeMs: NOW_MS }]));
    const left = (more: object) =>
      selectUniverse(
        'spot',
        recorded.map((entry) => ({ ...entry, ...more })),
        all,
        RULES,
        NOW_MS,
      ).funnel.map(({ left }) => left);
    // All three stand still at the exchange (BREAK).
    expect(left({})).toEqual([3, 3, 0, 0, 0, 0, 0]);
    expect(left({ status: 'TRADING' }).at(-1)).toBe(3);
    expect(left({ status: 'TRADING', isSpotTradingAllowed: false, permissionSets: [['SPOT', 'MARGIN']] }).at(-1)).toBe(3);
    expect(left({ status: 'TRADING', isSpotTradingAllowed: false, permissionSets: [['MARGIN']] }).at(-1)).toBe(0);
  });

  it('survives any answer', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (symbols, other) => {
        const entries = readExchangeInfo({ symbols: [symbols, other] }) ?? [];
        selectUniverse('usdm', entries, readTickers([other, symbols]) ?? new Map(), RULES, NOW_MS);
        readWeightLimit(other);
        readWeightLimit({ rateLimits: symbols });
        readExchangeInfo(other);
      }),
    );
  });

  it('reads the allowed weight', () => {
    expect(readWeightLimit(sampleJson('exchangeInfo-20260703.json.gz'))).toBe(2_400);
  });

  it('is not fooled by an answer that has lost more than a fifth', () => {
    const known = ['A', 'B', 'C', 'D', 'E'];
    expect([['A', 'B', 'C', 'D'], ['A', 'B', 'C'], []].map((next) => isSuspicious(known, next))).toEqual([false, true, true]);
  });
});
