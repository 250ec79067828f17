import fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ClockBreak } from '../../src/ports/context.js';
import { clockBreaks } from '../../src/runtime/clock-breaks.js';
import { clampWaitMs, createMarketClock } from '../../src/runtime/market-clock.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';

const HOUR_MS = 3_600_000;
const EPOCH_MS = Date.UTC(2026, 2, 29, 0, 59);

/** A machine whose clocks a test moves. Its timers run on the monotonic one. */
const machine = () => {
  const scheduler = createVirtualClock();
  const state = { wallOffsetMs: EPOCH_MS, sleptMs: 0 };
  const clocks = {
    monotonicMs: () => scheduler.now() + state.sleptMs,
    wallMs: () => scheduler.now() + state.wallOffsetMs,
  };
  const breaks: ClockBreak[] = [];
  clockBreaks(clocks, scheduler).subscribe((one) => breaks.push(one));
  return { scheduler, state, clocks, breaks };
};

describe('the clocks of a machine', () => {
  it.each([HOUR_MS, -HOUR_MS])(
    'F44: a wall clock that jumps by %d ms moves no clock of the monitor, and is noticed once',
    (jumpMs) => {
      const { scheduler, state, clocks, breaks } = machine();
      const clock = createMarketClock(1, clocks);
      scheduler.advanceTo(60_000);
      const before = clock.now();
      state.wallOffsetMs += jumpMs;
      expect(clock.now()).toBe(before);
      scheduler.advanceTo(120_000);
      expect(clock.now()).toBe(before + 60_000);
      expect(breaks).toEqual([{ kind: 'moved', ms: jumpMs }]);
    },
  );

  it('F45: ten minutes in which the process did not run are noticed by the monotonic clock', () => {
    const { scheduler, state, breaks } = machine();
    scheduler.advanceTo(12_000);
    state.sleptMs += 10 * 60_000;
    state.wallOffsetMs += 10 * 60_000;
    scheduler.advanceTo(15_000);
    expect(breaks).toEqual([{ kind: 'stopped', ms: 10 * 60_000 }]);
  });

  it('F45: ten minutes of sleep that stopped the monotonic clock too are noticed by the wall clock', () => {
    const { scheduler, state, breaks } = machine();
    scheduler.advanceTo(12_000);
    state.wallOffsetMs += 10 * 60_000;
    scheduler.advanceTo(15_000);
    expect(breaks).toEqual([{ kind: 'moved', ms: 10 * 60_000 }]);
  });

  it('F24, F46: a busy process and a clock that is slewed are no breaks', () => {
    const { scheduler, state, breaks } = machine();
    for (let at = 5_000; at < HOUR_MS; at += 5_000) {
      state.sleptMs += at % 60_000 === 0 ? 5_000 : 0;
      state.wallOffsetMs += (at % 60_000 === 0 ? 5_000 : 0) + 2.5;
      scheduler.advanceTo(at);
    }
    expect(breaks).toEqual([]);
  });

  it('F48: every wait is between nothing and an hour', () => {
    fc.assert(
      fc.property(fc.double(), (ms) => {
        expect(clampWaitMs(ms)).toBe(Number.isNaN(ms) ? 0 : Math.min(HOUR_MS, Math.max(0, ms)) + 0);
      }),
    );
    for (const ms of [Number.NaN, -1, -Infinity]) expect(clampWaitMs(ms)).toBe(0);
    for (const ms of [Infinity, 3e9, HOUR_MS + 1]) expect(clampWaitMs(ms)).toBe(HOUR_MS);
  });

  it('F48: a wait beyond what the platform can keep does not fire at once', async () => {
    const clock = createMarketClock();
    const fired: string[] = [];
    const late = [3e9, Infinity, 25 * 86_400_000].map((ms) => clock.schedule(() => fired.push(`${ms}`), ms));
    await new Promise<void>((resolve) => clock.schedule(() => resolve(), Number.NaN));
    await new Promise<void>((resolve) => clock.schedule(() => resolve(), 20));
    for (const wait of late) wait.unsubscribe();
    expect(fired).toEqual([]);
  });

  it('follows no time that is none', () => {
    const { clocks } = machine();
    const clock = createMarketClock(1, clocks);
    clock.follow(Number.NaN);
    clock.follow(Infinity);
    expect(clock.now()).toBe(EPOCH_MS);
    clock.follow(1_000);
    expect(clock.now()).toBe(1_000);
  });

  it('tells nothing to a machine that behaves', async () => {
    const { scheduler, clocks } = machine();
    const first = firstValueFrom(clockBreaks(clocks, scheduler), { defaultValue: null });
    scheduler.advanceTo(HOUR_MS);
    expect(await Promise.race([first, Promise.resolve('nothing')])).toBe('nothing');
  });
});
