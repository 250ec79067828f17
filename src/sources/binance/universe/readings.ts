import type { Ticker } from './listing.js';

type Tickers = ReadonlyMap<string, Ticker>;

/** The volumes of the last looks: the gate uses a figure that is old enough not to hold the move an alert would speak of. */
export interface Readings {
  /** Notes what the exchange says at `nowMs`, exchange time. */
  add(tickers: Tickers, nowMs: number): void;
  /**
   * Quote volume of 24 hours that ended at least `ageMs` before `nowMs`, or when it was looked for the first time; of a symbol
   * that was not listed then, what is said now; `null` when there is nothing.
   */
  volumes(nowMs: number): (symbol: string) => number | null;
  /** Notes what the exchange says of some symbols; may be told often. */
  freshen(tickers: Tickers, nowMs: number): void;
}

/** Looks closer together than this part of the age replace one another, so that a handful is kept however often is looked. */
const PART = 4;
/** A correction of the clock may make a whole wait look a little shorter. */
const TOLERANCE = 0.9;

export const createReadings = (ageMs: number): Readings => {
  /** Oldest first. */
  let kept: readonly { readonly tickers: Tickers; readonly atMs: number }[] = [];
  let latest = new Map<string, Ticker>();

  const since = (nowMs: number) => {
    const old = kept.filter(({ atMs }) => nowMs - atMs >= ageMs * TOLERANCE).length;
    return kept.slice(Math.max(0, old - 1));
  };
  const keep = (nowMs: number): void => {
    const lastMs = kept.at(-1)?.atMs ?? -Infinity;
    if (nowMs - lastMs >= ageMs / PART) kept = [...since(nowMs), { tickers: new Map(latest), atMs: nowMs }];
  };

  return {
    add: (tickers, nowMs) => {
      latest = new Map(tickers);
      keep(nowMs);
    },
    freshen: (tickers, nowMs) => {
      for (const [symbol, ticker] of tickers) latest.set(symbol, ticker);
      keep(nowMs);
    },
    volumes: (nowMs) => {
      const oldest = since(nowMs)[0]?.tickers;
      return (symbol) => (oldest?.get(symbol) ?? latest.get(symbol))?.quoteVolume ?? null;
    },
  };
};
