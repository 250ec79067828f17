/**
 * The latest numbers in one array, oldest first, so that sums over them run in the order of time and a restart gives the very
 * same bits. NaN stands for a number that is not known. Pushing moves the array by one in place: nothing is allocated.
 */
export interface Trail {
  readonly values: readonly number[];
  push(value: number): void;
  /** True once as many numbers have been pushed as it holds. */
  isFull(): boolean;
  /** True while a number that is not known is among them. */
  hasUnknown(): boolean;
  clear(): void;
}

/** A class for the sake of memory (ring.ts). */
class NumberTrail implements Trail {
  // A plain array of doubles lies in the heap beside its owner; a typed one this small would have its numbers elsewhere.
  readonly values: number[];
  private count = 0;
  private unknown = 0;

  constructor(size: number) {
    this.values = Array.from({ length: size }, () => NaN);
  }

  push(value: number): void {
    const { values } = this;
    const size = values.length;
    if (this.count === size && Number.isNaN(values[0])) this.unknown--;
    if (Number.isNaN(value)) this.unknown++;
    for (let i = 1; i < size; i++) values[i - 1] = values[i] as number;
    values[size - 1] = value;
    if (this.count < size) this.count++;
  }

  isFull(): boolean {
    return this.count === this.values.length;
  }

  hasUnknown(): boolean {
    return this.unknown > 0;
  }

  clear(): void {
    this.count = 0;
    this.unknown = 0;
  }
}

export const createTrail = (size: number): Trail => new NumberTrail(size);
