import type { SchedulerLike } from 'rxjs';
import type { Glance } from './glance.js';
import { eventTimeOf, openAt, opensAt } from './kline.js';

/** One frame in so many is read in full although its bytes say that its bar is open. */
const CANARY_FRAMES = 1_000;

/** What one connection shows of the data that flows on it: counted per frame, looked at seldom. Times are wire time, ms. */
export interface Sight {
  readonly openedAtMs: number;
  /** Whether a frame is to be read in full. All that a frame of an open bar costs. */
  readonly keep: (frame: Buffer) => boolean;
  /** A bar was read, open or closed: the only kind of data that proves anything (binance-protocol.md §1.2). */
  readonly saw: (frame: Buffer) => void;
  readonly hasData: () => boolean;
  /**
   * Whether data has come since the last look that is newer than what came before: a server that sends its last frame again and
   * again is as silent as one that sends nothing (binance-protocol.md §11, 4).
   */
  readonly look: () => boolean;
  /** The last look has seen nothing but old frames. */
  readonly isRepeating: () => boolean;
  readonly firstDataMs: () => number | null;
  /** When data was last known to come; now, if frames have come since the last look. */
  readonly lastDataMs: () => number | null;
}

const UNSEEN: Glance = { look: null };

/** Lengths of frames that are told apart; those of one connection differ by some dozens of bytes. */
const LENGTHS = 256;

/**
 * `saysOpen` that looks first where it found the word in the last frame of the same length: in recordings it is there again three
 * times in five.
 */
const createOpenings = (): ((frame: Buffer) => boolean) => {
  const backs = new Uint8Array(LENGTHS);
  return (frame) => {
    const slot = frame.length & (LENGTHS - 1);
    if (opensAt(frame, frame.length - (backs[slot] as number))) return true;
    const at = openAt(frame);
    if (at < 0) return false;
    backs[slot] = frame.length - at;
    return true;
  };
};

export const createSight = (clock: SchedulerLike, glance: Glance = UNSEEN): Sight => {
  // The one number that moves at every frame: open bars that may still pass unread. It stays small for months.
  let unread = 0;
  /** What `unread` was set to; the difference has passed. */
  let allowed = 0;
  /** Frames since the last look that are not in that difference. */
  let counted = 0;
  let firstDataMs: number | null = null;
  let lastDataMs: number | null = null;
  /** The exchange's own time in the frames that were read: the newest since the last look, and the newest of all before. */
  let sampledMs: number | null = null;
  let newestMs = -Infinity;
  let isRepeating = false;
  const isOpen = createOpenings();

  const allow = (frames: number): void => {
    counted += allowed - unread;
    unread = frames;
    allowed = frames;
  };
  const frames = (): number => counted + allowed - unread;

  return {
    openedAtMs: clock.now(),
    keep: (frame) => {
      if (unread > 0 && isOpen(frame)) {
        if (glance.look !== null && glance.look.wants(frame)) return true;
        unread--;
        return false;
      }
      return true;
    },
    saw: (frame) => {
      counted++;
      firstDataMs ??= clock.now();
      if (unread > 0) return;
      allow(CANARY_FRAMES);
      const eventMs = eventTimeOf(frame);
      if (eventMs !== null) sampledMs = Math.max(sampledMs ?? eventMs, eventMs);
    },
    hasData: () => firstDataMs !== null,
    look: () => {
      if (frames() === 0) return false;
      isRepeating = sampledMs !== null && sampledMs <= newestMs;
      newestMs = Math.max(newestMs, sampledMs ?? newestMs);
      sampledMs = null;
      // The next frame is read, so that the next look has something to compare.
      allow(0);
      counted = 0;
      if (!isRepeating) lastDataMs = clock.now();
      return !isRepeating;
    },
    isRepeating: () => isRepeating,
    firstDataMs: () => firstDataMs,
    lastDataMs: () => (frames() > 0 && !isRepeating ? clock.now() : (lastDataMs ?? firstDataMs)),
  };
};
