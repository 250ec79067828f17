import { describe, expect, it } from 'vitest';
import { contractInfoOf } from '../../../../src/sources/binance/universe/contract-info.js';
import { createNewcomers } from '../../../../src/sources/binance/universe/newcomers.js';
import { nextChangeMs } from '../../../../src/sources/binance/universe/next-change.js';
import { createReadings } from '../../../../src/sources/binance/universe/readings.js';
import { createRumours } from '../../../../src/sources/binance/universe/rumours.js';
import { listedOf } from './support.js';

const HOUR_MS = 3_600_000;
const day = (volumes: Readonly<Record<string, number>>) =>
  new Map(Object.entries(volumes).map(([symbol, quoteVolume]) => [symbol, { quoteVolume, closeTimeMs: null }]));

describe('createReadings', () => {
  it('tells a volume that ended before the move: one that is at least an age old', () => {
    const readings = createReadings(HOUR_MS);
    const told: (number | null)[] = [];
    [10, 20, 9_000, 9_100].forEach((volume, hour) => {
      readings.add(day({ A: volume }), hour * HOUR_MS);
      told.push(readings.volumes(hour * HOUR_MS)('A'));
    });
    // The pump of the third hour counts from the fourth on.
    expect(told).toEqual([10, 10, 20, 9_000]);
  });

  it('takes what is said now for who was not listed then', () => {
    const readings = createReadings(HOUR_MS);
    readings.add(day({ A: 1 }), 0);
    readings.add(day({ A: 2, B: 5 }), HOUR_MS);
    readings.add(day({ A: 3, B: 6, C: 7 }), 1.1 * HOUR_MS);
    const volumes = readings.volumes(1.1 * HOUR_MS);
    expect([volumes('A'), volumes('B'), volumes('C'), volumes('D')]).toEqual([1, 6, 7, null]);
  });

  it('takes in fresher figures of some', () => {
    const readings = createReadings(HOUR_MS);
    readings.add(day({ A: 1, B: 1 }), 0);
    readings.freshen(day({ B: 2 }), HOUR_MS / 2);
    const volumes = readings.volumes(1.5 * HOUR_MS);
    expect([volumes('A'), volumes('B')]).toEqual([1, 2]);
  });
});

describe('contractInfoOf', () => {
  it('reads the event of USD-M and no other', () => {
    const event = { e: 'contractInfo', E: 1669356423908, s: 'IOTAUSDT', ct: 'PERPETUAL', cs: 'TRADING', st: 1 };
    expect(contractInfoOf(event)).toEqual({ symbol: 'IOTAUSDT', status: 'TRADING' });
    expect(contractInfoOf({ ...event, st: undefined })).not.toBeNull();
    for (const other of [
      { ...event, st: 2 },
      { ...event, e: 'kline' },
      { ...event, s: 1 },
      { ...event, cs: null },
      null,
      [],
      'x',
    ])
      expect(contractInfoOf(other)).toBeNull();
  });
});

describe('createRumours', () => {
  it('believes an announcement until the list shows it, or for ten minutes', () => {
    const rumours = createRumours();
    const list = [listedOf('A'), listedOf('B')];
    rumours.apply(list, 0);
    expect(rumours.hear({ symbol: 'A', status: 'TRADING' }, 0)).toBe(false);
    expect(rumours.hear({ symbol: 'A', status: 'SETTLING' }, 0)).toBe(true);
    expect(rumours.hear({ symbol: 'A', status: 'SETTLING' }, 0)).toBe(false);
    expect(rumours.apply(list, 1).map(({ status }) => status)).toEqual(['SETTLING', 'TRADING']);
    expect(rumours.lookAgainMs()).toBe(60_000);
    expect(rumours.apply(list, 600_001).map(({ status }) => status)).toEqual(['TRADING', 'TRADING']);
    expect(rumours.lookAgainMs()).toBeNull();
  });
});

describe('nextChangeMs', () => {
  it('knows when a contract begins, a moment late, and when one ends', () => {
    expect(nextChangeMs([listedOf('A'), listedOf('B', { deliveryMs: 4_133_404_800_000 })], 4_133_404_799_000)).toBe(1_000);
    expect(nextChangeMs([listedOf('A', { status: 'PENDING_TRADING', onboardMs: 50_000 })], 10_000)).toBe(55_000);
    expect(
      nextChangeMs([listedOf('A', { status: 'SETTLING', deliveryMs: 50_000 }), listedOf('B', { deliveryMs: 5 })], 10_000),
    ).toBeNull();
  });
});

describe('createNewcomers', () => {
  it('are looked at often while they have begun to trade and lack nothing but trades', () => {
    const newcomers = createNewcomers(HOUR_MS);
    const young = [listedOf('A'), listedOf('NEW')];
    const waits = (reason: 'liquidity' | 'quote' | null, nowMs: number): number | null => {
      newcomers.take(young, new Map(reason === null ? [] : [['NEW', reason]]), nowMs);
      return newcomers.lookAgainMs();
    };
    newcomers.take([listedOf('A')], new Map([['A', 'liquidity']]), 0);
    expect(newcomers.lookAgainMs()).toBeNull();
    expect([waits('liquidity', 1_000), waits('liquidity', 61_000), waits(null, 121_000)]).toEqual([60_000, 60_000, null]);
    expect(waits('liquidity', 181_000)).toBeNull();
    const others = createNewcomers(HOUR_MS);
    others.take([], new Map(), 0);
    others.take(young, new Map([['NEW', 'quote']]), 1_000);
    expect(others.lookAgainMs()).toBeNull();
    others.take([listedOf('A')], new Map(), 2_000);
    others.take(young, new Map([['NEW', 'traded']]), 3_000);
    expect(others.lookAgainMs()).toBe(60_000);
    others.take(young, new Map([['NEW', 'traded']]), 3_000 + HOUR_MS);
    expect(others.lookAgainMs()).toBeNull();
  });
});
