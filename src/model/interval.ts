/**
 * The bar lengths the monitor knows, in milliseconds. All of them divide the UTC epoch, so that
 * `floor(time / length) * length` is the open time of the bar that holds `time` (signals.md §4.1).
 * `3d`, `1w` and `1M` are left out: their alignment or length is not fixed on the epoch.
 */
export const INTERVAL_MS = {
  '1m': 60_000,
  '3m': 180_000,
  '5m': 300_000,
  '15m': 900_000,
  '30m': 1_800_000,
  '1h': 3_600_000,
  '2h': 7_200_000,
  '4h': 14_400_000,
  '6h': 21_600_000,
  '8h': 28_800_000,
  '12h': 43_200_000,
  '1d': 86_400_000,
} as const;

export type Interval = keyof typeof INTERVAL_MS;

export const INTERVALS = Object.keys(INTERVAL_MS) as Interval[];

export const isInterval = (text: string): text is Interval => Object.hasOwn(INTERVAL_MS, text);

export const intervalMs = (interval: Interval): number => INTERVAL_MS[interval];

/** Open time of the latest bar that has closed at `nowMs`, ms UTC. */
export const lastClosedOpenTimeMs = (interval: Interval, nowMs: number): number =>
  Math.floor(nowMs / INTERVAL_MS[interval]) * INTERVAL_MS[interval] - INTERVAL_MS[interval];
