import { numberOf } from '../../model/reading.js';
import type { CloseFilter } from './filter-closes.js';
import { gate } from './gate.js';

export interface TrendOptions {
  /** Names of the trend states that must be aligned with an alert, one for each timeframe: `trend_state`, `trend_state@1h`. */
  readonly states: readonly string[];
}

/**
 * Withholds an alert unless the trend of every timeframe that is known goes its way (signals.md §4.3); where none is known it
 * passes, and says so (`trend-unknown`). Alignment is not shown to raise the odds: it is a matter of taste, off by default.
 */
export const trend = ({ states }: TrendOptions): CloseFilter =>
  gate('trend', (values, { direction }) => {
    const known = states.map((name) => numberOf(values, name)).filter((state) => state !== null);
    if (known.length === 0) return 'trend-unknown';
    return known.every((state) => state === (direction === 'up' ? 1 : -1)) ? 'pass' : 'withhold';
  });
