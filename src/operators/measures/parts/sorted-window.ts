/**
 * The latest numbers, in order of size beside the order of time: the newest takes its place among those that are sorted already,
 * so that a median is read off and nothing is sorted anew. NaN stands for a number that is not known.
 */
export interface SortedWindow {
  push(value: number): void;
  /** True once as many numbers have been pushed as it holds. */
  isFull(): boolean;
  /** True while a number that is not known is among them. */
  hasUnknown(): boolean;
  /** The median of a full window: the mean of the two middle values of an even number. */
  median(): number;
  /** The median of the distances from the median. */
  medianDeviation(median: number): number;
  /** The mean of the distances from the median. */
  meanDeviation(median: number): number;
  clear(): void;
}

/** What is not known is kept as larger than anything: it lies at the end, and so does what has not been pushed yet. */
const UNKNOWN = Infinity;

/** A class for the sake of memory (ring.ts). */
class NumberSortedWindow implements SortedWindow {
  private readonly ring: number[];
  private readonly sorted: number[];
  private oldest = 0;
  private count = 0;

  constructor(size: number) {
    this.ring = Array.from({ length: size }, () => UNKNOWN);
    this.sorted = Array.from({ length: size }, () => UNKNOWN);
  }

  push(value: number): void {
    const { ring, oldest } = this;
    const entered = Number.isNaN(value) ? UNKNOWN : value;
    this.replace(ring[oldest] as number, entered);
    ring[oldest] = entered;
    this.oldest = oldest + 1 === ring.length ? 0 : oldest + 1;
    if (this.count < ring.length) this.count++;
  }

  isFull(): boolean {
    return this.count === this.ring.length;
  }

  hasUnknown(): boolean {
    return this.sorted[this.sorted.length - 1] === UNKNOWN;
  }

  median(): number {
    const { sorted } = this;
    const half = sorted.length >> 1;
    const upper = sorted[half] as number;
    return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
  }

  /**
   * The distances grow to both sides of the median, so the smaller half of them is a run of neighbours: bisection tells how many of
   * these lie below the median, and the median of the distances is found at the ends of the run.
   */
  medianDeviation(median: number): number {
    const { sorted } = this;
    const half = sorted.length >> 1;
    // Where what lies above the median begins; the middle of an odd number counts as below.
    const above = sorted.length - half;
    let below = 0;
    for (let most = half; below < most;) {
      const tried = (below + most + 1) >> 1;
      if (median - (sorted[above - tried] as number) <= (sorted[above + half - tried] as number) - median) below = tried;
      else most = tried - 1;
    }
    const first = above - below;
    const last = first + half - 1;
    const next = Math.min(
      first > 0 ? median - (sorted[first - 1] as number) : UNKNOWN,
      last + 1 < sorted.length ? (sorted[last + 1] as number) - median : UNKNOWN,
    );
    if (sorted.length % 2 === 1) return next;
    return (Math.max(median - (sorted[first] as number), (sorted[last] as number) - median) + next) / 2;
  }

  meanDeviation(median: number): number {
    const { sorted } = this;
    let sum = 0;
    for (let i = 0; i < sorted.length; i++) sum += Math.abs((sorted[i] as number) - median);
    return sum / sorted.length;
  }

  clear(): void {
    this.ring.fill(UNKNOWN);
    this.sorted.fill(UNKNOWN);
    this.count = 0;
  }

  /** Moves what lies between the places of the two by one. */
  private replace(left: number, entered: number): void {
    const { sorted } = this;
    let at = 0;
    while (sorted[at] !== left) at++;
    if (entered > left)
      for (; at + 1 < sorted.length && (sorted[at + 1] as number) < entered; at++) sorted[at] = sorted[at + 1] as number;
    else for (; at > 0 && (sorted[at - 1] as number) > entered; at--) sorted[at] = sorted[at - 1] as number;
    sorted[at] = entered;
  }
}

export const createSortedWindow = (size: number): SortedWindow => new NumberSortedWindow(size);
