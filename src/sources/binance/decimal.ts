/** Digits, and perhaps a point and digits: no sign, no exponent, no blank, no hexadecimal (reliability.md F13). */
const DECIMAL = /^\d{1,40}(?:\.\d{1,40})?$/;

/** Decimal digits that a double always keeps. */
const EXACT_DIGITS_MAX = 15;

/**
 * The number that a decimal text of the exchange stands for, at least 0 and finite; `null` for everything that `Number` would
 * read all the same (`""`, `" "`, `null`, `[]`, `"0x10"`, `"1e999"`) and for numbers that are not text.
 */
export const decimal = (value: unknown): number | null => {
  if (typeof value !== 'string' || !DECIMAL.test(value)) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
};

/** Whether a decimal text says more digits than a double is sure to keep (decisions.md 7). Zeros at either end say nothing. */
export const isImprecise = (text: string): boolean => {
  if (text.length <= EXACT_DIGITS_MAX) return false;
  const digits = (text.includes('.') ? text.replace(/0+$/, '') : text).replace('.', '').replace(/^0+/, '');
  return digits.length > EXACT_DIGITS_MAX;
};

/** A whole number of at least 0 that a double keeps exactly; else `null`. */
export const wholeNumber = (value: unknown): number | null =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;
