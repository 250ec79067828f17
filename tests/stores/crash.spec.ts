import { describe, expect, it } from 'vitest';
import { losePower } from './power.js';

/** Enough for ten thousand losses of power that take something with them: each machine has some three. */
const MACHINES = 5_500;

describe('a store on a disk that crashes', () => {
  it('F69: holds all that was acknowledged, and nothing that was refused, through ten thousand losses of power', async () => {
    // SEED in the environment repeats a run.
    const seed = Number(process.env['SEED'] ?? 20260101);
    const { powerCuts, atStake, fates, crashes, damages } = await losePower(MACHINES, seed);
    console.log(
      `${powerCuts} losses of power, SEED=${seed}: ${atStake} took something unsynced with them, ` +
        `of which ${fates.kept} changes were kept, ${fates.dropped} dropped, ${fates.garbled} garbled; ${crashes} lives ended in the middle of a step`,
    );
    expect(damages).toEqual([]);
    // It really happened: most lives were cut off, and enough cuts found something that was not yet on the disk.
    expect(atStake).toBeGreaterThan(10_000);
    expect(crashes).toBeGreaterThan(MACHINES / 2);
    for (const count of Object.values(fates)) expect(count).toBeGreaterThan(MACHINES / 20);
  }, 300_000);
});
