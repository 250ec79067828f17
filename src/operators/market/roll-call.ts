import type { Close } from '../../model/close.js';
import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Market, Series } from '../../model/series.js';

/** Closes whose attendance is remembered, so that a late bar is known as late. */
const REMEMBERED_CLOSES = 100;

type Attendance = Omit<Close, 'judged' | 'alerts'>;

/** Who is expected and who has come, for one market and interval. */
export interface RollCall {
  readonly key: string;
  readonly barMs: number;
  /** Replaces the roster. On a first start it gives the attendance that opens the record, otherwise `null`. */
  expect(symbols: readonly string[], closedUpToMs: number | null): Attendance | null;
  /** Someone has come to a close; true when nobody of the roster is missing any more. */
  answer(symbol: string, openTimeMs: number): boolean;
  /** Closes the call of one time for those who are told now. */
  tell(openTimeMs: number, symbols: readonly string[]): Attendance;
  /** The call of a time that has been closed, for who has something to correct: nothing changes by it. */
  again(openTimeMs: number): Attendance;
}

export const createRollCall = (market: Market, interval: Interval, judgedUpToMs: (series: Series) => number | null): RollCall => {
  const barMs = INTERVAL_MS[interval];
  /** Who has come to each close; where all of the roster have and nobody else, the roster itself, which closes then share. */
  const present = new Map<number, ReadonlySet<string>>();
  /** Told closes whose attendance is kept, the longest untouched first. */
  const kept = new Set<number>();
  /** Newest told bar of every symbol that was ever expected; `null` when none ever was. */
  const newest = new Map<string, number | null>();
  let expected: ReadonlySet<string> = new Set();
  /** What must not be added to, because closes share it. */
  const rosters = new WeakSet<ReadonlySet<string>>();
  /** Symbols that left while they lagged: what they were not judged for must not be taken for judged when they are back. */
  const leftBehind = new Set<string>();
  let toldUpToMs = -Infinity;
  let opened = false;

  /** The attendance of a close with these added, which is its own as long as it is no whole roster. */
  const attend = (openTimeMs: number, symbols: readonly string[]): ReadonlySet<string> => {
    let own = present.get(openTimeMs);
    for (const symbol of symbols) {
      if (own?.has(symbol) === true) continue;
      if (own === undefined || rosters.has(own)) own = new Set(own);
      (own as Set<string>).add(symbol);
    }
    own ??= new Set();
    present.set(openTimeMs, own);
    return own;
  };
  const isWhole = (symbols: ReadonlySet<string>): boolean => {
    if (expected.size === 0 || symbols.size < expected.size) return false;
    if (symbols === expected) return true;
    for (const each of expected) if (!symbols.has(each)) return false;
    return true;
  };

  const keep = (openTimeMs: number): void => {
    kept.delete(openTimeMs);
    kept.add(openTimeMs);
    if (kept.size <= REMEMBERED_CLOSES) return;
    const [oldest = openTimeMs] = kept;
    kept.delete(oldest);
    present.delete(oldest);
  };

  const laggingBehind = (openTimeMs: number): Record<string, number | null> => {
    // No prototype: a symbol named `__proto__` must stay a symbol.
    const lagging = Object.create(null) as Record<string, number | null>;
    for (const symbol of [...expected, ...leftBehind]) {
      const time = newest.get(symbol) ?? null;
      if (time === null || time < openTimeMs) lagging[symbol] = time;
    }
    return lagging;
  };

  const attendance = (openTimeMs: number, late: boolean, received: number): Attendance => ({
    market,
    interval,
    openTimeMs,
    decisionTimeMs: openTimeMs + barMs,
    expected: expected.size,
    received,
    late,
    lagging: laggingBehind(toldUpToMs),
  });

  return {
    key: `${market}|${interval}`,
    barMs,
    expect: (symbols, closedUpToMs) => {
      for (const symbol of expected) if ((newest.get(symbol) ?? -Infinity) < toldUpToMs) leftBehind.add(symbol);
      expected = new Set(symbols);
      rosters.add(expected);
      for (const symbol of expected) leftBehind.delete(symbol);
      let known = -Infinity;
      for (const symbol of expected) {
        const time = newest.get(symbol) ?? judgedUpToMs({ market, symbol, interval });
        known = Math.max(known, time ?? -Infinity);
        // A newcomer begins behind the bars that had closed before it came.
        newest.set(symbol, time ?? closedUpToMs);
      }
      const isFirst = !opened && known === -Infinity;
      // What an earlier life has told is not told first here.
      if (!opened) toldUpToMs = known;
      opened = true;
      if (!isFirst || closedUpToMs === null) return null;
      toldUpToMs = closedUpToMs;
      return { ...attendance(closedUpToMs, false, 0), expected: 0 };
    },
    answer: (symbol, openTimeMs) => {
      return isWhole(attend(openTimeMs, [symbol]));
    },
    tell: (openTimeMs, symbols) => {
      const late = openTimeMs <= toldUpToMs;
      toldUpToMs = Math.max(toldUpToMs, openTimeMs);
      const received = attend(openTimeMs, symbols);
      if (received.size === expected.size && isWhole(received)) present.set(openTimeMs, expected);
      for (const symbol of symbols) {
        const before = newest.get(symbol);
        if (before !== undefined && (before === null || before < openTimeMs)) newest.set(symbol, openTimeMs);
      }
      keep(openTimeMs);
      return attendance(openTimeMs, late, received.size);
    },
    again: (openTimeMs) => attendance(openTimeMs, true, present.get(openTimeMs)?.size ?? 0),
  };
};
