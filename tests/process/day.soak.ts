import { expect, it } from 'vitest';
import { dayText, runDay } from './day.js';

/** Another seed gives another day: `DAY_SEED=7 npm run soak`. */
const seed = Number(process.env.DAY_SEED ?? 1);

it(`a day of 200 symbols with seed ${seed}: every closed bar is evaluated once and in order`, async () => {
  const report = await runDay({ seed, symbols: 200, hours: 24, disconnects: 560, halfOpens: 55, mutes: 30, bans: 20 });
  console.log(dayText(report));
  expect(report.struck.dropSocket).toBeGreaterThanOrEqual(500);
  expect(report.struck.halfOpenSocket).toBeGreaterThanOrEqual(50);
  expect(report.struck.ban).toBe(20);
  expect(report.struck.announceShutdown).toBeGreaterThanOrEqual(24);
  expect(report.struck.muteSeries).toBeGreaterThan(0);
  expect(report.expected).toBeGreaterThanOrEqual(200 * 24 * 60);
  expect([...report.lost, ...report.repeated, ...report.outOfOrder]).toStrictEqual([]);
  expect(report.evaluated).toBe(report.expected);
  expect(report.highestWeightShare).toBeLessThanOrEqual(0.8);
  expect(report.requestsWhileBanned).toBe(0);
  expect(report.policyCloses).toBe(0);
});
