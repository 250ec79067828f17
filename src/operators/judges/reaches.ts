/** How far below a threshold a derived value may lie and still count as on it: the rounding of its making (signals.md §9.5). */
const TOLERANCE = 1e-9;

/** The least number that reaches a threshold. */
export const leastReaching = (threshold: number): number => threshold - TOLERANCE * Math.max(1, Math.abs(threshold));

/** `value ≥ threshold`, inclusive up to rounding: the one comparison for derived reals (scores, moves, correlations). */
export const reaches = (value: number, threshold: number): boolean => value >= leastReaching(threshold);
