import { deviationOf } from './standard-score.js';

/**
 * The latest numbers in a ring, of which sums run in the order of time, so that a restart gives the very same bits. NaN stands
 * for a number that is not known.
 */
export interface Trail {
  push(value: number): void;
  /** True once as many numbers have been pushed as it holds. */
  isFull(): boolean;
  /** True while a number that is not known is among them. */
  hasUnknown(): boolean;
  /** The sum of a full trail, the oldest first. */
  sum(): number;
  /** The mean of a full trail. */
  mean(): number;
  /** The sample standard deviation of a full trail around its mean, by the corrected two-pass form (standard-score.ts). */
  deviation(mean: number): number;
  clear(): void;
}

/** A class for the sake of memory (ring.ts). */
class NumberTrail implements Trail {
  // A plain array of doubles lies in the heap beside its owner; a typed one this small would have its numbers elsewhere.
  private readonly values: number[];
  /** Where the oldest lies, which the next takes the place of: to move all of them would take longer than to sum them. */
  private oldest = 0;
  private count = 0;
  private unknown = 0;

  constructor(size: number) {
    this.values = Array.from({ length: size }, () => NaN);
  }

  push(value: number): void {
    const { values, oldest } = this;
    const size = values.length;
    if (this.count < size) this.count++;
    else if (Number.isNaN(values[oldest])) this.unknown--;
    if (Number.isNaN(value)) this.unknown++;
    values[oldest] = value;
    this.oldest = oldest + 1 === size ? 0 : oldest + 1;
  }

  isFull(): boolean {
    return this.count === this.values.length;
  }

  hasUnknown(): boolean {
    return this.unknown > 0;
  }

  sum(): number {
    const { values, oldest } = this;
    let sum = 0;
    for (let i = oldest; i < values.length; i++) sum += values[i] as number;
    for (let i = 0; i < oldest; i++) sum += values[i] as number;
    return sum;
  }

  mean(): number {
    return this.sum() / this.values.length;
  }

  deviation(mean: number): number {
    const { values, oldest } = this;
    let squares = 0;
    let rest = 0;
    for (let i = oldest; i < values.length; i++) {
      const distance = (values[i] as number) - mean;
      squares += distance * distance;
      rest += distance;
    }
    for (let i = 0; i < oldest; i++) {
      const distance = (values[i] as number) - mean;
      squares += distance * distance;
      rest += distance;
    }
    return deviationOf(squares, rest, values.length);
  }

  clear(): void {
    this.count = 0;
    this.unknown = 0;
  }
}

export const createTrail = (size: number): Trail => new NumberTrail(size);
