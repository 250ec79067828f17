import fc from 'fast-check';
import { NEVER, defer, of, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import type { Priority } from '../../../src/sources/binance/weight.js';
import { createGovernor } from '../../../src/sources/binance/weight.js';

/** 2026-01-01 00:00:10 UTC. */
const START_MS = Date.UTC(2026, 0, 1, 0, 0, 10);

const world = (more: { weightPerMinute?: number; concurrency?: number } = {}) => {
  const wireTime = createVirtualClock(START_MS);
  let spent = 0;
  const governor = createGovernor({
    weightPerMinute: 100,
    sharePercent: 80,
    concurrency: 100,
    wireTime,
    spent: () => spent++,
    ...more,
  });
  const sent: { name: string; weight: number; atMs: number }[] = [];
  /** Asks at once; the answer takes 20 ms. */
  const ask = (name: string, weight: number, priority: Priority = 'warm-up') =>
    governor
      .run(
        weight,
        priority,
        defer(() => {
          sent.push({ name, weight, atMs: wireTime.now() - START_MS });
          return timer(20, wireTime);
        }),
      )
      .subscribe();
  return { wireTime, governor, sent, ask, spent: () => spent };
};

describe('the weight governor', () => {
  it('spends its share of a minute and no more, and goes on in the next', () => {
    const { ask, sent, wireTime, spent } = world();
    for (let i = 0; i < 10; i++) ask(`r${i}`, 20);
    wireTime.advanceTo(START_MS + 30_000);
    expect(sent).toHaveLength(4);
    expect(spent()).toBeGreaterThan(0);
    wireTime.advanceTo(START_MS + 50_249);
    expect(sent).toHaveLength(4);
    wireTime.advanceTo(START_MS + 50_250);
    expect(sent).toHaveLength(8);
    wireTime.advanceTo(START_MS + 200_000);
    expect(sent).toHaveLength(10);
  });

  it('sends what closes a hole before what warms up, and that before the catalogue', () => {
    const { ask, sent, wireTime } = world({ concurrency: 1 });
    ask('first', 1);
    ask('catalogue', 1, 'catalogue');
    ask('warm-up', 1, 'warm-up');
    ask('refill', 1, 'refill');
    wireTime.advanceTo(START_MS + 1_000);
    expect(sent.map(({ name }) => name)).toEqual(['first', 'refill', 'warm-up', 'catalogue']);
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 20, 40, 60]);
  });

  it('believes the exchange when it has counted more, not when it has counted less', () => {
    const { ask, sent, governor } = world();
    governor.observe(70);
    governor.observe(3);
    ask('fits', 10);
    ask('does not', 10);
    expect(sent.map(({ name }) => name)).toEqual(['fits']);
  });

  it('sends nothing while it is paused, not even after days', () => {
    const { ask, sent, governor, wireTime } = world();
    governor.pause(wireTime.now() + 3 * 86_400_000);
    ask('banned', 1);
    wireTime.advanceTo(START_MS + 3 * 86_400_000 - 1);
    expect(sent).toEqual([]);
    wireTime.advanceTo(START_MS + 3 * 86_400_000);
    expect(sent).toHaveLength(1);
  });

  it('lets a request that is heavier than the share go alone', () => {
    const { ask, sent } = world();
    ask('heavy', 90);
    ask('light', 1);
    expect(sent.map(({ name }) => name)).toEqual(['heavy']);
  });

  it('frees the place of whoever leaves, waiting or on the way, and leaves no timer behind', () => {
    const { wireTime, governor, ask, sent } = world({ concurrency: 1 });
    const running = governor.run(1, 'refill', NEVER).subscribe();
    const waiting = governor.run(1, 'refill', NEVER).subscribe();
    ask('next', 1);
    waiting.unsubscribe();
    running.unsubscribe();
    expect(sent.map(({ name }) => name)).toEqual(['next']);
    governor.pause(wireTime.now() + 1e9);
    const paused = governor.run(1, 'refill', NEVER).subscribe();
    wireTime.advanceTo(START_MS + 100);
    paused.unsubscribe();
    expect(governor.status().waiting).toBe(0);
    wireTime.advanceTo(START_MS + 2e9);
    expect(wireTime.pending()).toBe(0);
  });

  it('does not recurse when answers come at once', () => {
    const { governor } = world({ weightPerMinute: 1e9, concurrency: 1 });
    let answers = 0;
    const held = governor.run(1, 'refill', NEVER).subscribe();
    for (let i = 0; i < 20_000; i++) governor.run(1, 'refill', of(0)).subscribe(() => answers++);
    held.unsubscribe();
    expect(answers).toBe(20_000);
  });

  it('never spends more than its share in any minute of the clock, and sends all in the end', () => {
    const requests = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 40 }), atMs: fc.nat(90_000) }), { maxLength: 60 });
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 5 }), (given, concurrency) => {
        const { ask, sent, wireTime } = world({ concurrency });
        for (const { weight, atMs } of given) wireTime.schedule(() => void ask('r', weight), atMs);
        wireTime.advanceTo(START_MS + 3_600_000);
        expect(sent).toHaveLength(given.length);
        const perMinute = new Map<number, number>();
        for (const { weight, atMs } of sent) {
          const minute = Math.floor((START_MS + atMs) / 60_000);
          perMinute.set(minute, (perMinute.get(minute) ?? 0) + weight);
        }
        for (const used of perMinute.values()) expect(used).toBeLessThanOrEqual(80);
      }),
    );
  });
});
