/** Nobody is believed who says to wait longer. */
const WAIT_MS_MAX = 3_600_000;
/** Instead of a negative or unreadable wait. */
const WAIT_MS_UNREADABLE = 5_000;

/** Seconds that a receiver asks to be left alone for, made safe: an hour at most, five seconds where they make no sense. */
export const waitMsOf = (seconds: unknown): number =>
  typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0
    ? Math.min(WAIT_MS_MAX, Math.ceil(seconds * 1_000))
    : WAIT_MS_UNREADABLE;

/** What a `Retry-After` header asks for, in seconds or as a date; `null` when there is none. */
export const retryAfterMsOf = (headers: Readonly<Record<string, string>>, nowMs: number): number | null => {
  const text = headers['retry-after']?.trim();
  if (text === undefined || text === '') return null;
  if (/^\d+(\.\d+)?$/.test(text)) return waitMsOf(Number(text));
  // A date in the past asks for no wait at all.
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? WAIT_MS_UNREADABLE : waitMsOf(Math.max(0, atMs - nowMs) / 1_000);
};
