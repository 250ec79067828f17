import type { Measured } from '../../../model/reading.js';
import type { Reader, Shared } from '../../../ports/measure.js';

/** What several measures of one series look at, read once at every bar. */
export interface SharedReaders extends Shared {
  /** The next bar has come: what was read of the last one is not asked for again. */
  readonly next: () => void;
}

export const createShared = (): SharedReaders => {
  const readers = new Map<string, Reader>();
  let bar = 0;

  const once = (reader: Reader): Reader => {
    // Numbers of an object are written over in place (average-true-range.ts).
    const held = { value: 0.5 };
    let absent: Measured | null = null;
    let readAt = -1;
    return (window) => {
      if (readAt !== bar) {
        readAt = bar;
        const read = reader(window);
        absent = typeof read === 'number' ? null : read;
        if (typeof read === 'number') held.value = read;
      }
      return absent ?? held.value;
    };
  };

  return {
    next: () => void bar++,
    of: (name, make) => {
      const known = readers.get(name);
      if (known !== undefined) return known;
      const reader = once(make());
      readers.set(name, reader);
      return reader;
    },
  };
};
