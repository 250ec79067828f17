import type { Interval } from '../../model/interval.js';
import type { Market } from '../../model/series.js';
import type { Report } from '../../model/fault.js';
import type { Complaints } from './complaints.js';
import type { Seat } from './seats.js';
import type { LinkState } from './session.js';
import { streamName } from './streams.js';

/** Misses in a row after which a stream is subscribed again; and again after each doubling, for a symbol may just be quiet (F2). */
const MISSES_MIN = 2;
/** A socket without data for this long does not flow, in wire milliseconds: twice the time between two looks, and some. */
const FLOW_MS_MAX = 10_000;
/** A market without data for this long does not come back by itself in a moment: its bars come over REST. In wire milliseconds. */
const DOWN_MS_MIN = 15_000;

export interface VigilParts {
  readonly market: Market;
  readonly links: ReadonlyMap<string, LinkState>;
  readonly complaints: Complaints;
  readonly report: Report;
  readonly nowMs: () => number;
  /** Wire milliseconds from a close to the moment at which its silence is judged. */
  readonly graceMs: number;
}

/** Watches over the streams at each close: which series were silent, and whether any socket delivers at all. */
export interface Vigil {
  /** Judges one interval at a close, in its grace's last moment; gives the streams that are to be subscribed again. */
  readonly judge: (interval: Interval, seats: Iterable<Seat>, openTimeMs: number) => readonly string[];
  /** Says once that no socket delivers and bars come over REST, and once that this is over (reliability.md, emergency fallback). */
  readonly watchSockets: () => void;
}

const isPowerOfTwo = (count: number): boolean => (count & (count - 1)) === 0;

export const createVigil = ({ market, links, complaints, report, nowMs, graceMs }: VigilParts): Vigil => {
  let fallbackCloses = 0;
  let sinceMs: number | null = null;

  const isRecent = (timeMs: number | null, withinMs: number): boolean => timeMs !== null && nowMs() - timeMs < withinMs;
  /** Whether a stream's socket has flowed since before the close and does so still: only then its silence says something. */
  const flows = (stream: string): boolean => {
    for (const { names, sight } of links.values()) {
      if (!names.has(stream)) continue;
      const firstMs = sight?.firstDataMs() ?? null;
      return firstMs !== null && firstMs < nowMs() - graceMs && isRecent(sight?.lastDataMs() ?? null, FLOW_MS_MAX);
    }
    return false;
  };

  return {
    judge: (interval, seats, openTimeMs) => {
      const muted: string[] = [];
      for (const seat of seats) {
        if (seat.latestMs >= openTimeMs) {
          seat.misses = 0;
          continue;
        }
        const stream = streamName(seat.series.symbol, interval);
        if (!flows(stream)) continue;
        seat.misses++;
        if (seat.misses >= MISSES_MIN && isPowerOfTwo(seat.misses)) muted.push(stream);
      }
      if (muted.length > 0) {
        const more = muted.length === 1 ? '' : ` and ${muted.length - 1} others`;
        const detail = `${market}: ${muted[0]}${more} silent while their sockets flow; subscribed again, their bars come over REST meanwhile`;
        complaints.tell(`muted ${market} ${interval}`, 'muted', { kind: 'stream-muted', count: muted.length, detail });
      }
      return muted;
    },
    watchSockets: () => {
      sinceMs ??= nowMs();
      const states = [...links.values()];
      const isFlowing = states.some(
        ({ lastDataMs, sight }) => isRecent(lastDataMs, DOWN_MS_MIN) || isRecent(sight?.lastDataMs() ?? null, DOWN_MS_MIN),
      );
      const isDown = states.length > 0 && !isFlowing && nowMs() - sinceMs >= DOWN_MS_MIN;
      if (isDown) {
        fallbackCloses++;
        if (fallbackCloses > 1) return;
        const detail = `${market}: no socket delivers; closed bars come over REST, the most traded symbols first, until one does`;
        report({ kind: 'feed-fallback', detail });
      } else if (fallbackCloses > 0 && isFlowing) {
        const detail = `${market}: sockets deliver again, after ${fallbackCloses} closes over REST`;
        report({ kind: 'feed-fallback', detail });
        fallbackCloses = 0;
      }
    },
  };
};
