import type { Bar } from '../../model/bar.js';
import { INTERVAL_MS } from '../../model/interval.js';
import { seriesKey } from '../../model/series.js';
import type { Cursor } from './cursor.js';
import { RecordingError } from './error.js';

/** The bars that one market and interval close at one time, in ascending symbol order. */
export interface RecordedClose {
  readonly decisionTimeMs: number;
  readonly bars: readonly [Bar, ...Bar[]];
}

/** Recordings as one sequence of closes, by (close time, higher interval first, market, symbol). */
export interface Merge {
  /** The next close, or `null` when all recordings are at their end. Call only when `isHungry` is false. */
  take(): RecordedClose | null;
  /** True when some recording must be read on before the next close is known. */
  isHungry(): boolean;
  /** Reads on where it is due. Rejects with `RecordingError`. */
  feed(): Promise<void>;
}

/** Files read at the same time. */
const READS_AT_ONCE = 8;

const before = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const inOrder = ({ recording: { series: a } }: Cursor, { recording: { series: b } }: Cursor): number =>
  INTERVAL_MS[b.interval] - INTERVAL_MS[a.interval] || before(b.market, a.market) || before(a.symbol, b.symbol);

interface Entry {
  readonly cursor: Cursor;
  /** Place in the order of series, equal for two files of one series. */
  readonly rank: number;
  timeMs: number;
}

/** Ranks are given once, so that the order of two bars is two comparisons of numbers. */
const rankAll = (cursors: readonly Cursor[]): readonly Entry[] => {
  let rank = 0;
  let last: string | undefined;
  return cursors.toSorted(inOrder).map((cursor) => {
    const key = seriesKey(cursor.recording.series);
    if (last !== undefined && key !== last) rank++;
    last = key;
    return { cursor, rank, timeMs: Infinity };
  });
};

const comesBefore = (a: Entry, b: Entry): boolean => a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.rank < b.rank);

/** A binary heap of the cursors that have a bar. */
const createHeap = () => {
  const heap: Entry[] = [];
  const sink = (from: number): void => {
    const moving = heap[from] as Entry;
    let hole = from;
    for (let child = 2 * hole + 1; child < heap.length; child = 2 * hole + 1) {
      if (child + 1 < heap.length && comesBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (!comesBefore(heap[child] as Entry, moving)) break;
      heap[hole] = heap[child] as Entry;
      hole = child;
    }
    heap[hole] = moving;
  };
  return {
    peek: (): Entry | undefined => heap[0],
    push(entry: Entry): void {
      let hole = heap.length;
      heap.push(entry);
      for (; hole > 0 && comesBefore(entry, heap[(hole - 1) >> 1] as Entry); hole = (hole - 1) >> 1)
        heap[hole] = heap[(hole - 1) >> 1] as Entry;
      heap[hole] = entry;
    },
    /** After the first has moved on in its recording. */
    settle: (): void => sink(0),
    drop(): void {
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return;
      heap[0] = last;
      sink(0);
    },
  };
};

export const mergeRecordings = (cursors: readonly Cursor[]): Merge => {
  const heap = createHeap();
  let hungry: Entry[] = [...rankAll(cursors)];

  const advance = (entry: Entry): void => {
    if (entry.cursor.advance()) {
      entry.timeMs = entry.cursor.decisionTimeMs();
      heap.settle();
    } else {
      heap.drop();
      hungry.push(entry);
    }
  };

  const refuseTwice = (one: Cursor, other: Cursor, bar: Bar): never => {
    const at = new Date(bar.openTimeMs).toISOString();
    throw new RecordingError(
      `${one.recording.path} and ${other.recording.path} both hold the ${bar.interval} bar of ${bar.symbol} (${bar.market}) that opens at ${at}; give each bar once`,
    );
  };

  return {
    take: () => {
      const first = heap.peek();
      const firstBar = first?.cursor.bar();
      if (first === undefined || firstBar == null) return null;
      const { timeMs } = first;
      const { market, interval } = firstBar;
      const bars: [Bar, ...Bar[]] = [firstBar];
      let last = first;
      advance(first);
      for (let next = heap.peek(); next?.timeMs === timeMs; next = heap.peek()) {
        const bar = next.cursor.bar();
        if (bar?.interval !== interval || bar.market !== market) break;
        if (next.rank === last.rank) refuseTwice(last.cursor, next.cursor, bar);
        bars.push(bar);
        last = next;
        advance(next);
      }
      return { decisionTimeMs: timeMs, bars };
    },
    isHungry: () => hungry.length > 0,
    feed: async () => {
      const due = hungry;
      hungry = [];
      for (let i = 0; i < due.length; i += READS_AT_ONCE)
        await Promise.all(due.slice(i, i + READS_AT_ONCE).map(({ cursor }) => cursor.load()));
      for (const entry of due) {
        entry.timeMs = entry.cursor.decisionTimeMs();
        if (entry.timeMs < Infinity) heap.push(entry);
      }
    },
  };
};
