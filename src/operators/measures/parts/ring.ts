/**
 * The latest numbers of something that a reader must remember; `back` counts from the newest (0). Nothing is allocated per push.
 * A series that begins anew needs no emptying: a reader asks no further back than the bars of its own life.
 */
export interface Ring {
  push(value: number): void;
  /** NaN for what has not been pushed yet. */
  at(back: number): number;
}

/** A class for the sake of memory: there are many for each series, and closures would take more than the numbers. */
class NumberRing implements Ring {
  private readonly values: number[];
  private newest: number;

  constructor(size: number) {
    this.values = Array.from({ length: size }, () => NaN);
    this.newest = size - 1;
  }

  push(value: number): void {
    this.newest = this.newest + 1 === this.values.length ? 0 : this.newest + 1;
    this.values[this.newest] = value;
  }

  at(back: number): number {
    const index = this.newest - back;
    return this.values[index < 0 ? index + this.values.length : index] ?? NaN;
  }
}

export const createRing = (size: number): Ring => new NumberRing(size);
