import { expect } from 'vitest';
import { readPackaged } from '../support/loopback.js';
import type { Step } from './crash-points.js';
import { buildCrashing, runCrashPoints } from './crash-points.js';
import { runKills } from './kill-harness.js';
import { judgeRun } from './kill-verdict.js';
import { SYMBOLS } from './kill-world.js';

/** Least share of the kills at random moments that must hit a delivery in flight: others prove nothing (decisions.md 19). */
const IN_FLIGHT_SHARE = 0.1;
/** Worlds at a time: much of a life is waiting, but a start takes a processor for itself. */
const LANES = 3;

export interface KillPlan {
  /** Worlds of kills at random moments, and how many kills in each. */
  readonly randomWorlds: number;
  readonly kills: number;
  /** Worlds of kills at labelled points: what is done to one store, one life after another. */
  readonly labelled: readonly (readonly Step[])[];
}

const inLanes = async <T>(works: readonly (() => Promise<T>)[]): Promise<readonly T[]> => {
  const found: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < works.length; at = next++) found[at] = await works[at]!();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return found;
};

/**
 * Kills, judges, prints and checks. SEED in the environment repeats a run: the moments of the kills and Discord's weather are the
 * same then, what the machine does in between is not.
 */
export const killAndCheck = async ({ randomWorlds, kills, labelled }: KillPlan): Promise<void> => {
  const seed = Number(process.env['SEED'] ?? 20250619);
  const recordings = await readPackaged(SYMBOLS);
  const { main, remove } = await buildCrashing();
  const say = (who: string) => (line: string) => console.log(`${who}: ${line}`);
  const worlds = [
    ...Array.from({ length: randomWorlds }, (_, i) => async () => {
      const name = `random moments, SEED=${seed + i}`;
      return { name, evidence: await runKills({ recordings, seed: seed + i, kills, say: say(name) }) };
    }),
    ...labelled.map((steps) => async () => ({
      name: steps.map(({ label, outcome }) => `${label} ${outcome}`).join(', '),
      evidence: await runCrashPoints({ recordings, main, seed, steps }),
    })),
  ];
  try {
    const judged = (await inLanes(worlds)).map(({ name, evidence }) => ({ name, ...judgeRun(evidence), evidence }));
    for (const { name, lines } of judged) for (const line of lines) console.log(`${name}: ${line}`);
    const all = judged.flatMap(({ evidence }) => evidence.kills);
    const sum = (set: 'lost' | 'duplicated' | 'unexpected' | 'recovered') =>
      judged.reduce((count, { sets }) => count + sets[set].length, 0);
    console.log(
      `${all.length} kills, ${all.filter(({ inFlight }) => inFlight).length} in flight: ` +
        `lost ${sum('lost')} · duplicated ${sum('duplicated')} · unexpected ${sum('unexpected')} · recovered ${sum('recovered')}`,
    );
    // As one text, so that a report of any kind shows all of it: what a busy machine has done once it may not do again.
    expect(judged.flatMap(({ name, broken }) => broken.map((words) => `${name}: ${words}`)).join('\n')).toBe('');
    expect({ lost: sum('lost'), unexpected: sum('unexpected') }).toStrictEqual({ lost: 0, unexpected: 0 });
    for (const { name, evidence, inFlight } of judged)
      if (name.startsWith('random'))
        expect(inFlight, name).toBeGreaterThanOrEqual(Math.max(1, Math.ceil(evidence.kills.length * IN_FLIGHT_SHARE)));
  } finally {
    remove();
  }
};
