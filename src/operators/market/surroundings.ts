import type { Interval } from '../../model/interval.js';
import type { Measured } from '../../model/reading.js';
import type { Window } from '../../model/window.js';
import type { Shared } from '../../ports/measure.js';
import type { Around } from '../measures/measure.js';
import { averageTrueRangeReader } from '../measures/average-true-range.js';
import { rangeBeforePctOf } from '../measures/average-true-range-before.js';
import { breakoutOf } from '../measures/breakout.js';
import { exponentialMovingAverageReader } from '../measures/exponential-moving-average.js';
import { anchoredBack } from '../measures/parts/anchor.js';
import { reachOf } from '../measures/parts/extreme.js';
import { createRing } from '../measures/parts/ring.js';
import { sampleScore } from '../measures/parts/standard-score.js';
import { logVolume, VOLUME_FLOOR } from '../measures/parts/volume-baseline.js';
import { moveSince } from '../measures/normalised-move.js';
import { takerImbalance } from '../measures/taker-imbalance.js';
import { trendSlopeOf } from '../measures/trend-slope.js';
import { trendStateOf } from '../measures/trend-state.js';

const RANGE_BARS = 14;
const QUICK_BARS = 20;
const SLOW_BARS = 50;
const SLOPE_BARS = 4;
const BREAKOUT_BARS = 20;
const VOLUME_BARS = 20;

const volumesOf = (window: Window): readonly (number | null)[] =>
  Array.from({ length: VOLUME_BARS }, (_, index) => window.volume(VOLUME_BARS - index));

const volumeValues = (window: Window): readonly [score: Measured, thin: Measured] => {
  if (window.length <= VOLUME_BARS) return ['warmup', 'warmup'];
  const volumes = volumesOf(window);
  const latest = window.volume(0);
  const known = volumes.filter((volume) => volume !== null);
  if (latest === null || known.length < volumes.length) return ['no-data', 'no-data'];
  return [sampleScore(logVolume(latest), known.map(logVolume)), known.filter((volume) => volume <= VOLUME_FLOOR).length];
};

/** How far the close lies beyond the bars before it; `sign` 1: above the highest, −1: below the lowest. */
const beyond = (window: Window, rangeBefore: number, sign: 1 | -1): Measured => {
  if (window.length <= BREAKOUT_BARS || Number.isNaN(rangeBefore)) return 'warmup';
  let extreme = -Infinity;
  for (let back = 1; back <= BREAKOUT_BARS; back++) extreme = Math.max(extreme, reachOf(window, back, sign));
  return breakoutOf(window.close(0), extreme, rangeBefore, sign);
};

const moveOf = (window: Window, rangeBefore: number): Measured => {
  const back = anchoredBack(window, 1);
  return typeof back === 'number' ? moveSince(window, back, rangeBefore, 1) : back;
};

/** Averages have no other reason to be absent than that they begin. */
const knownOf = (value: Measured): number => (typeof value === 'number' ? value : NaN);

/**
 * The values of `contextMeasures`, in the same bits, worked out when asked. The context of an alert is asked for once in thousands
 * of bars: two averages and the true range are remembered at every bar, and all else is read off the window when there is an alert.
 *
 * *Memory.* A dozen numbers.
 */
export const createSurroundings = (interval: Interval, shared?: Shared): Around => {
  const averageRange = averageTrueRangeReader(RANGE_BARS, shared);
  const quickAverage = exponentialMovingAverageReader(QUICK_BARS, shared);
  const slowAverage = exponentialMovingAverageReader(SLOW_BARS, shared);
  const takers = takerImbalance().start(interval);
  const quicks = createRing(SLOPE_BARS + 1);
  let window: Window | undefined;
  // NaN until it is known; written over in place (average-true-range.ts).
  const latest = { range: NaN, rangeBefore: NaN, quick: NaN, slow: NaN };

  const trendState = (): Measured => {
    const { range, quick, slow } = latest;
    const before = quicks.at(SLOPE_BARS);
    // A sum is NaN as soon as one of its terms is.
    if (Number.isNaN(quick + slow + range + before)) return 'warmup';
    const slope = trendSlopeOf(quick, before, SLOPE_BARS, range);
    return typeof slope === 'number' ? trendStateOf(quick, slow, slope) : slope;
  };

  return {
    see: (view) => {
      window = view;
      latest.rangeBefore = view.barCount === 1 ? NaN : latest.range;
      latest.range = knownOf(averageRange(view));
      latest.quick = knownOf(quickAverage(view));
      latest.slow = knownOf(slowAverage(view));
      quicks.push(latest.quick);
    },
    read: () => {
      if (window === undefined) return {};
      const { rangeBefore } = latest;
      const [score, thin] = volumeValues(window);
      return {
        m_1: moveOf(window, rangeBefore),
        [`volume_logz${VOLUME_BARS}`]: score,
        [`volume_thin${VOLUME_BARS}`]: thin,
        natr14_before: rangeBeforePctOf(window, rangeBefore),
        [`breakout${BREAKOUT_BARS}`]: beyond(window, rangeBefore, 1),
        [`breakout_down${BREAKOUT_BARS}`]: beyond(window, rangeBefore, -1),
        trend_state: trendState(),
        tbi: takers(window),
      };
    },
  };
};
