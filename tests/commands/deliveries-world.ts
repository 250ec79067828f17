import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Alert } from '../../src/model/alert.js';
import type { Delivery, DeliveryState } from '../../src/model/delivery.js';
import { triesWith } from '../../src/model/delivery.js';
import { createFiles } from '../../src/runtime/files.js';
import { lowdb } from '../../src/stores/lowdb.js';
import { alertOf, claimOf, contextOf, MINUTE, open, run, START } from '../stores/support.js';

/** The time it is in these tests. */
export const NOW_MS = START + 60 * MINUTE;

/** A folder with a store and settings that name it. */
export const deliveriesWorld = (sinks: readonly string[] = ['discord', 'file']) => {
  const folder = mkdtempSync(join(tmpdir(), 'deliveries-spec-'));
  const path = join(folder, 'settings.yaml');
  const data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(
    path,
    JSON.stringify({ store: { type: 'lowdb', path: data }, sinks: sinks.map((name) => ({ type: 'console', name })) }),
  );
  const lines: string[] = [];
  const complaints: string[] = [];
  const question = {
    config: path,
    set: [] as readonly string[],
    env: {},
    nowMs: NOW_MS,
    print: (line: string) => void lines.push(line),
    complain: (line: string) => void complaints.push(line),
  };
  const store = lowdb.create({ path: data }, contextOf(createFiles()));

  /** Takes a row through these states, half a second each. */
  const walk = async (epoch: number, alert: Alert, sink: string, steps: readonly Partial<Delivery>[]): Promise<void> => {
    let row: Delivery = {
      alertId: alert.id,
      sink,
      state: 'claimed',
      reason: null,
      attempts: 0,
      unknowns: 0,
      mayRepeat: false,
      messageId: null,
      updatedAtMs: alert.decisionTimeMs,
    };
    for (const change of steps) {
      const to: Delivery = { ...row, reason: null, ...change, updatedAtMs: row.updatedAtMs + 500 };
      await run(store.transition({ epoch, from: row.state, to }));
      row = to;
    }
  };

  return { folder, data, lines, complaints, question, store, walk, clear: () => rmSync(folder, { recursive: true }) };
};

const failed = (
  state: DeliveryState,
  outcome: 'refused' | 'unknown',
  detail: string,
  atMs: number,
  before: Partial<Delivery> = {},
): Partial<Delivery> => ({
  state,
  reason: detail,
  tries: triesWith(before, { atMs, outcome, detail }),
});

/** Three alerts with two sinks, and one that was withheld: an ordinary quarter of an hour. */
export const ordinary = async ({ store, walk }: ReturnType<typeof deliveriesWorld>) => {
  const { epoch } = await open(store);
  const at = (minute: number): number => START + minute * MINUTE;
  const [first, second, third] = [alertOf('BTCUSDT', at(10)), alertOf('币安人生USDT', at(11)), alertOf('ETHUSDT', at(12))];
  const withheld = alertOf('BTCUSDT', at(13), 'cooldown');
  for (const alert of [first, second, third, withheld])
    await run(store.claim(claimOf(epoch, alert.openTimeMs, [alert], ['discord', 'file'])));
  const sending = (attempts: number): Partial<Delivery> => ({ state: 'sending', attempts });
  const delivered = { state: 'delivered', messageId: '1401234567890123456' } as const;
  for (const alert of [first, second, third]) await walk(epoch, alert, 'file', [sending(1), { state: 'delivered' }]);
  await walk(epoch, first, 'discord', [sending(1), delivered]);
  const lost = failed(
    'unknown',
    'unknown',
    'no answer from Discord: reset, the connection was reset',
    second.decisionTimeMs + 1_000,
  );
  const limited = failed('waiting', 'refused', 'rate limit (webhook)', second.decisionTimeMs + 2_000, lost);
  await walk(epoch, second, 'discord', [
    sending(1),
    { ...lost, unknowns: 1, mayRepeat: true },
    sending(2),
    limited,
    sending(3),
    delivered,
  ]);
  await walk(epoch, third, 'discord', [
    sending(1),
    { state: 'dead', reason: 'Discord answers 400: Invalid Form Body, code 50035' },
  ]);
  return { epoch, first, second, third, withheld };
};
