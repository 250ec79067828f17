const PAUSE_MS_FIRST = 1_000;
const PAUSE_MS_MAX = 60_000;

/** The pause before try `tries` + 1 where nobody names one: one second, doubling, full jitter, at most a minute. */
export const pauseMs = (tries: number, random: () => number): number =>
  Math.max(50, random() * Math.min(PAUSE_MS_MAX, PAUSE_MS_FIRST * 2 ** Math.min(tries - 1, 16)));
