const SWEEP_MIN = 1_024;

/** First come, first served; whoever stands in it may leave at any time. Every step takes the same short time, however long the line. */
export interface WaitingLine<T> {
  join(one: T): void;
  /** The first, left where it is. */
  first(): T | undefined;
  leave(one: T): void;
  size(): number;
  all(): readonly T[];
}

export const createWaitingLine = <T>(): WaitingLine<T> => {
  const present = new Set<T>();
  /** In order of joining, with those who have left in between. */
  let order: T[] = [];
  let head = 0;
  return {
    join: (one) => {
      present.add(one);
      order.push(one);
    },
    first: () => {
      while (head < order.length && !present.has(order[head] as T)) head++;
      if (head >= SWEEP_MIN && head * 2 >= order.length) {
        order = order.slice(head);
        head = 0;
      }
      return order[head];
    },
    leave: (one) => void present.delete(one),
    size: () => present.size,
    all: () => [...present],
  };
};
