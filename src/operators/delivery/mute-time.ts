/** Days of the week, Monday first. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

/** A time of the week that has a name. Two with one name hold together: either will do. */
export interface MuteTime {
  readonly name: string;
  /** The days on which it begins; every day if empty. */
  readonly days: readonly Day[];
  /** Minutes after midnight in its zone, 0 … 1439. */
  readonly fromMinutes: number;
  /** The first minute after it, 1 … 1440; at or before `fromMinutes` it ends on the next day. */
  readonly toMinutes: number;
  /** Minutes that its zone is ahead of UTC. */
  readonly zoneMinutes: number;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
/** 1970-01-01 was a Thursday. */
const FIRST_DAY = 3;

const mod = (value: number, by: number): number => ((value % by) + by) % by;

const beginsOn = (days: readonly Day[], dayNumber: number): boolean =>
  days.length === 0 || days.includes(DAYS[mod(dayNumber + FIRST_DAY, DAYS.length)] ?? 'mon');

/**
 * Whether a moment lies within a mute time. One that goes over midnight belongs to the day on which it begins: Friday from 22:00
 * to 06:00 ends on Saturday morning. Zones are fixed offsets, so that no clock change moves it.
 */
export const isWithin = ({ days, fromMinutes, toMinutes, zoneMinutes }: MuteTime, atMs: number): boolean => {
  const minutes = Math.floor(atMs / MINUTE_MS) + zoneMinutes;
  const [day, minute] = [Math.floor(minutes / DAY_MINUTES), mod(minutes, DAY_MINUTES)];
  if (fromMinutes < toMinutes) return minute >= fromMinutes && minute < toMinutes && beginsOn(days, day);
  return (minute >= fromMinutes && beginsOn(days, day)) || (minute < toMinutes && beginsOn(days, day - 1));
};
