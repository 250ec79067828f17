import { expect, it } from 'vitest';
import { losePower } from './power.js';

it('loses nothing in two hundred thousand machines that lose power, under a seed of its own', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
  console.log(`SEED=${seed}`);
  const { powerCuts, atStake, damages } = await losePower(Number(process.env['MACHINES'] ?? 200_000), seed);
  console.log(`${powerCuts} losses of power, ${atStake} took something unsynced with them, ${damages.length} damages`);
  expect(damages).toEqual([]);
});
