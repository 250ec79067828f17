import { numberOf } from '../../model/reading.js';
import type { CloseFilter } from './filter-closes.js';
import { gate } from './gate.js';

/** The measure that the gate looks at: 1 trending, 0 mixed, −1 ranging, with hysteresis (signals.md §4.4). */
export const REGIME_MEASURE = 'regime10';

export const REGIMES = ['trending', 'mixed', 'ranging'] as const;
export type Regime = (typeof REGIMES)[number];

const regimeOf = (state: number): Regime => (state > 0 ? 'trending' : state < 0 ? 'ranging' : 'mixed');

/** Withholds alerts of symbols in other regimes than these; where the regime is not known the alert passes, and says so. */
export const regime = ({ allowed }: { readonly allowed: readonly Regime[] }): CloseFilter =>
  gate('regime', (values) => {
    const state = numberOf(values, REGIME_MEASURE);
    if (state === null) return 'regime-unknown';
    return allowed.includes(regimeOf(state)) ? 'pass' : 'withhold';
  });
