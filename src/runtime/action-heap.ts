/** One piece of work due at a time; `order` keeps first come, first served among equals. */
export interface Due {
  timeMs: number;
  order: number;
  cancelled: boolean;
  run(): void;
}

const before = (a: Due, b: Due): boolean => a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order);

/**
 * A binary heap of work by (time, order). RxJS's own virtual scheduler sorts its whole queue at each insertion, which takes
 * seconds with ten thousand waits pending; a heap takes microseconds.
 */
export const createActionHeap = () => {
  const heap: Due[] = [];

  const swap = (i: number, j: number): void => {
    const held = heap[i] as Due;
    heap[i] = heap[j] as Due;
    heap[j] = held;
  };

  const sink = (from: number): void => {
    for (let i = from; ;) {
      const left = 2 * i + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const least = right < heap.length && before(heap[right] as Due, heap[left] as Due) ? right : left;
      if (before(heap[i] as Due, heap[least] as Due)) return;
      swap(i, least);
      i = least;
    }
  };

  const pop = (): Due | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first !== undefined && last !== undefined && heap.length > 0) {
      heap[0] = last;
      sink(0);
    }
    return first;
  };

  const peek = (): Due | undefined => {
    while (heap[0]?.cancelled === true) pop();
    return heap[0];
  };

  return {
    push(due: Due): void {
      heap.push(due);
      for (let i = heap.length - 1; i > 0;) {
        const parent = (i - 1) >> 1;
        if (before(heap[parent] as Due, heap[i] as Due)) return;
        swap(parent, i);
        i = parent;
      }
    },
    /** The earliest work that is not cancelled, left in place. */
    peek,
    /** Takes the earliest work that is not cancelled. */
    pop(): Due | undefined {
      return peek() === undefined ? undefined : pop();
    },
    size: (): number => heap.length,
  };
};
