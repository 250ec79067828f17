import { describe, expect, it } from 'vitest';
import type { Condition } from '../../../src/model/verdict.js';
import { distanceOf, nearest, shortfallOf } from '../../../src/telemetry/decisions/nearness.js';
import { atLeast, atMost, closeOf, judgedAt, recorded, saying, without } from './closes.js';

const at = (path: string, condition: Condition): Condition => ({ ...condition, path });

describe('how near a miss was', () => {
  it.each([
    ['a condition that passed is not short', atLeast('m_1', 4, 3), 0],
    ['what is missing, over what it takes', atLeast('m_1', 2.7, 3), 0.1],
    ['the same in the other direction', atMost('m_1', -2.7, -3), 0.1],
    ['far on the other side', atMost('m_1', 3, -3), 2],
    ['a threshold of 0 has no size', atLeast('trend_state', -1, 0), 1],
    ['a strict comparison that fails at its threshold', { ...atLeast('x', 3, 3), passed: false }, 0],
    ['no value, no distance', without('m_1', 3, 'warmup'), null],
    ['no value, and let pass all the same', { ...without('liquidityPerHour', 3, 'no-data'), passed: true }, 0],
  ])('%s', (_, condition, expected) => {
    const shortfall = shortfallOf(condition);
    if (expected === null) expect(shortfall).toBeNull();
    else expect(shortfall).toBeCloseTo(expected, 12);
  });

  it('is the largest shortfall: all would have had to pass', () => {
    expect(distanceOf(saying([atLeast('a', 2.7, 3), atLeast('b', 5, 10), atLeast('c', 9, 3)]))).toBeCloseTo(0.5, 12);
  });

  it('has no unit: prices a thousand times as high change nothing', () => {
    const near = (scale: number) => distanceOf(saying([atLeast('a', 2.7 * scale, 3 * scale)]));
    expect(near(1_000)).toBeCloseTo(near(1) as number, 12);
  });

  it('is not known without a value, and nothing for what fired', () => {
    expect(distanceOf(saying([atLeast('a', 2.9, 3), without('b', 1, 'gap')]))).toBeNull();
    expect(distanceOf(saying([atLeast('a', 4, 3)]))).toBeNull();
  });

  it('takes the nearest where one is enough, and the farthest where all are needed', () => {
    const nested = [
      at('when.0', atLeast('a', 8, 10)),
      at('when.1.any.0', atLeast('b', 5, 10)),
      at('when.1.any.1.all.0', atLeast('c', 9, 10)),
      at('when.1.any.1.all.1', atLeast('d', 7, 10)),
      at('when.1.any.2', without('e', 10, 'warmup')),
      atLeast('warm', 300, 294),
    ];
    expect(distanceOf(saying(nested))).toBeCloseTo(0.3, 12);
    expect(distanceOf(saying([...nested.slice(0, 4), without('warm', 294, 'no-data')]))).toBeNull();
    const passing = [
      at('when.0.any.0', atLeast('b', 5, 10)),
      at('when.0.any.1', atLeast('c', 11, 10)),
      atLeast('warm', 147, 294),
    ];
    expect(distanceOf(saying(passing))).toBeCloseTo(0.5, 12);
  });
});

const missAt = (index: number, symbol: string, value: number) =>
  judgedAt(index, symbol, {}, [saying([atLeast('a', value, 100)], { fired: value >= 100 })]);

describe('the nearest misses', () => {
  const closes = [
    closeOf(1, [missAt(1, 'A', 50), missAt(1, 'B', 90), missAt(1, 'C', 120)]),
    closeOf(2, [missAt(2, 'A', 90), missAt(2, 'B', 99), missAt(2, 'C', 90)]),
    closeOf(2, [missAt(2, 'D', 99.9)], { revision: true }),
  ].map(recorded);
  const told = (misses: ReturnType<typeof nearest>): string =>
    misses.map(({ symbol, openTimeMs }) => symbol + (openTimeMs === closes[0]?.openTimeMs ? 1 : 2)).join(' ');

  it('come nearest first, the later of equal ones first, then by symbol; no fire, and no correction', () => {
    expect(told(nearest([], closes, 10))).toBe('B2 A2 C2 B1 A1');
  });

  it('are the same whether the closes come at once or one by one', () => {
    const many = Array.from({ length: 40 }, (_, i) =>
      recorded(
        closeOf(
          i,
          ['A', 'B', 'C', 'D'].map((symbol, j) => missAt(i, symbol, (i * 37 + j * 61) % 100)),
        ),
      ),
    );
    const once = nearest([], many, 10);
    const piecemeal = many.reduce<ReturnType<typeof nearest>>((known, close) => nearest(known, [close], 10), []);
    expect(piecemeal).toStrictEqual(once);
    expect(once).toHaveLength(10);
  });

  it('may be asked of a part', () => {
    expect(told(nearest([], closes, 2, ({ symbol }) => symbol !== 'B'))).toBe('A2 C2');
  });
});
