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

export const createTrail = (size: number): Trail => {
  // A plain array of doubles lies in the heap beside its owner; a typed one this small would have its numbers elsewhere.
  const values = Array.from({ length: size }, () => NaN);
  let count = 0;
  let unknown = 0;
  return {
    values,
    push: (value) => {
      if (count === size && Number.isNaN(values[0])) unknown--;
      if (Number.isNaN(value)) unknown++;
      for (let i = 1; i < size; i++) values[i - 1] = values[i] as number;
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
