import { expect } from 'vitest';
import { runKills } from './kill-harness.js';
import { judgeRun } from './kill-verdict.js';

/** Least share of the kills that must hit a delivery in flight: kills that hit nothing prove nothing (decisions.md 19). */
const IN_FLIGHT_SHARE = 0.1;

/**
 * Kills, judges, prints and checks. KILLS and SEED in the environment repeat a run: the moments of the kills and Discord's
 * weather are the same then, what the machine does in between is not.
 */
export const killAndCheck = async (usualKills: number): Promise<void> => {
  const kills = Number(process.env['KILLS'] ?? usualKills);
  const seed = Number(process.env['SEED'] ?? 20250619);
  console.log(`${kills} kills, SEED=${seed}`);
  const { sets, broken, inFlight, lines } = judgeRun(await runKills({ seed, kills, say: console.log }));
  for (const line of lines) console.log(line);
  expect(broken).toStrictEqual([]);
  expect({ lost: sets.lost, unexpected: sets.unexpected }).toStrictEqual({ lost: [], unexpected: [] });
  expect(inFlight).toBeGreaterThanOrEqual(Math.max(1, Math.ceil(kills * IN_FLIGHT_SHARE)));
};
