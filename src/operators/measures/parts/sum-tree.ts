/** The sum of a fixed number of slots, each of which may be set at any time. */
export interface SumTree {
  /** Makes every slot 0. */
  clear(): void;
  set(slot: number, value: number): void;
  sum(): number;
}

/** Each sum is of so many below it: a day of minutes has three levels of them, which are 34 additions instead of 1440. */
const FAN = 12;

/** Where each level of a tree begins, the slots first, the few topmost sums last; and where the last one ends. */
const levelsOf = (count: number): readonly number[] => {
  const starts = [0];
  for (let size = count; ; size = Math.ceil(size / FAN)) {
    starts.push((starts.at(-1) as number) + size);
    if (size <= FAN) return starts;
  }
};

/** Trees of one size have one list of their levels. */
const known = new Map<number, readonly number[]>();
const levelsOnce = (count: number): readonly number[] => {
  const levels = known.get(count) ?? levelsOf(count);
  known.set(count, levels);
  return levels;
};

/**
 * A tree of sums, of which only the branch that has changed is summed anew: exact at every bar, with nothing that could drift. The
 * few lines of memory that it looks at are what counts, because they are cold when a series' turn comes again.
 *
 * A class for the sake of memory (ring.ts).
 */
class Tree implements SumTree {
  private readonly starts: readonly number[];
  // A plain array of doubles, from the beginning, takes less memory than a typed one (trail.ts).
  private readonly sums: number[];

  constructor(slots: number) {
    this.starts = levelsOnce(slots);
    this.sums = Array.from({ length: this.starts.at(-1) as number }, () => NaN);
    this.clear();
  }

  clear(): void {
    this.sums.fill(0);
  }

  set(slot: number, value: number): void {
    const { sums, starts } = this;
    sums[slot] = value;
    let place = slot;
    for (let level = 1; level < starts.length - 1; level++) {
      place = Math.floor(place / FAN);
      const [from, end] = [(starts[level - 1] as number) + place * FAN, starts[level] as number];
      sums[end + place] = this.sumOf(from, Math.min(from + FAN, end));
    }
  }

  sum(): number {
    return this.sumOf(this.starts[this.starts.length - 2] as number, this.sums.length);
  }

  private sumOf(from: number, to: number): number {
    let sum = 0;
    for (let i = from; i < to; i++) sum += this.sums[i] as number;
    return sum;
  }
}

export const createSumTree = (slots: number): SumTree => new Tree(slots);
