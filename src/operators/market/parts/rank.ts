/** Returns nearer than this are equal: coarse ticks make ties common, and binary logarithms split them (signals.md §6.1). */
const TIE = 1e-12;

/** How many of the numbers, which ascend, lie below `limit`, or do not lie above it. */
const countUpTo = (sorted: Float64Array, limit: number, inclusive: boolean): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] as number;
    if (value < limit || (inclusive && value === limit)) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * Mid-rank of a value, in (0, 1): the share of the numbers that are smaller, and half of those that are equal. `isAmong` says
 * whether the value is one of them; one that is not is ranked as if it were.
 */
export const midRank = (sorted: Float64Array, value: number, isAmong = true): number => {
  const smaller = countUpTo(sorted, value - TIE, false);
  const equal = countUpTo(sorted, value + TIE, true) - smaller + (isAmong ? 0 : 1);
  return (smaller + equal / 2) / (sorted.length + (isAmong ? 0 : 1));
};
