/**
 * The latest numbers in one array, oldest first, so that sums over them run in the order of time and a restart gives the very
 * same bits. NaN stands for a number that is not known. Pushing moves the array by one in place: nothing is allocated.
 */
export interface Trail {
  readonly values: Float64Array;
  push(value: number): void;
  /** True once as many numbers have been pushed as it holds. */
  isFull(): boolean;
  /** True while a number that is not known is among them. */
  hasUnknown(): boolean;
  clear(): void;
}

export const createTrail = (size: number): Trail => {
  const values = new Float64Array(size);
  let count = 0;
  let unknown = 0;
  return {
    values,
    push: (value) => {
      if (count === size && Number.isNaN(values[0])) unknown--;
      if (Number.isNaN(value)) unknown++;
      values.copyWithin(0, 1);
      values[size - 1] = value;
      if (count < size) count++;
    },
    isFull: () => count === size,
    hasUnknown: () => unknown > 0,
    clear: () => {
      count = 0;
      unknown = 0;
    },
  };
};
