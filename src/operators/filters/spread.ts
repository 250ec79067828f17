import { numberOf } from '../../model/reading.js';
import { reaches } from '../judges/reaches.js';
import type { CloseFilter } from './filter-closes.js';
import { gate } from './gate.js';

/** The measure that the gate looks at: basis points between bid and ask, median of the last minute (signals.md §5). */
export const SPREAD_MEASURE = 'spread_bp';

export interface SpreadOptions {
  /** Basis points beyond which the spread is wide. */
  readonly limitBp: number;
  /** What becomes of an alert with a wide spread: it passes with the mark `wide-spread`, or it is withheld. */
  readonly wide: 'mark' | 'withhold';
}

/** The gate of the spread. Where it is not known the alert passes, and says so (`spread-unknown`). */
export const spread = ({ limitBp, wide }: SpreadOptions): CloseFilter =>
  gate('spread', (values) => {
    const held = numberOf(values, SPREAD_MEASURE);
    if (held === null) return 'spread-unknown';
    if (reaches(limitBp, held)) return 'pass';
    return wide === 'mark' ? 'wide-spread' : 'withhold';
  });
