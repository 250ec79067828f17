import { expect, it } from 'vitest';
import { dayText, runDay } from './day.js';

const short = { symbols: 40, hours: 2, disconnects: 50, halfOpens: 5, mutes: 3, bans: 2 };

it.each([1, 2])(
  'two hours of faults with seed %i: every closed bar is evaluated once and in order',
  async (seed) => {
    const report = await runDay({ ...short, seed });
    console.log(dayText(report));
    expect(report.struck.dropSocket).toBeGreaterThanOrEqual(40);
    expect(report.struck.halfOpenSocket).toBeGreaterThan(0);
    expect(report.struck.announceShutdown).toBeGreaterThanOrEqual(short.hours);
    expect(report.struck.ban).toBe(short.bans);
    expect(report.expected).toBeGreaterThanOrEqual(short.symbols * 60 * short.hours);
    expect([...report.lost, ...report.repeated, ...report.outOfOrder]).toStrictEqual([]);
    expect(report.evaluated).toBe(report.expected);
    expect(report.highestWeightShare).toBeLessThanOrEqual(0.8);
    expect(report.requestsWhileBanned).toBe(0);
    expect(report.policyCloses).toBe(0);
  },
  300_000,
);
