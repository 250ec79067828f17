/**
 * The recent bars of an alert's series at its decision, oldest first, the alerted bar last: what a picture is drawn of. Columns of
 * one length. It lives in memory alone: an alert that an earlier life left unfinished has none, and is told in words.
 */
export interface Scene {
  readonly intervalMs: number;
  readonly openTimesMs: readonly number[];
  readonly open: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
  /** `null` where the bar has none. */
  readonly volume: readonly (number | null)[];
}
