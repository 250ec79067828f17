import type { Request } from './admit.js';

/** One who has asked for a write, and is told what became of it. */
export interface Waiting {
  readonly request: Request;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface Groups {
  /** Settles as `flush` decides for this request. */
  commit(request: Request): Promise<void>;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
}

/**
 * Writes in groups: whatever was asked for while one group is on its way makes the next. `flush` settles everybody of its group and
 * never rejects. The queue is as long as the number of callers who wait.
 */
export const createGroups = (flush: (group: readonly Waiting[]) => Promise<void>): Groups => {
  let waiting: Waiting[] = [];
  let running: Promise<void> | null = null;

  const run = async (): Promise<void> => {
    // Everything that is asked for in this very turn goes into the first group.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await flush(group);
    }
    running = null;
  };

  return {
    commit: (request) =>
      new Promise((resolve, reject) => {
        waiting.push({ request, resolve, reject });
        running ??= run();
      }),
    idle: async () => {
      while (running !== null) await running;
    },
  };
};
