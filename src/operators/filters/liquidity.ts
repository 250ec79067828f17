import { numberOf } from '../../model/reading.js';
import { reaches } from '../judges/reaches.js';
import type { CloseFilter } from './filter-closes.js';
import { gate } from './gate.js';

export interface LiquidityOptions {
  /** Least quote units per hour over the last day. */
  readonly level: number;
  /** What a series without quote volume counts as; `high` passes with the mark `liquidity-unknown`. */
  readonly unknown: 'low' | 'high';
}

/** Withholds alerts of symbols whose `liquidityPerHour` lies below the level. */
export const liquidity = ({ level, unknown }: LiquidityOptions): CloseFilter =>
  gate('liquidity', (values) => {
    const perHour = numberOf(values, 'liquidityPerHour');
    if (perHour === null) return unknown === 'high' ? 'liquidity-unknown' : 'withhold';
    return reaches(perHour, level) ? 'pass' : 'withhold';
  });
