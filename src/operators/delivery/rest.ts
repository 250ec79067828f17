/** A time in which a sink is not asked. */
export interface Rest {
  begin(ms: number, nowMs: number): void;
  end(): void;
  /** What is left of it; 0 when there is none. */
  leftMs(nowMs: number): number;
}

/** Nobody is believed who says to wait longer; a timer of more than 24 days would fire at once. */
const REST_MS_MAX = 3_600_000;

/** It remembers when it began, so that a clock that was set back cannot make it longer than it was. */
export const createRest = (): Rest => {
  let [fromMs, untilMs] = [0, 0];
  return {
    begin: (ms, nowMs) => {
      [fromMs, untilMs] = [nowMs, nowMs + (ms > 0 ? Math.min(ms, REST_MS_MAX) : 0)];
    },
    end: () => {
      untilMs = fromMs;
    },
    leftMs: (nowMs) => Math.max(0, Math.min(untilMs - nowMs, untilMs - fromMs)),
  };
};
