/** One bench: CPU per item (median over rounds) and what that makes per second of CPU. */
export interface Result {
  readonly name: string;
  readonly cpuNsPerItem: number;
  readonly itemsPerSecond: number;
  /** Least and most CPU ns per item over the rounds. */
  readonly spread: readonly [number, number];
  /** Of the best round, where the goal is an absolute figure. */
  readonly itemsPerSecondBest?: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

export const resultOf = (name: string, nsPerItem: readonly number[]): Result => ({
  name,
  cpuNsPerItem: median(nsPerItem),
  itemsPerSecond: 1e9 / median(nsPerItem),
  spread: [Math.min(...nsPerItem), Math.max(...nsPerItem)],
  itemsPerSecondBest: 1e9 / Math.min(...nsPerItem),
});

/** CPU of this process, user and system, in nanoseconds. */
export const cpuNs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1_000;
};

/** The 99th percentile, by the nearest rank. */
export const p99 = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] as number;
