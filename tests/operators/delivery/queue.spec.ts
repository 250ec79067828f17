import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import type { Pending } from '../../../src/model/delivery.js';
import { createQueue, LATE_MS } from '../../../src/operators/delivery/queue.js';
import { createRest } from '../../../src/operators/delivery/rest.js';
import { alertAt, rowOf } from '../../support/parts.js';

let count = 0;
const pending = (symbol: string, strength: number | null = null, attempts = 0): Pending => {
  const made: Alert = {
    ...alertAt(count++, symbol),
    ...(strength === null ? {} : { strength: { value: strength, coverage: 1, version: 1, parts: [] } }),
  };
  return { alert: made, delivery: rowOf(made, { attempts }) };
};
const symbolsOf = (rows: readonly Pending[]): string => rows.map(({ alert }) => alert.symbol).join('');

const queueOf = (rows: readonly Pending[], { limit = 100, batchMax = 10 } = {}) => {
  const queue = createQueue({ limit, batchMax });
  const leftOut = rows.flatMap((row) => queue.add(row, 0));
  return { queue, leftOut };
};

describe('a queue', () => {
  it('gives first what came first, as many as a message takes', () => {
    const { queue } = queueOf([pending('A', 1), pending('B', 9), pending('A', 5), pending('C', 2)], { batchMax: 3 });
    expect([symbolsOf(queue.next(0)), symbolsOf(queue.next(0)), symbolsOf(queue.next(0))]).toStrictEqual(['ABA', 'C', '']);
  });

  it.each([
    ['exactly as long as is no delay', LATE_MS, 'ABCD'],
    ['longer, gives the strongest first', LATE_MS + 1, 'DBAC'],
  ])('when one has waited %s', (_, nowMs, expected) => {
    const { queue } = queueOf([pending('A', 3), pending('B', 5), pending('C'), pending('D', 9)]);
    expect(symbolsOf(queue.next(nowMs))).toBe(expected);
  });

  it('lets no alert overtake an earlier one of its symbol, however strong it is', () => {
    const { queue } = queueOf([pending('A', 1), pending('B', 5), pending('A', 9)]);
    expect(symbolsOf(queue.next(LATE_MS + 1))).toBe('BAA');
  });

  it('takes the whole market for stronger than every symbol', () => {
    const market = pending('*', null);
    const { queue } = queueOf([pending('A', 9), { ...market, alert: { ...market.alert, kind: 'market' } }]);
    expect(symbolsOf(queue.next(LATE_MS + 1))).toBe('*A');
  });

  it('leaves out the weakest that was never sent, of equals the last', () => {
    const { queue, leftOut } = queueOf([pending('A', 5), pending('B', 2, 1), pending('C', 3), pending('D', 3), pending('E', 9)], { limit: 3 });
    expect([symbolsOf(leftOut), symbolsOf(queue.all())]).toStrictEqual(['DC', 'ABE']);
  });

  it('holds more than its limit rather than leave out what may have arrived', () => {
    const { queue, leftOut } = queueOf([pending('A', 1, 1), pending('B', 1, 1)], { limit: 1 });
    expect([symbolsOf(leftOut), symbolsOf(queue.all())]).toStrictEqual(['', 'AB']);
  });

  it('gives back its old place to what is to be sent again', () => {
    const { queue } = queueOf([pending('A'), pending('B'), pending('C')], { batchMax: 2 });
    queue.again(queue.next(0));
    expect(symbolsOf(queue.next(0))).toBe('AB');
  });

  it('lets those that were refused together share smaller messages only', () => {
    const { queue } = queueOf([...'ABCD'].map((symbol) => pending(symbol)), { batchMax: 4 });
    queue.again(queue.next(0).map((row) => ({ ...row, among: 2 })));
    queue.add(pending('E'), 0);
    expect([0, 0, 0].map(() => symbolsOf(queue.next(0)))).toStrictEqual(['AB', 'CD', 'E']);
  });

  it('gives alone what has no place among others', () => {
    const queue = createQueue({ limit: 9, batchMax: 9, isToldAlone: ({ symbol }) => symbol === 'C' });
    for (const symbol of 'ABCD') queue.add(pending(symbol), 0);
    expect([0, 0, 0].map(() => symbolsOf(queue.next(0)))).toStrictEqual(['AB', 'C', 'D']);
  });

  it('loses nothing, repeats nothing and keeps the order of every symbol, whatever comes', () => {
    const row = fc.record({ symbol: fc.constantFrom(...'ABCDE'), strength: fc.option(fc.nat(10)), tried: fc.boolean() });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 30 }), fc.nat(LATE_MS * 2), (given, batchMax, limit, nowMs) => {
        const rows = given.map(({ symbol, strength, tried }) => pending(symbol, strength, tried ? 1 : 0));
        const { queue, leftOut } = queueOf(rows, { batchMax, limit });
        const told: Pending[] = [];
        for (let batch = queue.next(nowMs); batch.length > 0; batch = queue.next(nowMs)) {
          expect(batch.length).toBeLessThanOrEqual(batchMax);
          told.push(...batch);
        }
        expect([...told, ...leftOut].map(({ alert }) => alert.id).sort()).toStrictEqual(rows.map(({ alert }) => alert.id).sort());
        for (const symbol of 'ABCDE') {
          const times = told.filter(({ alert }) => alert.symbol === symbol).map(({ alert }) => alert.openTimeMs);
          expect(times).toStrictEqual([...times].sort((a, b) => a - b));
        }
        expect(leftOut.every(({ delivery }) => delivery.attempts === 0)).toBe(true);
      }),
    );
  });
});

describe('a rest', () => {
  it.each([
    ['lasts as long as it is told to', 5_000, 1_000, 4_000],
    ['is over at its end', 5_000, 5_000, 0],
    ['is never longer than it was, when the clock is set back', 5_000, -3_600_000, 5_000],
    ['is over when the clock is set ahead', 5_000, 3_600_000, 0],
    ['is an hour at most', 86_400_000, 0, 3_600_000],
    ['is an hour when it should have no end', Infinity, 0, 3_600_000],
    ['is none when it is no time', NaN, 0, 0],
    ['is none when it is negative', -5_000, 0, 0],
  ])('%s', (_, ms, passedMs, leftMs) => {
    const rest = createRest();
    rest.begin(ms, 1_000_000);
    expect(rest.leftMs(1_000_000 + passedMs)).toBe(leftMs);
  });

  it('can be ended', () => {
    const rest = createRest();
    rest.begin(5_000, 0);
    rest.end();
    expect(rest.leftMs(0)).toBe(0);
  });
});
