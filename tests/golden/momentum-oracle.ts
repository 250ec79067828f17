/*
 * The default rule of signals.md §7.3 as one plain loop over raw columns, sharing no code with src (decisions.md 9): nested
 * sums where the product has windows and recurrences, so that both can only agree by computing the same thing.
 */

/** One series as read from a file: numbers, in order of open time. Quote volume may be missing. */
export interface OracleSeries {
  readonly symbol: string;
  readonly barMs: number;
  readonly openTimeMs: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
  readonly volume: readonly number[];
  readonly quoteVolume: readonly (number | null)[];
}

export interface OracleSettings {
  readonly moveThreshold: number;
  readonly volumeLogZThreshold: number;
  readonly liquidityLevel: number;
  readonly unknownLiquidity: 'high' | 'low';
  readonly shortHistory: 'judge' | 'skip';
  readonly cooldownMs: number;
}

export const ORACLE_DEFAULTS: OracleSettings = {
  moveThreshold: 3,
  volumeLogZThreshold: 3,
  liquidityLevel: 10_000,
  unknownLiquidity: 'low',
  shortHistory: 'skip',
  cooldownMs: 1_800_000,
};

export interface OracleVerdict {
  readonly symbol: string;
  readonly openTimeMs: number;
  readonly direction: 'up' | 'down';
  /** False: it fired within the cooldown of an emitted one. */
  readonly emitted: boolean;
}

const DAY_MS = 86_400_000;

const atLeast = (value: number, threshold: number): boolean => value - threshold >= -1e-9 * (Math.abs(threshold) > 1 ? Math.abs(threshold) : 1);

/** Average true range at bar `last` of a life that began at bar `first`, all the way from its seed. */
const averageRanges = (series: OracleSeries, first: number, end: number): Map<number, number> => {
  const averages = new Map<number, number>();
  let average = 0;
  for (let t = first + 1; t < end; t++) {
    const [high = 0, low = 0, before = 0] = [series.high[t], series.low[t], series.close[t - 1]];
    const range = Math.max(high, before) - Math.min(low, before);
    if (t - first < 14) average += range;
    else if (t - first === 14) average = (average + range) / 14;
    else average = average + (range - average) / 14;
    if (t - first >= 14) averages.set(t, average);
  }
  return averages;
};

/** Logarithmic volume score of bar `t` against the 20 before it; `null` where it may not be judged. */
const volumeScore = (series: OracleSeries, t: number): number | null => {
  const before = series.volume.slice(t - 20, t);
  if (before.filter((volume) => volume <= 1e-8).length > 5) return null;
  const logs = before.map((volume) => Math.log(volume > 1e-8 ? volume : 1e-8));
  const own = Math.log((series.volume[t] ?? 0) > 1e-8 ? (series.volume[t] ?? 0) : 1e-8);
  const mean = logs.reduce((a, b) => a + b) / 20;
  const deviation = Math.sqrt(logs.map((x) => (x - mean) ** 2).reduce((a, b) => a + b) / 19);
  if (deviation <= 1e-12 * Math.abs(mean)) return Math.abs(own - mean) <= 1e-12 * Math.abs(mean) ? 0 : null;
  return (own - mean) / deviation;
};

const isLiquid = (series: OracleSeries, first: number, t: number, { liquidityLevel, unknownLiquidity }: OracleSettings): boolean => {
  let sum = 0;
  for (let i = t; i >= first && (series.openTimeMs[i] ?? 0) > (series.openTimeMs[t] ?? 0) - DAY_MS; i--) {
    const quote = series.quoteVolume[i] ?? null;
    if (quote === null) return unknownLiquidity === 'high';
    sum += quote;
  }
  return atLeast(sum / 24, liquidityLevel);
};

/** The fired verdicts of one life of a series: bars `first` up to but not including `end`, cooldown aside. */
const firesOfLife = (series: OracleSeries, first: number, end: number, settings: OracleSettings): Omit<OracleVerdict, 'emitted'>[] => {
  const fires: Omit<OracleVerdict, 'emitted'>[] = [];
  const averages = averageRanges(series, first, end);
  const needed = settings.shortHistory === 'judge' ? 29 : 294;
  for (let t = first + needed - 1; t < end; t++) {
    const openTimeMs = series.openTimeMs[t] ?? 0;
    if (openTimeMs - (series.openTimeMs[t - 1] ?? 0) !== series.barMs) continue;
    const yardstick = averages.get(t - 1) ?? 0;
    const score = volumeScore(series, t);
    if (yardstick === 0 || score === null) continue;
    const move = ((series.close[t] ?? 0) - (series.close[t - 1] ?? 0)) / yardstick;
    for (const direction of ['up', 'down'] as const) {
      const isMove = atLeast(direction === 'up' ? move : -move, settings.moveThreshold);
      if (isMove && atLeast(score, settings.volumeLogZThreshold) && isLiquid(series, first, t, settings)) fires.push({ symbol: series.symbol, openTimeMs, direction });
    }
  }
  return fires;
};

/** What the rule says of all series: fired verdicts by decision time, then symbol, then up before down. */
export const momentumOracle = (all: readonly OracleSeries[], given: Partial<OracleSettings> = {}): readonly OracleVerdict[] => {
  const settings = { ...ORACLE_DEFAULTS, ...given };
  const verdicts: (OracleVerdict & { readonly atMs: number })[] = [];
  for (const series of all) {
    const count = series.openTimeMs.length;
    const fires: Omit<OracleVerdict, 'emitted'>[] = [];
    for (let first = 0, t = 1; t <= count; t++) {
      // A hole of a day or more between two bars: what comes after it is a new life.
      const missingMs = t < count ? (series.openTimeMs[t] ?? 0) - (series.openTimeMs[t - 1] ?? 0) - series.barMs : Infinity;
      if (missingMs < DAY_MS) continue;
      fires.push(...firesOfLife(series, first, t, settings));
      first = t;
    }
    const lastEmittedMs = { up: -Infinity, down: -Infinity };
    for (const fire of fires) {
      const atMs = fire.openTimeMs + series.barMs;
      const emitted = atMs - lastEmittedMs[fire.direction] >= settings.cooldownMs;
      if (emitted) lastEmittedMs[fire.direction] = atMs;
      verdicts.push({ ...fire, emitted, atMs });
    }
  }
  verdicts.sort((a, b) => a.atMs - b.atMs || (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0));
  return verdicts.map(({ symbol, openTimeMs, direction, emitted }) => ({ symbol, openTimeMs, direction, emitted }));
};
