import fc from 'fast-check';
import { NEVER, defer, delay, map, of, tap, timer } from 'rxjs';
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
    governor.observe(70, governor.minute(), 0);
    governor.observe(3, governor.minute(), 0);
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

  it('counts what is on its way at the end of a minute, and what was sent shortly before it, in both minutes', () => {
    const { governor, ask, sent, wireTime } = world();
    wireTime.advanceTo(START_MS + 49_000);
    const slow = governor.run(50, 'refill', NEVER).subscribe();
    wireTime.advanceTo(START_MS + 49_900);
    ask('shortly before', 20);
    wireTime.advanceTo(START_MS + 50_250);
    ask('fits', 10);
    ask('does not', 10);
    expect(sent.map(({ name }) => name)).toEqual(['shortly before', 'fits']);
    expect(governor.allowance()).toEqual({ usedWeight: 80, ceiling: 80, nextMinuteMs: 60_000 });
    slow.unsubscribe();
    wireTime.advanceTo(START_MS + 110_250);
    expect(sent).toHaveLength(3);
  });

  it('does not hear what an answer says of an earlier minute', () => {
    const { governor, wireTime, ask, sent } = world();
    const before = governor.minute();
    wireTime.advanceTo(START_MS + 50_300);
    governor.observe(80, before, 0);
    ask('new', 20);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['back by an hour', -3_600_000],
    ['ahead by half a minute', 30_000],
  ])('starts no new minute when its clock is moved %s', (_, movedMs) => {
    const wireTime = createVirtualClock(START_MS);
    let offsetMs = 0;
    const governor = createGovernor({
      ...{ weightPerMinute: 100, sharePercent: 80, concurrency: 10, wireTime },
      exchangeTime: () => wireTime.now() + offsetMs,
    });
    let sent = 0;
    const ask = () =>
      governor
        .run(
          40,
          'refill',
          defer(() => of(sent++)),
        )
        .subscribe();
    ask();
    ask();
    wireTime.advanceTo(START_MS + 25_000);
    offsetMs = movedMs;
    ask();
    wireTime.advanceTo(START_MS + 25_001);
    expect(sent).toBe(2);
    wireTime.advanceTo(START_MS + 25_000 + 60_250);
    expect(sent).toBe(3);
  });

  it('lets those go who cannot wait so long, whether they ask before or after', () => {
    const { governor, wireTime } = world({ concurrency: 1 });
    const gone: string[] = [];
    const ask = (name: string, patienceMs?: number) =>
      governor
        .run(1, 'refill', NEVER, patienceMs)
        .subscribe({ error: (error: unknown) => gone.push(`${name}: ${(error as Error).message}`) });
    ask('running');
    ask('before', 60_000);
    ask('patient');
    governor.pause(wireTime.now() + 600_000);
    ask('after', 599_999);
    ask('just', 600_000);
    expect(gone).toEqual(['before: not to be asked for 10 min', 'after: not to be asked for 10 min']);
    expect(governor.status().waiting).toBe(2);
  });

  it('waits no time that is none', () => {
    const { governor, ask, sent } = world();
    governor.pause(Number.NaN);
    ask('at once', 1);
    expect(sent).toHaveLength(1);
  });

  it('never goes beyond its share in any minute of the exchange, keeps to the order of urgency, and sends all in the end', () => {
    const request = fc.record({
      weight: fc.integer({ min: 1, max: 40 }),
      // Many around the first end of a minute, which lies 50 s after the start.
      atMs: fc.oneof(fc.nat(150_000), fc.integer({ min: 47_000, max: 51_000 })),
      priority: fc.constantFrom<Priority>('refill', 'warm-up', 'catalogue'),
      /** One way to the exchange. */
      wayMs: fc.nat(3_000),
    });
    const stranger = fc.record({ weight: fc.integer({ min: 1, max: 60 }), atMs: fc.nat(150_000) });
    const given = fc.record({
      requests: fc.array(request, { maxLength: 25 }),
      strangers: fc.array(stranger, { maxLength: 5 }),
      concurrency: fc.integer({ min: 1, max: 8 }),
      skewMs: fc.integer({ min: -200, max: 200 }),
    });
    const urgency = ['refill', 'warm-up', 'catalogue'];
    fc.assert(
      fc.property(given, ({ requests, strangers, concurrency, skewMs }) => {
        const { governor, wireTime } = world({ concurrency });
        const waiting = new Map<object, Priority>();
        const ours = new Map<number, number>();
        const counted = new Map<number, number>();
        const heard = new Map<number, number>();
        let answered = 0;
        // The exchange counts when a request arrives, on a clock that is not quite ours.
        const count = (weight: number, isOurs: boolean): number => {
          const minute = Math.floor((wireTime.now() + skewMs) / 60_000);
          counted.set(minute, (counted.get(minute) ?? 0) + weight);
          if (isOurs) ours.set(minute, (ours.get(minute) ?? 0) + weight);
          return counted.get(minute) ?? 0;
        };
        for (const { weight, atMs } of strangers) wireTime.schedule(() => void count(weight, false), atMs);
        for (const { weight, atMs, priority, wayMs } of requests) {
          const key = {};
          const work$ = defer(() => {
            waiting.delete(key);
            const more = [...waiting.values()].filter((other) => urgency.indexOf(other) < urgency.indexOf(priority));
            expect(more).toEqual([]);
            const minute = governor.minute();
            // What the exchange has said of this minute, strangers included, leaves room for it.
            const said = heard.get(minute) ?? 0;
            if (said > 0) expect(said + weight).toBeLessThanOrEqual(80);
            return timer(wayMs, wireTime).pipe(
              map(() => count(weight, true)),
              delay(wayMs, wireTime),
              tap((used) => {
                governor.observe(used, minute, weight);
                if (minute === governor.minute()) heard.set(minute, used);
              }),
            );
          });
          wireTime.schedule(() => {
            waiting.set(key, priority);
            governor.run(weight, priority, work$).subscribe({ complete: () => answered++ });
          }, atMs);
        }
        wireTime.advanceTo(START_MS + 7_200_000);
        expect(answered).toBe(requests.length);
        for (const used of ours.values()) expect(used).toBeLessThanOrEqual(80);
      }),
      { numRuns: 300 },
    );
  });
});
