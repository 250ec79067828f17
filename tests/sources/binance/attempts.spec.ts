import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { createAttempts } from '../../../src/sources/binance/attempts.js';
import { createTurns } from '../../../src/sources/binance/turns.js';

describe('attempts', () => {
  it('come in turn, and wait while the host has asked for a pause, also those that were under way', () => {
    const clock = createVirtualClock(0);
    const { turn, hold } = createAttempts(createTurns(2_000, clock), clock);
    const times: number[] = [];
    for (let i = 0; i < 3; i++) turn().subscribe(() => times.push(clock.now()));
    clock.advanceTo(100);
    expect(times).toEqual([0]);
    hold(60_000);
    hold(1_000);
    clock.advanceTo(60_000);
    expect(times).toEqual([0]);
    clock.advanceTo(70_000);
    expect(times).toEqual([0, 60_100, 62_100]);
  });
});
