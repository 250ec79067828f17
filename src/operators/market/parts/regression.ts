/** A spread below this share of the mean is rounding, not variation (signals.md §3.1). */
const CONSTANT_SHARE = 1e-12;

/** Means and sums of products of the pairs in which both are known. */
interface Moments {
  readonly count: number;
  readonly aa: number;
  readonly ab: number;
  readonly bb: number;
  readonly aVaries: boolean;
  readonly bVaries: boolean;
}

const varies = (squares: number, count: number, mean: number): boolean =>
  squares > count * (CONSTANT_SHARE * mean) * (CONSTANT_SHARE * mean);

/** In two passes (signals.md §9.2). A number that is not known is NaN. Nothing is made for a pair, of which a storm has a hundred thousand. */
const momentsOf = (a: Float64Array, b: Float64Array): Moments => {
  let count = 0;
  let aSum = 0;
  let bSum = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    if (x !== x || y !== y) continue;
    count++;
    aSum += x;
    bSum += y;
  }
  const [aMean, bMean] = [aSum / count, bSum / count];
  let [aa, ab, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const x = (a[i] as number) - aMean;
    const y = (b[i] as number) - bMean;
    if (x !== x || y !== y) continue;
    aa += x * x;
    ab += x * y;
    bb += y * y;
  }
  return { count, aa, ab, bb, aVaries: varies(aa, count, aMean), bVaries: varies(bb, count, bMean) };
};

/** Slope of `y` on `x`; `null` when a pair is not whole, or `x` does not vary. */
export const slopeOf = (y: Float64Array, x: Float64Array): number | null => {
  const { count, ab, bb, bVaries } = momentsOf(y, x);
  return count === y.length && bVaries ? ab / bb : null;
};

/** Pearson correlation over the pairs that are whole, in [−1, 1]; `null` with fewer than `pairsMin` of them or without variance. */
export const correlationOf = (a: Float64Array, b: Float64Array, pairsMin: number): number | null => {
  const { count, aa, ab, bb, aVaries, bVaries } = momentsOf(a, b);
  if (count < pairsMin || !aVaries || !bVaries) return null;
  return Math.min(1, Math.max(-1, ab / Math.sqrt(aa * bb)));
};
