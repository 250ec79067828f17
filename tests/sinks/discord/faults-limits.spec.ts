import { describe, expect, it } from 'vitest';
import type { DiscordOutcome } from '../../../src/simulator/discord.js';
import { alertNow, deliveryWorld, embedsOf, strengthOf } from './delivery-world.js';

/*
 * Delivery against a simulated Discord that enforces its limits, or invents some. Times are wire time.
 */

const limited = (scope: 'user' | 'shared' | 'global', retryAfter: number): DiscordOutcome => ({
  kind: 'limited',
  scope,
  retryAfter,
});

const withKinds = () => {
  const made = deliveryWorld();
  return { ...made, kinds: (): readonly string[] => made.faults.map(({ kind }) => kind) };
};

describe('delivery to a Discord that limits', () => {
  it.each(['user', 'shared', 'global'] as const)(
    'F49: obeys a 429 (%s) by its body, sends nothing meanwhile, keeps the order, and repeats nothing',
    (scope) => {
      const { world, fire, pass, states, answers, footers, kinds } = withKinds();
      world.script.next(limited(scope, 42.5));
      const [first] = fire('AUSDT');
      pass(10_000);
      const later = fire('BUSDT', 'CUSDT');
      pass(32_000);
      expect(answers()).toStrictEqual([429]);
      pass(3_000);
      expect(answers()).toStrictEqual([429, 200]);
      expect(states()).toStrictEqual(['delivered', 'delivered', 'delivered']);
      expect(footers().map((text) => text.slice(3, 19))).toStrictEqual([first, ...later].map((alert) => alert?.id));
      expect(footers().join()).not.toContain('repeat');
      expect(kinds()).toStrictEqual(['delivery-refused']);
    },
  );

  it('F49: stops every sink of that host when the limit is a global one, and only its own otherwise', () => {
    for (const [scope, asked] of [
      ['global', 1],
      ['user', 3],
    ] as const) {
      const second = { id: '1300000000000000002', token: 'another_token'.repeat(5) };
      const sinks = [{}, { name: 'second', webhookUrl: `http://127.0.0.1:1/api/webhooks/${second.id}/${second.token}` }];
      const { world, fire, pass } = deliveryWorld({
        sinks,
        discord: { webhooks: [{ id: '1300000000000000001', token: 'very-secret_token'.repeat(4) }, second] },
      });
      world.script.next(limited(scope, 60));
      fire('AUSDT');
      pass(20_000);
      fire('BUSDT');
      pass(20_000);
      expect(world.log()).toHaveLength(asked);
    }
  });

  it('F49: sees at most one 429 in a thousand messages, whatever the bursts, and none is lost', { timeout: 60_000 }, () => {
    const { world, clock, tell, pass, states } = deliveryWorld({
      discord: { latencyMs: [40, 400], seed: 7 },
      delivery: { maxAgeMs: 3_600_000 },
    });
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    let told = 0;
    while (world.saved().length < 1_000) {
      // Mostly alone, now and then a burst of a close.
      const count = random() < 0.1 ? 30 : 1;
      tell(...Array.from({ length: count }, (_, at) => alertNow(clock.now(), { symbol: `S${told + at}USDT` })));
      told += count;
      pass(random() * 4_000);
    }
    pass(600_000);
    const refusals = world.log().filter(({ answer }) => answer === 429);
    expect(refusals.length).toBeLessThanOrEqual(1);
    expect(states().filter((state) => state === 'delivered')).toHaveLength(told);
    const embeds = world.saved().flatMap(({ body }) => embedsOf(body));
    expect(embeds).toHaveLength(told);
    expect(told).toBeGreaterThan(2_000);
  });

  it.each(['text', 'html', 'json'] as const)(
    'F50: leaves the whole host alone for ten minutes and more when Cloudflare refuses (%s)',
    (form) => {
      const { world, fire, pass, answers, faults } = deliveryWorld({
        delivery: { maxAgeMs: 86_400_000 },
        sinks: [{}, { name: 'second' }],
      });
      const ban: DiscordOutcome = { kind: 'limited', scope: 'cloudflare', retryAfter: null, form };
      world.script.next(ban, ban);
      fire('AUSDT');
      pass(600_000);
      expect(answers()).toStrictEqual([429]);
      pass(1_000);
      expect(answers()).toStrictEqual([429, 429]);
      pass(1_200_000 - 2_000);
      expect(answers()).toHaveLength(2);
      pass(600_000);
      expect(answers().filter((answer) => answer === 200)).toHaveLength(2);
      expect(JSON.stringify(faults)).not.toMatch(/very-secret|<html|1015/);
    },
  );

  it('F60: tells a storm of 500 alerts in 50 messages, none of them late', () => {
    const { world, clock, tell, pass, states, answers } = deliveryWorld({ discord: { latencyMs: [40, 200] } });
    const storm = Array.from({ length: 500 }, (_, at) =>
      alertNow(clock.now(), { symbol: `S${at}USDT`, strength: strengthOf((at * 7) % 10) }),
    );
    tell(...storm);
    pass(300_000);
    expect(states()).toStrictEqual(Array.from({ length: 500 }, () => 'delivered'));
    expect(world.saved()).toHaveLength(50);
    expect(answers().every((answer) => answer === 200)).toBe(true);
    expect((world.saved().at(-1)?.savedAtMs ?? Infinity) - (storm[0]?.decisionTimeMs ?? 0)).toBeLessThan(120_000);
  });

  it('F60: sends the strongest first once it is late, leaves out the weakest of too many, and says so in one digest', () => {
    const { world, clock, tell, pass, store, titles } = deliveryWorld();
    const storm = Array.from({ length: 620 }, (_, at) =>
      alertNow(clock.now(), { symbol: `S${at}USDT`, strength: strengthOf(at / 100) }),
    );
    tell(...storm);
    pass(300_000);
    expect(world.saved()).toHaveLength(51);
    const rows = store.rows();
    expect(rows.filter(({ state }) => state === 'delivered')).toHaveLength(500);
    const leftOut = rows.filter(({ state }) => state === 'expired');
    expect(new Set(leftOut.map(({ reason }) => reason))).toStrictEqual(new Set(['left out: more than 500 were waiting']));
    expect(leftOut.map(({ alertId }) => alertId).sort()).toStrictEqual(
      storm
        .slice(0, 120)
        .map(({ id }) => id)
        .sort(),
    );
    const digest = embedsOf(world.saved().at(-1)?.body ?? {})[0];
    expect(digest?.title).toBe('120 alerts were left out of a storm');
    expect(digest?.description).toContain('▲ S119USDT 15m');
    expect(digest?.description).toContain('and 110 more');
    // What could be sent at once went as it came; of the rest the strongest were next.
    const numbers = titles().map((told) => Number(/S(\d+)USDT/.exec(told[0] ?? '')?.[1]));
    const late = numbers.slice(
      numbers.findIndex((number) => number === 619),
      -1,
    );
    expect(late.length).toBeGreaterThan(15);
    expect(late).toStrictEqual([...late].sort((a, b) => b - a));
  });

  it('F60: tells a lone alert alone and at once', () => {
    const { world, fire, pass } = deliveryWorld();
    const firedAtMs = world.log().length;
    fire('AUSDT');
    pass(1);
    expect([firedAtMs, world.saved().length]).toStrictEqual([0, 1]);
  });
});
