import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { createRandom } from '../../src/simulator/exchange/random.js';
import type { onServers } from '../stores/server-context.js';
import { readPackaged } from '../support/loopback.js';
import { until } from '../support/program.js';
import type { ReplicaWorld, Told } from './replica-world.js';
import { createReplicaWorld, LEASE_MS, SYMBOLS } from './replica-world.js';

type Parts = Parameters<Parameters<typeof onServers>[0]>[0];

/** Least time, in wire milliseconds, so that there is something to compare. */
const TIME_MS_MIN = 14_000;

const idsOf = ({ copies }: Told): readonly string[] => [...new Set(copies.map(({ alertId }) => alertId))].sort();

/** One strike at the replica that acts, at a moment when something is in flight if one comes soon; gives what it was. */
const strike = async (world: ReplicaWorld, random: () => number): Promise<string> => {
  const replica = await world.active();
  const dice = random();
  await wait(random() * 1_000);
  const before = world.loopback.posts().length;
  const inFlight = (): boolean =>
    world.loopback
      .posts()
      .slice(before)
      .some(({ answeredAtMs }) => answeredAtMs === null);
  if (random() < 0.7) await until('something is in flight', inFlight, 3_000).catch(() => undefined);
  const hit = inFlight() ? ' in flight' : '';
  if (dice < 0.6) {
    await world.kill(replica);
    return `killed${hit}`;
  }
  // Longer than the lease: another one takes over meanwhile.
  await world.pause(replica, LEASE_MS * (1.3 + 0.4 * random()));
  return `stopped${hit}`;
};

/**
 * One replica, three that nobody touches, and three that are struck, each with a market and a Discord of their own and all on one
 * server: all of them tell the same. STRIKES and SEED in the environment repeat a run.
 */
export const compareReplicas = async ({ under, server, newPlace }: Parts, usualStrikes: number): Promise<void> => {
  const strikes = Number(process.env['STRIKES'] ?? usualStrikes);
  const seed = Number(process.env['SEED'] ?? 20250619);
  const random = createRandom(seed);
  const recordings = await readPackaged(SYMBOLS);
  const worlds: ReplicaWorld[] = [];
  const world = async (replicas: number): Promise<ReplicaWorld> => {
    const made = await createReplicaWorld({ under, server: server(), place: newPlace(), recordings, replicas, seed });
    worlds.push(made);
    return made;
  };
  try {
    const beganAtMs = performance.now();
    const one = await world(1);
    const three = await world(3);
    const struck = await world(3);
    const hits: string[] = [];
    // The first is stopped in any case: what it does when it goes on is what leases are for.
    const stopped = await struck.active();
    await struck.pause(stopped, LEASE_MS * 1.4);
    hits.push('stopped');
    while (hits.length < strikes) hits.push(await strike(struck, random));
    await wait(Math.max(0, TIME_MS_MIN - (performance.now() - beganAtMs)));
    const endMs = Math.min(...(await Promise.all(worlds.map((each) => each.judgedUpTo())))) + 60_000;
    await Promise.all(worlds.map((each) => each.settledUpTo(endMs)));
    const [alone, together, through] = await Promise.all([one, three, struck].map((each) => each.toldUpTo(endMs)));
    if (alone === undefined || together === undefined || through === undefined) throw new Error('three runs were begun');

    const extra = through.copies.length - idsOf(through).length;
    const unknowns = through.rows.reduce((sum, { delivery }) => sum + delivery.unknowns, 0);
    console.log(
      `${under.name}, SEED=${seed}: ${hits.join(', ')}; ${idsOf(alone).length} alerts alone, ${idsOf(together).length} by three, ${idsOf(through).length} by three that were struck, ${extra} further copies after ${unknowns} unknown outcomes`,
    );
    expect(worlds.flatMap((each) => each.mishaps())).toStrictEqual([]);
    expect(idsOf(alone).length).toBeGreaterThan(5);
    expect(idsOf(together)).toStrictEqual(idsOf(alone));
    expect(together.copies).toHaveLength(idsOf(together).length);
    expect(together.copies.filter(({ marked }) => marked)).toStrictEqual([]);
    expect(idsOf(through)).toStrictEqual(idsOf(alone));
    expect(extra).toBeLessThanOrEqual(unknowns);
    const seen = new Set<string>();
    for (const { alertId, marked } of through.copies) {
      if (seen.has(alertId)) expect(marked, alertId).toBe(true);
      seen.add(alertId);
    }
    expect(through.rows.filter(({ delivery }) => !['delivered', 'suppressed'].includes(delivery.state))).toStrictEqual([]);
    // Who was stopped has learned that it was replaced, and lives on.
    expect(struck.events()).toContain('lease-lost');
    expect(three.events().filter((event) => event === 'lease-lost' || event === 'lease-taken')).toStrictEqual([]);
  } finally {
    await Promise.all(worlds.map((each) => each.close()));
  }
};
