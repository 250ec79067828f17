import { runningBar } from './bars.js';
import type { Lost } from './bars.js';
import type { Recording } from './recording.js';

/** What traded over the last day. */
export interface Day {
  readonly openTimeMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly last: number;
  readonly volume: number;
  readonly quoteVolume: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly trades: number;
}

/** The whole bars of a day, summed. */
interface Sums {
  readonly from: number;
  readonly to: number;
  readonly version: number;
  /** The first cell with a bar, -1 when there is none. */
  readonly first: number;
  readonly high: number;
  readonly low: number;
  readonly last: number;
  readonly volume: number;
  readonly quoteVolume: number;
  readonly trades: number;
}

const sum = (recording: Recording, from: number, to: number, lost: Lost, version: number): Sums => {
  const { numbers, firstMs, stepMs } = recording;
  let first = -1;
  let [high, low, last, volume, quoteVolume, trades] = [-Infinity, Infinity, 0, 0, 0, 0];
  for (let cell = from; cell < to; cell++) {
    if (Number.isNaN(numbers.open[cell]) || lost(firstMs + cell * stepMs)) continue;
    if (first < 0) first = cell;
    high = Math.max(high, numbers.high[cell] as number);
    low = Math.min(low, numbers.low[cell] as number);
    last = numbers.close[cell] as number;
    volume += numbers.volume[cell] as number;
    quoteVolume += numbers.quote_volume[cell] as number;
    trades += numbers.count[cell] as number;
  }
  return { from, to, version, first, high, low, last, volume, quoteVolume, trades };
};

/** Whose day, and what the scripts have left of it. */
export interface DayOf {
  readonly recording: Recording;
  readonly lost: Lost;
  /** Changes whenever `lost` may. */
  readonly version: number;
}

export type Days = ReturnType<typeof createDays>;

/**
 * What traded from a moment until now, the bar that is open included; `null` when there is no bar at all. The whole bars are
 * summed once a bar and symbol, so that the ticker of ten thousand symbols can be told every second.
 */
export const createDays = () => {
  const kept = new WeakMap<Lost, Sums>();

  const sums = ({ recording, lost, version }: DayOf, from: number, to: number): Sums => {
    const known = kept.get(lost);
    if (known?.from === from && known.to === to && known.version === version) return known;
    const fresh = sum(recording, from, to, lost, version);
    kept.set(lost, fresh);
    return fresh;
  };

  return (of: DayOf, openTimeMs: number, nowMs: number): Day | null => {
    const { recording, lost } = of;
    const { numbers, firstMs, stepMs, cells, tradesBefore } = recording;
    const from = Math.max(0, Math.ceil((openTimeMs - firstMs) / stepMs));
    const whole = sums(of, from, Math.min(Math.floor((nowMs - firstMs) / stepMs), cells));
    const { first, high, low, last, trades } = whole;
    const running = runningBar(recording, stepMs, nowMs, lost);
    if (first < 0 && running === null) return null;
    const firstId = (first < 0 ? (running?.tradesBefore ?? 0) : (tradesBefore[first] as number)) + 1;
    const count = trades + (running?.trades ?? 0);
    return {
      openTimeMs,
      open: first < 0 ? (running?.open ?? 0) : (numbers.open[first] as number),
      high: Math.max(high, running?.high ?? high),
      low: Math.min(low, running?.low ?? low),
      last: running?.close ?? last,
      volume: whole.volume + (running?.volume ?? 0),
      quoteVolume: whole.quoteVolume + (running?.quoteVolume ?? 0),
      firstId: count === 0 ? -1 : firstId,
      lastId: count === 0 ? -1 : firstId + count - 1,
      trades: count,
    };
  };
};
