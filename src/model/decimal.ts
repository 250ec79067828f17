/*
 * Exact comparisons of ratios of exchange decimals with a configured decimal (signals.md §9.5). The exact decimal of a stored
 * double is its shortest round-trip text (decisions.md 7), so 0.21 / 0.20 is exactly 5 % more, though binary division says 4.99….
 */

/** `digits · 10^−scale`, scale ≥ 0. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** A comparison in doubles this far from the threshold, relative to it, cannot be wrong: only nearer ones are made exactly. */
const CERTAIN = 1e-9;

const powerOfTen = (exponent: number): bigint => 10n ** BigInt(exponent);

/** The decimal that the double's shortest round-trip text spells. `x` must be finite. */
export const decimalOf = (x: number): Decimal => {
  const [mantissa = '', exponent = '0'] = String(x).split('e');
  const point = mantissa.indexOf('.');
  const decimals = point < 0 ? 0 : mantissa.length - point - 1;
  const digits = BigInt(point < 0 ? mantissa : mantissa.slice(0, point) + mantissa.slice(point + 1));
  const scale = decimals - Number(exponent);
  return scale >= 0 ? { digits, scale } : { digits: digits * powerOfTen(-scale), scale: 0 };
};

const digitsAt = (value: Decimal, scale: number): bigint => value.digits * powerOfTen(scale - value.scale);

/** `value · 100 ≥ base · (100 + percent)`, exactly, whatever the scales. */
const reachesExactly = (value: Decimal, base: Decimal, percent: Decimal): boolean => {
  const scale = Math.max(value.scale, base.scale);
  const hundred = 100n * powerOfTen(percent.scale);
  return digitsAt(value, scale) * hundred >= digitsAt(base, scale) * (hundred + percent.digits);
};

/** Whether a percentage computed in doubles is far enough from the threshold for its comparison to be right as it is. */
export const isCertain = (approximate: number, threshold: number): boolean =>
  Math.abs(approximate - threshold) > CERTAIN * Math.max(1, Math.abs(threshold));

/** `100 · (numerator / denominator − 1) ≥ percent`, exactly. False when the denominator is 0 (there is no ratio). None may be negative but `percent`. */
export const ratioReaches = (numerator: number, denominator: number, percentThreshold: number): boolean => {
  if (denominator === 0) return false;
  const approximate = 100 * (numerator / denominator - 1);
  if (isCertain(approximate, percentThreshold)) return approximate >= percentThreshold;
  return reachesExactly(decimalOf(numerator), decimalOf(denominator), decimalOf(percentThreshold));
};

/**
 * `100 · (value / mean(window) − 1) ≥ percent`, exactly: `value · N · 100 ≥ Σ · (100 + percent)` over the decimals. False when
 * the window is empty or sums to 0.
 */
export const sumRatioReaches = (value: number, window: readonly number[], percentThreshold: number): boolean => {
  const sum = window.reduce((total, one) => total + one, 0);
  if (sum === 0) return false;
  const approximate = 100 * ((value * window.length) / sum - 1);
  if (isCertain(approximate, percentThreshold)) return approximate >= percentThreshold;
  const parts = window.map(decimalOf);
  const scale = Math.max(0, ...parts.map((part) => part.scale));
  const digits = parts.reduce((total, part) => total + digitsAt(part, scale), 0n);
  const times = decimalOf(value);
  const timesCount = { digits: times.digits * BigInt(window.length), scale: times.scale };
  return reachesExactly(timesCount, { digits, scale }, decimalOf(percentThreshold));
};
