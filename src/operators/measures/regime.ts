import type { Measure } from '../../ports/measure.js';
import { reaches } from '../judges/reaches.js';
import { efficiencyRatio } from './efficiency-ratio.js';

/** Efficiency at which a regime is entered, and at which it is left (signals.md §4.4). */
const TRENDING = { enter: 0.5, leave: 0.4 } as const;
const RANGING = { enter: 0.25, leave: 0.35 } as const;

/** Bars after which hardly any series is still in a regime that it entered before: no regime lasts long on ten bars. */
const SETTLED_BARS = 300;

/** 1 trending, −1 ranging, 0 mixed, from the state before and the efficiency now; a series begins mixed. */
export const regimeOf = (before: -1 | 0 | 1, efficiency: number): -1 | 0 | 1 => {
  if (reaches(efficiency, before === 1 ? TRENDING.leave : TRENDING.enter)) return 1;
  if (reaches(before === -1 ? RANGING.leave : RANGING.enter, efficiency)) return -1;
  return 0;
};

/**
 * `regime10`: whether the price trends (1), ranges (−1) or neither (0), by the efficiency ratio of the last `n` moves with
 * hysteresis: a regime is left later than it is entered, so that it does not flicker (signals.md §4.4).
 */
export const regime = (periodBars = 10): Measure => ({
  name: `regime${periodBars}`,
  unit: '1',
  windowBars: (interval) => efficiencyRatio(periodBars).windowBars(interval),
  warmupBars: () => SETTLED_BARS,
  start: (interval, shared) => {
    const efficiency = efficiencyRatio(periodBars).start(interval, shared);
    let state: -1 | 0 | 1 = 0;
    return (window) => {
      if (window.barCount === 1) state = 0;
      const ratio = efficiency(window);
      if (typeof ratio !== 'number') return ratio;
      state = regimeOf(state, ratio);
      return state;
    };
  },
});
