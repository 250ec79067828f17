import { ADX, ATR, EMA, SMA } from 'trading-signals';
import * as technical from 'technicalindicators';
import type { Bar } from '../src/model/bar.js';
import { averageDirectionalIndex } from '../src/operators/measures/directional-index.js';
import { averageTrueRange } from '../src/operators/measures/average-true-range.js';
import { windowBarsOf } from '../src/operators/measures/measure.js';
import { exponentialMovingAverage } from '../src/operators/measures/exponential-moving-average.js';
import { simpleMovingAverage } from '../src/operators/measures/simple-moving-average.js';
import { createRing } from '../src/operators/windows/sliding-window.js';
import type { Measure } from '../src/ports/measure.js';
import { cpuNs } from './rounds.js';

const BAR_MS = 900_000;
const START_MS = 1_704_067_200_000;

/** Bars of one symbol that wanders about. */
const wandering = (count: number): readonly Bar[] => {
  let seed = 1;
  const random = (): number => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  let price = 100;
  return Array.from({ length: count }, (_, i): Bar => {
    const open = price;
    price = Number((open * (1 + 0.004 * (random() - 0.5))).toFixed(4));
    // In one piece: an object that is put together from others is read slowly ever after.
    return {
      market: 'usdm',
      symbol: 'A',
      interval: '15m',
      openTimeMs: START_MS + i * BAR_MS,
      open,
      close: price,
      high: Math.max(open, price) * 1.0005,
      low: Math.min(open, price) * 0.9995,
      volume: 100 * (1 + random()),
      quoteVolume: null,
      tradeCount: null,
      takerVolume: null,
      takerQuoteVolume: null,
      provenance: 'replay',
    };
  });
};

/** What a package makes of one bar after another. */
type Take = (bar: Bar) => void;

interface Contest {
  readonly measure: Measure;
  readonly tradingSignals: () => Take;
  readonly technicalIndicators: () => Take;
}

const contests: readonly Contest[] = [
  {
    measure: simpleMovingAverage(20),
    tradingSignals: () => {
      const sma = new SMA(20);
      return ({ close }) => void sma.update(close, false);
    },
    technicalIndicators: () => {
      const sma = new technical.SMA({ period: 20, values: [] });
      return ({ close }) => void sma.nextValue(close);
    },
  },
  {
    measure: exponentialMovingAverage(20),
    tradingSignals: () => {
      const ema = new EMA(20);
      return ({ close }) => void ema.update(close, false);
    },
    technicalIndicators: () => {
      const ema = new technical.EMA({ period: 20, values: [] });
      return ({ close }) => void ema.nextValue(close);
    },
  },
  {
    measure: averageTrueRange(14),
    tradingSignals: () => {
      const atr = new ATR(14);
      return (bar) => void atr.update(bar, false);
    },
    technicalIndicators: () => {
      const atr = new technical.ATR({ period: 14, high: [], low: [], close: [] });
      return ({ high, low, close }) => void atr.nextValue({ high, low, close });
    },
  },
  {
    measure: averageDirectionalIndex(14),
    tradingSignals: () => {
      const adx = new ADX(14);
      return (bar) => void adx.update(bar, false);
    },
    technicalIndicators: () => {
      const adx = new technical.ADX({ period: 14, high: [], low: [], close: [] });
      // Its declaration says a number; it takes the prices of a bar.
      return ({ high, low, close }) => void adx.nextValue({ high, low, close } as never);
    },
  },
];

/** Our measure as the monitor reads it: the bar goes into the window, and the reader looks at it. */
const ours =
  (measure: Measure) =>
  (first: Bar): Take => {
    const ring = createRing<Bar>(windowBarsOf([measure])(first.interval), first);
    const read = measure.start(first.interval);
    return (bar) => {
      ring.add(bar);
      read(ring.window);
    };
  };

const bestNs = (bars: readonly Bar[], rounds: number, make: () => Take): number => {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const take = make();
    const before = cpuNs();
    for (const bar of bars) take(bar);
    best = Math.min(best, (cpuNs() - before) / bars.length);
  }
  return best;
};

export interface Compared {
  readonly name: string;
  readonly oursNs: number;
  readonly tradingSignalsNs: number;
  readonly technicalIndicatorsNs: number;
  /** What ours does besides, where it is the slower one. */
  readonly whySlower: string;
}

/** Measures side by side with those of two packages, over the same bars, by CPU time per bar; the window is part of ours. */
export const benchPackages = ({
  bars: count,
  rounds,
}: {
  readonly bars: number;
  readonly rounds: number;
}): readonly Compared[] => {
  const bars = wandering(count);
  const first = bars[0] as Bar;
  return contests.map(({ measure, tradingSignals, technicalIndicators }) => ({
    name: measure.name,
    whySlower:
      measure.name === 'sma20'
        ? 'the window that all measures share is a part of it, and the sum is taken anew at every bar, so that nothing drifts'
        : 'the window that all measures share is a part of it',
    oursNs: bestNs(bars, rounds, () => ours(measure)(first)),
    tradingSignalsNs: bestNs(bars, rounds, tradingSignals),
    technicalIndicatorsNs: bestNs(bars, rounds, technicalIndicators),
  }));
};
