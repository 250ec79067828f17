import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../simulator/world.js';
import { NOW, restWorld } from './rest-world.js';

const SYMBOL = 'BTCUSDT';

describe('request weight at an exchange that counts, refuses and bans', () => {
  it.each([
    ['usdm', 2_500, 1],
    ['spot', 3_000, 2],
  ] as const)(
    'stays within 80 percent of every minute on %s while a warm-up of more than a minute runs',
    (market, count, weight) => {
      const { ask, after, ended, counters } = restWorld(market, [SYMBOL]);
      for (let i = 0; i < count; i++) ask(SYMBOL, 1);
      after(MINUTE / 2);
      const ceiling = market === 'usdm' ? 1_920 : 4_800;
      expect(ended).toHaveLength(Math.min(count, ceiling / weight));
      after(2 * MINUTE);
      expect(ended).toHaveLength(count);
      const { highestWeightShare, requestsByStatus } = counters();
      expect(highestWeightShare).toBeLessThanOrEqual(0.8);
      expect(highestWeightShare).toBeGreaterThan(0.79);
      expect(requestsByStatus).toEqual({ 200: count });
    },
  );

  it('sends nothing while banned, stays within its share and answers everybody, whatever strangers, bans and outages come', () => {
    const trouble = fc.record({
      atMs: fc.nat(10 * MINUTE),
      kind: fc.constantFrom('ban', 'outage', 'refusals', 'strangers', 'requests', 'hidden'),
      size: fc.integer({ min: 1, max: 10 }),
    });
    fc.assert(
      fc.property(fc.array(trouble, { maxLength: 12 }), (troubles) => {
        const { ask, after, ended, failures, exchange, counters, clock } = restWorld('usdm', [SYMBOL], { refusalsBeforeBan: 8 });
        let asked = 0;
        const askMany = (count: number): void => {
          for (let i = 0; i < count; i++) ask(SYMBOL, 1 + (i % 3));
          asked += count;
        };
        askMany(150);
        let bannedUntilMs = 0;
        for (const { atMs, kind, size } of troubles) {
          clock.schedule(() => {
            if (kind === 'ban') {
              // A ban that is made longer while it lasts cannot be known before it ends.
              if (clock.now() < bannedUntilMs) return;
              bannedUntilMs = clock.now() + size * MINUTE;
              exchange.faults.ban('usdm', size * MINUTE);
            }
            if (kind === 'outage') exchange.faults.rest({ reply: { kind: 'reset' }, forMs: size * 20_000 });
            else if (kind === 'refusals') exchange.faults.refuseRequests(503, { times: size });
            else if (kind === 'strangers') exchange.faults.spendWeight('usdm', size * 100);
            else if (kind === 'hidden') exchange.faults.hideWeight('usdm');
            else askMany(size * 15);
          }, atMs);
        }
        after(3 * 60 * MINUTE);
        expect(failures.filter((failure) => !failure.includes('10 tries'))).toEqual([]);
        expect(ended.length + failures.length).toBe(asked);
        expect(counters()).toMatchObject({ requestsWhileBanned: 0 });
        expect(counters().highestWeightShare).toBeLessThanOrEqual(0.8);
      }),
      { numRuns: 8 },
    );
  });

  it('begins in the middle of a minute, wherever that is', () => {
    for (const second of [19.7, 39.9]) {
      const { ask, clock, ended, counters } = restWorld('usdm', [SYMBOL], {}, NOW + second * 1_000);
      for (let i = 0; i < 2_500; i++) ask(SYMBOL, 1);
      clock.advanceTo(NOW + 4 * MINUTE);
      expect(ended).toHaveLength(2_500);
      expect(counters().highestWeightShare).toBeLessThanOrEqual(0.8);
    }
  });
});
