/**
 * The latest numbers of something that a reader must remember; `back` counts from the newest (0). Nothing is allocated per push.
 * A series that begins anew needs no emptying: a reader asks no further back than the bars of its own life.
 */
export interface Ring {
  push(value: number): void;
  /** NaN for what has not been pushed yet. */
  at(back: number): number;
}

export const createRing = (size: number): Ring => {
  const values = Array.from({ length: size }, () => NaN);
  let newest = size - 1;
  return {
    push: (value) => {
      newest = newest + 1 === size ? 0 : newest + 1;
      values[newest] = value;
    },
    at: (back) => {
      const index = newest - back;
      return values[index < 0 ? index + size : index] ?? NaN;
    },
  };
};
