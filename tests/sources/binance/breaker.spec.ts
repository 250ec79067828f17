import { describe, expect, it } from 'vitest';
import { createBreaker } from '../../../src/sources/binance/breaker.js';

describe('the breaker', () => {
  const failing = (times: number, nowMs = 0) => {
    const breaker = createBreaker(() => 1 - Number.EPSILON);
    for (let i = 0; i < times; i++) breaker.failed(nowMs);
    return breaker;
  };

  it('lets all through until five have failed in a row', () => {
    expect(failing(4).limit(0)).toBe(Infinity);
    expect(failing(5).limit(0)).toBe(0);
    const breaker = failing(4);
    breaker.answered();
    for (let i = 0; i < 4; i++) breaker.failed(0);
    expect(breaker.limit(0)).toBe(Infinity);
  });

  it('then lets one try after a pause that doubles to a minute, and all when it is answered', () => {
    const breaker = failing(5);
    const pauses: number[] = [];
    let nowMs = 0;
    for (let i = 0; i < 9; i++) {
      pauses.push(Math.round((breaker.opensAtMs() - nowMs) / 1_000));
      nowMs = breaker.opensAtMs();
      expect([breaker.limit(nowMs - 1), breaker.limit(nowMs)]).toEqual([0, 1]);
      breaker.failed(nowMs);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    breaker.answered();
    expect(breaker.limit(nowMs)).toBe(Infinity);
    for (let i = 0; i < 5; i++) breaker.failed(nowMs);
    expect(Math.round(breaker.opensAtMs() - nowMs)).toBe(1_000);
  });

  it('learns nothing from what was on its way when it opened, unless that was answered', () => {
    const breaker = failing(5);
    const opensAtMs = breaker.opensAtMs();
    for (let i = 0; i < 50; i++) breaker.failed(500);
    expect(breaker.opensAtMs()).toBe(opensAtMs);
    breaker.answered();
    expect(breaker.limit(600)).toBe(Infinity);
  });

  it('sends one first after a ban', () => {
    const breaker = failing(0);
    breaker.probe();
    expect(breaker.limit(0)).toBe(1);
    breaker.answered();
    expect(breaker.limit(0)).toBe(Infinity);
  });
});
