/** How late things came, in milliseconds: upper bounds of their buckets, so never less than it was; the largest is exact. */
export interface Lateness {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Buckets to a doubling: a bound is at most a sixteenth above what was measured. */
const STEPS = 16;
/** 2^27 ms is a day and a half; what is later than that is in the last bucket. */
const DOUBLINGS_MAX = 27;
const BUCKETS = (DOUBLINGS_MAX - 4 + 1) * STEPS + STEPS;

/** Whole milliseconds each have a bucket up to 15; from there on each doubling has sixteen. */
const bucketOf = (wholeMs: number): number => {
  if (wholeMs < STEPS) return wholeMs;
  const doublings = 31 - Math.clz32(wholeMs);
  if (doublings > DOUBLINGS_MAX) return BUCKETS - 1;
  return (doublings - 4) * STEPS + (wholeMs >> (doublings - 4));
};

/** The largest whole number of milliseconds in a bucket; the last has no bound. */
const boundOf = (bucket: number): number => {
  if (bucket === BUCKETS - 1) return Infinity;
  if (bucket < 2 * STEPS) return bucket;
  const doublings = Math.floor(bucket / STEPS) + 3;
  return ((bucket % STEPS) + STEPS + 1) * 2 ** (doublings - 4) - 1;
};

/** *Memory.* Some four hundred numbers, however much is added. */
export const createLateness = () => {
  const counts = new Float64Array(BUCKETS);
  let count = 0;
  let maxMs = 0;

  const quantile = (share: number): number => {
    let left = Math.ceil(count * share);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= counts[bucket] as number;
      if (left <= 0) return Math.min(maxMs, boundOf(bucket));
    }
    return maxMs;
  };

  return {
    /** What came before its time counts as just in time. */
    add: (ms: number): void => {
      const wholeMs = Math.max(0, Math.ceil(ms));
      const bucket = bucketOf(Math.min(wholeMs, 2 ** 31 - 1));
      counts[bucket] = (counts[bucket] as number) + 1;
      count++;
      maxMs = Math.max(maxMs, wholeMs);
    },
    /** `null` before the first. */
    read: (): Lateness | null =>
      count === 0 ? null : { count, p50Ms: quantile(0.5), p95Ms: quantile(0.95), p99Ms: quantile(0.99), maxMs },
  };
};
