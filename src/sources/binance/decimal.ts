export const ZERO = 0x30;
const NINE = 0x39;
export const POINT = 0x2e;

/** Digits before the point, and after it, that are looked at; so many are always finite. */
const DIGITS_MAX = 40;
/** Decimal digits that a double always keeps. */
export const EXACT_DIGITS_MAX = 15;
/** The powers of ten that a double keeps exactly. */
export const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * The number that a decimal text of the exchange stands for, at least 0 and finite: digits, and perhaps a point and digits
 * (reliability.md F13). `null` for everything that `Number` would read all the same (`""`, `" "`, `null`, `[]`, `"0x10"`,
 * `"1e999"`, a sign) and for numbers that are not text.
 *
 * Always the double that `Number` gives. Digits that make a safe integer and the power of ten under them are both exact, and
 * one division of exact numbers rounds once, as `Number` does; all other texts are left to `Number`, which is slower.
 */
export const decimal = (value: unknown): number | null => {
  if (typeof value !== 'string') return null;
  let digits = 0;
  let point = value.length;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code >= ZERO && code <= NINE) digits = digits * 10 + (code - ZERO);
    else if (code === POINT && point === value.length) point = at;
    else return null;
  }
  const decimals = Math.max(0, value.length - point - 1);
  const hasPoint = point < value.length;
  if (point === 0 || point > DIGITS_MAX || decimals > DIGITS_MAX || (hasPoint && decimals === 0)) return null;
  const power = POWERS_OF_TEN[decimals];
  return power !== undefined && digits <= Number.MAX_SAFE_INTEGER ? digits / power : Number(value);
};

/** Whether a decimal text says more digits than a double is sure to keep (decisions.md 7). Zeros at either end say nothing. */
export const isImprecise = (text: string): boolean => {
  if (text.length <= EXACT_DIGITS_MAX) return false;
  const point = text.indexOf('.');
  let start = 0;
  let end = text.length;
  while (text[start] === '0' || text[start] === '.') start++;
  if (point >= 0) while (text[end - 1] === '0') end--;
  const digits = end - start;
  return (start <= point && point < end ? digits - 1 : digits) > EXACT_DIGITS_MAX;
};

/** A whole number of at least 0 that a double keeps exactly; else `null`. */
export const wholeNumber = (value: unknown): number | null =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;
