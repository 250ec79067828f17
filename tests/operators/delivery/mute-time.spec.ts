import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MuteTime } from '../../../src/operators/delivery/mute-time.js';
import { DAYS, isWithin } from '../../../src/operators/delivery/mute-time.js';

const time = (given: Partial<MuteTime>): MuteTime => ({ name: 't', days: [], fromMinutes: 0, toMinutes: 1_440, zoneMinutes: 0, ...given });
const clock = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

const nights = time({ fromMinutes: clock('22:00'), toMinutes: clock('06:00') });
const friday = { ...nights, days: ['fri'] as const };
const office = time({ days: ['mon', 'tue', 'wed', 'thu', 'fri'], fromMinutes: clock('09:00'), toMinutes: clock('17:00') });

describe('isWithin', () => {
  // 2026-08-06 was a Thursday.
  it.each<[string, MuteTime, string, boolean]>([
    ['the minute it begins',                        nights, '2026-08-06T22:00:00Z', true],
    ['the moment before',                           nights, '2026-08-06T21:59:59.999Z', false],
    ['over midnight',                               nights, '2026-08-07T03:00:00Z', true],
    ['the last moment of it',                       nights, '2026-08-07T05:59:59.999Z', true],
    ['the minute it ends',                          nights, '2026-08-07T06:00:00Z', false],
    ['on its day',                                  friday, '2026-08-07T23:00:00Z', true],
    ['the morning after its day',                   friday, '2026-08-08T05:00:00Z', true],
    ['the morning of its day, which is another night', friday, '2026-08-07T05:00:00Z', false],
    ['the evening after its day',                   friday, '2026-08-08T23:00:00Z', false],
    ['within a day',                                office, '2026-08-06T12:00:00Z', true],
    ['at a weekend',                                office, '2026-08-08T12:00:00Z', false],
    ['all day, every day',                          time({}), '2026-08-08T00:00:00Z', true],
    ['by its own zone, which is ahead',             { ...office, zoneMinutes: 120 }, '2026-08-06T07:00:00Z', true],
    ['by its own zone, where it is over',           { ...office, zoneMinutes: 120 }, '2026-08-06T15:00:00Z', false],
    ['by its own zone, where it is Monday already', { ...office, zoneMinutes: 600 }, '2026-08-09T23:00:00Z', true],
    ['by its own zone, which is behind',            { ...office, zoneMinutes: -330 }, '2026-08-06T14:30:00Z', true],
    ['before 1970',                                 office, '1969-12-31T10:00:00Z', true],
  ])('%s: %s', (_, of, at, expected) => {
    expect(isWithin(of, Date.parse(at))).toBe(expected);
  });

  it('agrees with the calendar, minute for minute', () => {
    const minute = fc.integer({ min: 0, max: 1_439 });
    const times = fc.record({
      name: fc.constant('t'),
      days: fc.subarray([...DAYS]),
      fromMinutes: minute,
      toMinutes: minute.map((each) => each + 1),
      zoneMinutes: fc.integer({ min: -840, max: 840 }),
    });
    const moments = fc.date({ min: new Date('1960-01-01'), max: new Date('2060-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(times, moments, (of, moment) => {
        // Every beginning of the days around, as the calendar counts them.
        const local = new Date(moment.getTime() + of.zoneMinutes * 60_000);
        const begins = [-1, 0].map((days) => Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() + days, 0, of.fromMinutes));
        const lengthMinutes = of.toMinutes > of.fromMinutes ? of.toMinutes - of.fromMinutes : of.toMinutes - of.fromMinutes + 1_440;
        const expected = begins.some((beginMs) => {
          const day = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][new Date(beginMs).getUTCDay()];
          const isOn = of.days.length === 0 || of.days.some((each) => each === day);
          return isOn && local.getTime() >= beginMs && local.getTime() < beginMs + lengthMinutes * 60_000;
        });
        expect(isWithin(of, moment.getTime())).toBe(expected);
      }),
      { seed: 20260806 },
    );
  });
});
