/** Where one symbol stands in the cross-section of one close (signals.md §6.1, §6.2). */
export interface Standing {
  /** Mid-rank of its one-bar log return among all symbols of the close, in (0, 1). For a fall read `1 − rank`. */
  readonly rank: number;
  /** Slope of its returns on the market index over the 96 bars before, as computed; `null` without enough bars or variance. */
  readonly beta: number | null;
  /** Log return beyond `beta · index`, with beta kept within [0, 3], or 1 where there is none. */
  readonly excess: number;
  /** `excess` in average true ranges before the bar; `null` in warm-up. */
  readonly excessAtr: number | null;
}

/** One bar close across the universe (signals.md §6). `null` in a `Close` when there is none: fewer than 20 series expected, or below 60 % coverage. */
export interface Section {
  /** Symbols with a one-bar return at this close. */
  readonly count: number;
  /** Median of their log returns: the market's own move. */
  readonly index: number;
  /** Log return of BTCUSDT beside it; `null` when it is not there. */
  readonly bitcoin: number | null;
  /** Share of the symbols that moved by at least two average true ranges, by direction, 0…1. */
  readonly breadthUp: number;
  readonly breadthDown: number;
  /** By symbol, for the symbols of the close's alerts. */
  readonly standings: ReadonlyMap<string, Standing>;
  /**
   * Pearson correlation of two symbols' returns over the 96 bars that end one bar before this close, in [−1, 1]; `null` with fewer
   * than 72 common bars or without variance. To be asked while this close is on its way through the filters, never later.
   */
  readonly correlation: (a: string, b: string) => number | null;
}
