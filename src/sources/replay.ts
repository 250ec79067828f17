import type { Subscriber } from 'rxjs';
import { EMPTY, Observable } from 'rxjs';
import { z } from 'zod';
import type { Bar } from '../model/bar.js';
import type { Interval } from '../model/interval.js';
import { INTERVALS } from '../model/interval.js';
import type { Market } from '../model/series.js';
import { MARKETS, seriesKey } from '../model/series.js';
import type { Context } from '../ports/context.js';
import { defineSource } from '../ports/plugin.js';
import type { FeedEvent } from '../ports/source.js';
import { createCursor } from './recording/cursor.js';
import { findRecordings } from './recording/find.js';
import type { RecordedClose } from './recording/merge.js';
import { mergeRecordings } from './recording/merge.js';

/** Time that passes only when it is told to, as the virtual clock offers it. */
interface DrivenTime {
  advanceTo(timeMs: number): void;
  runUntil(timeMs: number): Promise<void>;
  idle(): Promise<void>;
  pending(): number;
}

const isDriven = (clock: object): clock is DrivenTime =>
  'advanceTo' in clock && 'runUntil' in clock && 'idle' in clock && 'pending' in clock;

/** Lets time run up to a close: what is due before it happens before it, and nothing overtakes an operation on the disk. */
const runTo = async (clock: DrivenTime, timeMs: number): Promise<void> => {
  await clock.idle();
  if (clock.pending() > 0) await clock.runUntil(timeMs);
  else clock.advanceTo(timeMs);
};

/** The roster to tell before a close, when its symbols are others than those last told for its market and interval. */
const createRosters = () => {
  const told = new Map<string, readonly string[]>();
  return (bars: readonly [Bar, ...Bar[]]): FeedEvent | null => {
    const [{ market, interval }] = bars;
    const key = `${market}|${interval}`;
    const last = told.get(key);
    if (last?.length === bars.length && bars.every((bar, i) => bar.symbol === last[i])) return null;
    const symbols = bars.map((bar) => bar.symbol);
    told.set(key, symbols);
    return { kind: 'roster', market, interval, symbols };
  };
};

interface Progress {
  series: number;
  closedMs: number | null;
}

const play = async (
  subscriber: Subscriber<FeedEvent>,
  { bars, market }: { readonly bars: readonly string[]; readonly market?: Market | undefined },
  { marketTime, report }: Pick<Context, 'marketTime' | 'report'>,
  progress: Progress,
): Promise<void> => {
  const recordings = await findRecordings(bars, market, report);
  progress.series = new Set(recordings.map(({ series }) => seriesKey(series))).size;
  const cursors = recordings.map(createCursor);
  const merge = mergeRecordings(cursors);
  const rosterOf = createRosters();
  const tell = (close: RecordedClose): void => {
    const roster = rosterOf(close.bars);
    if (roster !== null) subscriber.next(roster);
    for (const bar of close.bars) subscriber.next({ kind: 'bar', bar });
  };
  try {
    while (!subscriber.closed) {
      if (merge.isHungry()) await merge.feed();
      const close = merge.take();
      if (close === null) return;
      if (close.decisionTimeMs !== progress.closedMs && isDriven(marketTime)) await runTo(marketTime, close.decisionTimeMs);
      progress.closedMs = close.decisionTimeMs;
      tell(close);
    }
  } finally {
    await Promise.all(cursors.map((cursor) => cursor.close()));
  }
};

/**
 * Recorded bars, as the exchange's archives have them, merged into one feed in the order in which they closed: by close time,
 * higher interval first, then symbol. Before the bars of a close comes a roster when its symbols have changed, so that no
 * close waits for a symbol the recordings do not have. Where the market's clock is virtual, it is moved to each close before
 * the close is told; on any other clock the bars come as fast as they are read.
 *
 * Files are read as they are needed, about one piece of each in memory. The feed ends after the last bar; a file that cannot
 * be read ends it with a `RecordingError`.
 */
export const replay = defineSource({
  type: 'replay',
  summary: 'Recorded bars from CSV files of the exchange’s archives, in virtual time.',
  options: z.strictObject({
    bars: z
      .array(z.string().min(1), { error: 'a list of files or folders' })
      .min(1, { error: 'at least one file or folder' })
      .describe('Files named <SYMBOL>-<interval>[-<date>].csv[.gz], or folders of them.'),
    higherIntervals: z
      .array(z.enum(INTERVALS as [Interval, ...Interval[]]))
      .default([])
      .describe('Longer bars that the judged ones are seen beside, rebuilt of them.'),
    market: z.enum(MARKETS).optional().describe('Market of the recordings; else the name of their folder, else usdm.'),
  }),
  create: (options, context) => {
    const progress: Progress = { series: 0, closedMs: null };
    return {
      event$: new Observable<FeedEvent>((subscriber) => {
        play(subscriber, options, context, progress).then(
          () => subscriber.complete(),
          (error: unknown) => subscriber.error(error),
        );
      }),
      // Everything recorded is told; there is nothing to ask for besides.
      history: { bars: () => EMPTY },
      status: () => ({
        sockets: [],
        series: progress.series,
        note: progress.closedMs === null ? 'reading recordings' : `replaying ${new Date(progress.closedMs).toISOString()}`,
      }),
    };
  },
});
