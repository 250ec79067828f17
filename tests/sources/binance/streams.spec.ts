import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, batches, controlText, streamName } from '../../../src/sources/binance/streams.js';

describe('streamName', () => {
  it.each([
    ['BTCUSDT', 'btcusdt@kline_15m'],
    ['1000SHIBUSDT', '1000shibusdt@kline_15m'],
    ['币安人生USDT', '币安人生usdt@kline_15m'],
    // Only ASCII is lowered: the exchange knows no other lower case.
    ['ΣUSDT', 'Σusdt@kline_15m'],
  ])('of %s is %s', (symbol, name) => {
    expect(streamName(symbol, '15m')).toBe(name);
  });
});

describe('batches', () => {
  it('keeps every request under 3.5 KB and 150 names, in order, without loss', () => {
    const names = fc.array(fc.string({ unit: fc.constantFrom('a', '龙', '虾', '1'), minLength: 1, maxLength: 60 }), {
      maxLength: 800,
    });
    fc.assert(
      fc.property(names, (given) => {
        const groups = batches(given);
        expect(groups.flat()).toEqual(given);
        for (const group of groups) {
          expect(group.length).toBeLessThanOrEqual(150);
          expect(Buffer.byteLength(controlText('UNSUBSCRIBE', group, 2 ** 31))).toBeLessThanOrEqual(3_500);
        }
      }),
    );
  });
  it('needs two requests for two hundred names, by number', () => {
    expect(batches(Array.from({ length: 200 }, (_, i) => `${i}@k`)).map(({ length }) => length)).toEqual([150, 50]);
  });
  it('says names as they are written', () => {
    expect(controlText('SUBSCRIBE', ['币安人生usdt@kline_1m'], 1)).toBe(
      '{"method":"SUBSCRIBE","params":["币安人生usdt@kline_1m"],"id":1}',
    );
  });
});

describe('assign', () => {
  it('keeps places, makes room, fills room, and adds sockets at the end', () => {
    const first = assign([], ['A', 'B', 'C', 'D', 'E'], 2);
    expect(first).toEqual([['A', 'B'], ['C', 'D'], ['E']]);
    expect(assign(first, ['B', 'C', 'D', 'E', 'F', 'G', 'H'], 2)).toEqual([['B', 'F'], ['C', 'D'], ['E', 'G'], ['H']]);
    expect(assign(first, ['E'], 2)).toEqual([[], [], ['E']]);
  });
  it('always carries exactly what is wanted', () => {
    const sets = fc.uniqueArray(fc.string({ maxLength: 2 }), { maxLength: 40 });
    fc.assert(
      fc.property(sets, sets, fc.integer({ min: 1, max: 7 }), (before, after, perSocket) => {
        const shards = assign(assign([], before, perSocket), after, perSocket);
        expect(shards.flat().sort()).toEqual([...after].sort());
        for (const shard of shards) expect(shard.length).toBeLessThanOrEqual(perSocket);
      }),
    );
  });
});
