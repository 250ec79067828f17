import type { SchedulerLike } from 'rxjs';

const QUOTE = 0x22;
const PREFIX = Buffer.from('{"stream":"');

/** Chooses among open bars: each stream at most once in so long. */
export interface Look {
  /** Whether a frame that would pass unread is to be read. */
  readonly wants: (frame: Buffer) => boolean;
  /** Whether an open bar of this stream that was read, for whatever reason, is to be told; it is taken for told then. */
  readonly takes: (stream: string) => boolean;
}

export interface Glance {
  /** `null` while nobody looks at forming bars: seeing that is then all that a frame costs. */
  look: Look | null;
}

/**
 * A frame tells its stream by the name at its beginning; one without is not wanted.
 *
 * *Memory.* One number for each stream there has been.
 */
export const createLook = (everyMs: number, clock: SchedulerLike): Look => {
  const lastMs = new Map<string, number>();
  const isDue = (stream: string): boolean => clock.now() - (lastMs.get(stream) ?? -Infinity) >= everyMs;
  return {
    wants: (frame) => {
      if (!frame.subarray(0, PREFIX.length).equals(PREFIX)) return false;
      return isDue(frame.toString('utf8', PREFIX.length, frame.indexOf(QUOTE, PREFIX.length)));
    },
    takes: (stream) => {
      if (!isDue(stream)) return false;
      lastMs.set(stream, clock.now());
      return true;
    },
  };
};
