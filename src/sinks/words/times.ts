/** The end of the year 9999: dates beyond have more digits than Discord and people read. */
const TIME_MS_MAX = 253_402_300_799_999;

/** ISO 8601 of a time in ms UTC from 1970 on; `null` when it is none. */
export const isoTime = (timeMs: number): string | null =>
  timeMs >= 0 && timeMs <= TIME_MS_MAX ? new Date(timeMs).toISOString() : null;

/** `12:07:31 UTC`. */
export const clockText = (timeMs: number): string => {
  const time = isoTime(timeMs);
  return time === null ? 'a time unknown' : `${time.slice(11, 19)} UTC`;
};

/** `2026-08-06 12:00–12:15 UTC`, with the date again where the bar ends on another day; `null` when an end is no time. */
export const spanText = (openMs: number, closeMs: number): string | null => {
  const [open, close] = [isoTime(openMs), isoTime(closeMs)];
  if (open === null || close === null) return null;
  const [openDay = '', openTime = ''] = open.slice(0, -8).split('T');
  const [closeDay = '', closeTime = ''] = close.slice(0, -8).split('T');
  return `${openDay} ${openTime}–${openDay === closeDay ? '' : `${closeDay} `}${closeTime} UTC`;
};
