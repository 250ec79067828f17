import { describe, expect, it } from 'vitest';
import { INTERVALS } from '../../../src/model/interval.js';
import { maxAgeMsOf, staleness } from '../../../src/operators/filters/staleness.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { alertAt, closeAt } from '../../support/parts.js';

describe('the age above which news is no news', () => {
  it.each([
    ['1m', 120],
    ['3m', 360],
    ['5m', 600],
    ['15m', 900],
    ['1h', 900],
    ['1d', 900],
  ] as const)('is at %s %i seconds', (interval, seconds) => {
    expect(maxAgeMsOf(interval, null)).toBe(seconds * 1_000);
  });

  it('is at least a minute at any interval, and what is configured where something is', () => {
    for (const interval of INTERVALS) expect(maxAgeMsOf(interval, null)).toBeGreaterThanOrEqual(60_000);
    expect(maxAgeMsOf('1m', 5)).toBe(5);
  });
});

describe('staleness', () => {
  const alert = alertAt(0);
  const reasonAt = (ageMs: number, maxAgeMs: number | null): string | undefined => {
    const scheduler = createVirtualClock(alert.decisionTimeMs + ageMs);
    return staleness({ maxAgeMs, scheduler }).decide([alert], closeAt(0, [alert])).withheld?.get(alert.id)?.by;
  };

  it.each([
    [0, 60_000, undefined],
    [59_999, 60_000, undefined],
    [60_000, 60_000, undefined], // at equality it is still news
    [60_001, 60_000, 'stale'],
    [900_000, null, undefined],
    [900_001, null, 'stale'],
    [-5_000, null, undefined], // a clock that is behind the exchange
  ])('says of a bar that closed %i ms ago with at most %s: %s', (ageMs, maxAgeMs, reason) => {
    expect(reasonAt(ageMs, maxAgeMs)).toBe(reason);
  });

  it('asks the clock at every close', () => {
    const scheduler = createVirtualClock(alert.decisionTimeMs);
    const filter = staleness({ maxAgeMs: 60_000, scheduler });
    expect(filter.decide([alert], closeAt(0, [alert])).withheld?.size).toBe(0);
    scheduler.advanceTo(alert.decisionTimeMs + 60_001);
    expect(filter.decide([alert], closeAt(0, [alert])).withheld?.size).toBe(1);
  });
});
