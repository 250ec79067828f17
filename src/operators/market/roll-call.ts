import type { Close } from '../../model/close.js';
import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Market, Series } from '../../model/series.js';

/** Closes whose attendance is remembered, so that a late bar is known as late. */
const REMEMBERED_CLOSES = 100;

/** The newest told bar of a symbol that is expected, and of which none has been told: it lies before everything. */
const NONE_YET = -Infinity;

/** Marks of a symbol on a sheet; 0: it has not come. */
const TOLD = 1;
const UNTOLD = 2;

type Attendance = Omit<Close, 'judged' | 'alerts'>;

/** Who is expected and who has come, for one market and interval. */
export interface RollCall {
  readonly barMs: number;
  /** Replaces the roster. On a first start it gives the attendance that opens the record, otherwise `null`. */
  expect(symbols: readonly string[], closedUpToMs: number | null): Attendance | null;
  /** Someone has come to a close; true when nobody of the roster is missing any more. */
  answer(symbol: string, openTimeMs: number): boolean;
  /** Closes the call of one time for those who have answered since it was closed last. */
  tell(openTimeMs: number): Attendance;
  /** The call of a time that has been closed, for who has something to correct: nothing changes by it. */
  again(openTimeMs: number): Attendance;
}

/** Who has come to one close. */
interface Sheet {
  readonly openTimeMs: number;
  /** A mark for each symbol, by its number. */
  marks: Uint8Array;
  received: number;
  /** The roster that was asked about last, and how many of it have not come. */
  roster: readonly number[] | null;
  missing: number;
}

const grown = (marks: Uint8Array, length: number): Uint8Array => {
  const longer = new Uint8Array(length);
  longer.set(marks);
  return longer;
};

/**
 * Every symbol has a number here, in the order in which they are heard of first. What is known of each lies in arrays by that
 * number, so that a bar costs one look-up of its symbol and nothing that has to be collected.
 *
 * *Memory.* A byte for each symbol in each of the last hundred told closes.
 */
export const createRollCall = (market: Market, interval: Interval, judgedUpToMs: (series: Series) => number | null): RollCall => {
  const barMs = INTERVAL_MS[interval];
  const numbers = new Map<string, number>();
  const symbolOf: string[] = [];
  /** Newest told bar of every symbol, `NONE_YET` where there is none; NaN of one that was never expected. */
  const newestMs: number[] = [];
  let isExpected: readonly boolean[] = [];
  let expected: readonly number[] = [];
  const sheets = new Map<number, Sheet>();
  /** The sheet that was marked last: the next mark is mostly on the same. */
  let atHand: Sheet | null = null;
  /** Told closes whose sheets are kept, the longest untouched first. Where somebody waits to be told, the sheet is not among them. */
  const kept = new Set<number>();
  /** Symbols that left while they lagged: what they were not judged for must not be taken for judged when they are back. */
  const leftBehind = new Set<number>();
  let toldUpToMs = -Infinity;
  let opened = false;

  const numberOf = (symbol: string): number => {
    let number = numbers.get(symbol);
    if (number === undefined) {
      number = symbolOf.push(symbol) - 1;
      numbers.set(symbol, number);
      newestMs.push(NaN);
    }
    return number;
  };

  const sheetOf = (openTimeMs: number): Sheet => {
    let sheet = sheets.get(openTimeMs);
    if (sheet === undefined) {
      sheet = { openTimeMs, marks: new Uint8Array(symbolOf.length), received: 0, roster: null, missing: 0 };
      sheets.set(openTimeMs, sheet);
    }
    return sheet;
  };

  const mark = (sheet: Sheet, number: number): void => {
    if (number >= sheet.marks.length) sheet.marks = grown(sheet.marks, symbolOf.length);
    if (sheet.marks[number] === 0) {
      sheet.received++;
      if (isExpected[number] === true) sheet.missing--;
    }
    sheet.marks[number] = UNTOLD;
  };

  const isWhole = (sheet: Sheet): boolean => {
    if (sheet.roster !== expected) {
      sheet.roster = expected;
      sheet.missing = 0;
      for (const number of expected) if ((sheet.marks[number] ?? 0) === 0) sheet.missing++;
    }
    return expected.length > 0 && sheet.missing === 0;
  };

  const keep = (openTimeMs: number): void => {
    kept.add(openTimeMs);
    if (kept.size <= REMEMBERED_CLOSES) return;
    const [oldest = openTimeMs] = kept;
    kept.delete(oldest);
    sheets.delete(oldest);
  };

  const laggingBehind = (openTimeMs: number): Record<string, number | null> => {
    // No prototype: a symbol named `__proto__` must stay a symbol.
    const lagging = Object.create(null) as Record<string, number | null>;
    const look = (number: number): void => {
      const timeMs = newestMs[number] as number;
      if (timeMs === NONE_YET) lagging[symbolOf[number] as string] = null;
      else if (timeMs < openTimeMs) lagging[symbolOf[number] as string] = timeMs;
    };
    expected.forEach(look);
    leftBehind.forEach(look);
    return lagging;
  };

  const attendance = (openTimeMs: number, late: boolean, received: number): Attendance => ({
    market,
    interval,
    openTimeMs,
    decisionTimeMs: openTimeMs + barMs,
    expected: expected.length,
    received,
    late,
    lagging: laggingBehind(toldUpToMs),
  });

  return {
    barMs,
    expect: (symbols, closedUpToMs) => {
      for (const number of expected) if ((newestMs[number] as number) < toldUpToMs) leftBehind.add(number);
      expected = [...new Set(symbols)].map(numberOf);
      const among: boolean[] = symbolOf.map(() => false);
      let known = -Infinity;
      for (const number of expected) {
        among[number] = true;
        leftBehind.delete(number);
        const newest = newestMs[number] as number;
        const timeMs = newest > NONE_YET ? newest : judgedUpToMs({ market, symbol: symbolOf[number] as string, interval });
        known = Math.max(known, timeMs ?? -Infinity);
        // A newcomer begins behind the bars that had closed before it came.
        newestMs[number] = timeMs ?? closedUpToMs ?? NONE_YET;
      }
      isExpected = among;
      const isFirst = !opened && known === -Infinity;
      // What an earlier life has told is not told first here.
      if (!opened) toldUpToMs = known;
      opened = true;
      if (!isFirst || closedUpToMs === null) return null;
      toldUpToMs = closedUpToMs;
      return { ...attendance(closedUpToMs, false, 0), expected: 0 };
    },
    answer: (symbol, openTimeMs) => {
      const number = numberOf(symbol);
      if (atHand?.openTimeMs !== openTimeMs) {
        atHand = sheetOf(openTimeMs);
        kept.delete(openTimeMs);
      }
      mark(atHand, number);
      return isWhole(atHand);
    },
    tell: (openTimeMs) => {
      const late = openTimeMs <= toldUpToMs;
      toldUpToMs = Math.max(toldUpToMs, openTimeMs);
      atHand = null;
      const { marks, received } = sheetOf(openTimeMs);
      for (let number = 0; number < marks.length; number++) {
        if (marks[number] !== UNTOLD) continue;
        marks[number] = TOLD;
        if ((newestMs[number] as number) < openTimeMs) newestMs[number] = openTimeMs;
      }
      keep(openTimeMs);
      return attendance(openTimeMs, late, received);
    },
    again: (openTimeMs) => attendance(openTimeMs, true, sheets.get(openTimeMs)?.received ?? 0),
  };
};
