import { judgedUpTo } from '../../model/positions.js';
import type { Position } from '../../ports/store.js';

export const positionKey = ({ market, interval }: Pick<Position, 'market' | 'interval'>): string => `${market}|${interval}`;

const later = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b));

/**
 * Both positions of one market and interval in one: for each symbol the later of the two. A position therefore never goes
 * back, whatever order closes are told in, and a newcomer of a late close is not forgotten.
 */
export const joinPositions = (known: Position | undefined, told: Position): Position => {
  if (known === undefined) return told;
  const openTimeMs = Math.max(known.openTimeMs, told.openTimeMs);
  const behind: [string, number | null][] = [];
  for (const symbol of new Set([...Object.keys(known.lagging), ...Object.keys(told.lagging)])) {
    const series = { ...told, symbol };
    const judged = later(judgedUpTo([known])(series), judgedUpTo([told])(series));
    if (judged !== openTimeMs) behind.push([symbol, judged]);
  }
  // Not built by assignment: a symbol named `__proto__` must stay a symbol.
  return { market: told.market, interval: told.interval, openTimeMs, lagging: Object.fromEntries(behind) };
};
