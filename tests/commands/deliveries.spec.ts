import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deadDeliveries, deliveries } from '../../src/commands/deliveries.js';
import { resendDeliveries } from '../../src/commands/deliveries-resend.js';
import { verifyDeliveries } from '../../src/commands/deliveries-verify.js';
import { REFUSED } from '../../src/operators/delivery/standing.js';
import { answer, claimOf, alertOf, MINUTE, open, run, START } from '../stores/support.js';
import { deliveriesWorld, NOW_MS, ordinary } from './deliveries-world.js';

let world: ReturnType<typeof deliveriesWorld>;
beforeEach(() => {
  world = deliveriesWorld();
});
afterEach(async () => {
  await run(world.store.close());
  world.clear();
});

describe('deliveries', () => {
  it('prints every delivery with what became of it and every send, while the store is in use', async () => {
    const { first, second, third } = await ordinary(world);
    expect(await deliveries(world.question)).toBe(0);
    expect(world.complaints).toEqual([]);
    expect(world.lines.map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
      `6 deliveries: 5 delivered, 1 dead (${world.data}, everything that is kept)`,
      '',
      'decided (UTC)  symbol  sink  state  after  sends  id  what became of it',
      `2026-01-01 00:11  BTCUSDT  ▲ 1m usdm  discord  delivered  1.0 s  1  ${first.id}  message 1401234567890123456`,
      `2026-01-01 00:11  BTCUSDT  ▲ 1m usdm  file  delivered  1.0 s  1  ${first.id}`,
      `2026-01-01 00:12  币安人生USDT  ▲ 1m usdm  discord  delivered  3.0 s  3  ${second.id}  message 1401234567890123456; may have come twice`,
      '  00:12:01  unknown  no answer from Discord: reset, the connection was reset',
      '  00:12:02  refused  rate limit (webhook)',
      '  00:12:03  delivered',
      `2026-01-01 00:12  币安人生USDT  ▲ 1m usdm  file  delivered  1.0 s  1  ${second.id}`,
      `2026-01-01 00:13  ETHUSDT  ▲ 1m usdm  discord  dead  1.0 s  1  ${third.id}  Discord answers 400: Invalid Form Body, code 50035`,
      `2026-01-01 00:13  ETHUSDT  ▲ 1m usdm  file  delivered  1.0 s  1  ${third.id}`,
      '',
      'besides 1 withheld by filters: --state suppressed shows them',
    ]);
  });

  it.each([
    ['a symbol, in any letters', { symbol: 'ethusdt' }, 2],
    ['a sink', { sink: 'file' }, 3],
    ['a state', { state: ['dead'] as const }, 1],
    ['the withheld', { state: ['suppressed'] as const }, 1],
    ['the last so and so many minutes', { since: NOW_MS - START - 12 * MINUTE }, 4],
    ['all of them together', { since: MINUTE, symbol: 'ETHUSDT' }, 0],
  ])('narrows to %s', async (_, narrowed, count) => {
    await ordinary(world);
    await deliveries({ ...world.question, ...narrowed, json: true });
    expect(world.lines).toHaveLength(count);
  });

  it('prints JSON with stable names', async () => {
    const { second } = await ordinary(world);
    await deliveries({ ...world.question, json: true, symbol: second.symbol, sink: 'discord' });
    expect(JSON.parse(world.lines[0] ?? '')).toEqual({
      id: second.id,
      rule: 'momentum',
      kind: 'single',
      market: 'usdm',
      symbol: second.symbol,
      interval: '1m',
      direction: 'up',
      decisionTimeMs: second.decisionTimeMs,
      strength: null,
      sink: 'discord',
      state: 'delivered',
      reason: null,
      attempts: 3,
      unknowns: 1,
      mayRepeat: true,
      messageId: '1401234567890123456',
      updatedAtMs: second.decisionTimeMs + 3_000,
      tries: [
        {
          atMs: second.decisionTimeMs + 1_000,
          outcome: 'unknown',
          detail: 'no answer from Discord: reset, the connection was reset',
        },
        { atMs: second.decisionTimeMs + 2_000, outcome: 'refused', detail: 'rate limit (webhook)' },
      ],
    });
  });

  it('says of an empty store, of one that cannot be read, and of wrong settings', async () => {
    expect(await deliveries(world.question)).toBe(0);
    expect(world.lines).toEqual([`0 deliveries (${world.data}, everything that is kept)`]);
    expect(await deliveries({ ...world.question, set: ['store.type=memory'] })).toBe(65);
    expect(await deliveries({ ...world.question, set: ['delivery.queueLimit=0'] })).toBe(78);
    expect(world.complaints).toEqual([
      expect.stringContaining('memory keeps nothing that could be read'),
      expect.stringContaining('delivery.queueLimit'),
    ]);
  });
});

describe('deliveries verify', () => {
  it('finds nothing lost in an ordinary hour, and names what may have come twice', async () => {
    const { second } = await ordinary(world);
    expect(await verifyDeliveries(world.question)).toBe(0);
    expect(world.lines.map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
      `6 deliveries expected in ${world.data}: 6 ended`,
      '',
      '  lost  0  was to be told, and has neither a message nor a recorded end',
      '  duplicated  1  may have come more than once, each copy after an unknown outcome marked',
      '  unexpected  0  came and was not to be told',
      '  recovered  1  nobody knew whether it had come, and in the end it was delivered',
      '',
      'duplicated:',
      `  2026-01-01 00:12  币安人生USDT  ▲ 1m usdm  discord  ${second.id}  1 of 3 sends had no answer; each copy after one is marked`,
      '',
      'recovered:',
      `  2026-01-01 00:12  币安人生USDT  ▲ 1m usdm  discord  ${second.id}  delivered after 3 sends`,
    ]);
  });

  it('calls lost what is still on its way long after its greatest age, and nothing that is in time', async () => {
    const { epoch } = await open(world.store);
    const [late, young] = [alertOf('LATEUSDT', START), alertOf('YOUNGUSDT', NOW_MS - 2 * MINUTE)];
    for (const alert of [late, young]) await run(world.store.claim(claimOf(epoch, alert.openTimeMs, [alert], ['discord'])));
    expect(await verifyDeliveries({ ...world.question, json: true })).toBe(1);
    expect(JSON.parse(world.lines[0] ?? '')).toMatchObject({
      expected: 2,
      ended: 0,
      onTheirWay: 1,
      lost: [{ id: late.id, sink: 'discord', why: 'still claimed, long after its greatest age' }],
    });
  });
});

describe('deliveries dead and resend', () => {
  it('lists what ended without a message, and refuses to touch the store of a running monitor', async () => {
    const { third } = await ordinary(world);
    expect(await deadDeliveries(world.question)).toBe(0);
    expect(world.lines.filter((line) => line.includes(third.id))).toHaveLength(1);
    expect(world.lines.at(-1)).toContain('stop the monitor, run "deliveries resend ID…", start it again');
    expect(await resendDeliveries({ ...world.question, ids: [third.id] })).toBe(75);
    expect(world.complaints).toEqual([expect.stringContaining('is in use by process')]);
  });

  it('has one sent once more by the next life, with its age counted anew, and asks its sink again', async () => {
    const { epoch, third } = await ordinary(world);
    await run(world.store.put(epoch, REFUSED, 'discord', { reason: 'gone', atMs: 1, fingerprint: 'f' }));
    await run(world.store.close());
    expect(await resendDeliveries({ ...world.question, ids: [third.id.slice(0, 6)] })).toBe(0);
    expect(world.lines[0]).toBe('1 delivery will be sent once more if the monitor starts within 2 min from now:');
    const { pending } = await open(world.store);
    expect(pending.map(({ delivery }) => delivery)).toEqual([
      expect.objectContaining({ alertId: third.id, sink: 'discord', state: 'claimed', attempts: 1, resentAtMs: NOW_MS }),
    ]);
    expect(await answer(world.store.get(REFUSED, 'discord'))).toBeNull();
  });

  it.each([
    ['an id that nobody has', 'zzzz', 'no alert zzzz has ended as dead or expired'],
    ['a beginning that two have', '', 'is the beginning of more than one id'],
  ])('refuses %s, and changes nothing', async (_, id, complaint) => {
    const { epoch } = await ordinary(world);
    if (id === '') {
      const other = alertOf('XRPUSDT', START);
      await run(world.store.claim(claimOf(epoch, START, [other], ['discord'])));
      await world.walk(epoch, other, 'discord', [{ state: 'expired', reason: 'older than 120 s' }]);
    }
    await run(world.store.close());
    expect(await resendDeliveries({ ...world.question, ids: [id] })).toBe(65);
    expect(world.complaints).toEqual([expect.stringContaining(complaint)]);
    expect((await open(world.store)).pending.filter(({ delivery }) => delivery.resentAtMs !== undefined)).toEqual([]);
  });

  it('says that a store without a memory has nothing', async () => {
    expect(await resendDeliveries({ ...world.question, set: ['store.type=memory'], ids: ['a'] })).toBe(65);
    expect(world.complaints).toEqual([expect.stringContaining('nothing to send once more')]);
  });
});
