/** What `parseNumber` returns for text that is no number; no number in a file is infinite. */
export const NOT_A_NUMBER = Infinity;

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const POINT = 46;
const ZERO = 48;

/** Powers of ten that a double holds exactly. */
const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

const parseText = (bytes: Buffer, from: number, to: number): number => {
  const text = bytes.toString('latin1', from, to);
  return DECIMAL.test(text) ? Number(text) : NOT_A_NUMBER;
};

/**
 * The double that the decimal text between two positions stands for, the very one `Number` gives; NaN for no text at all.
 * Plain decimals are read without making a string: a whole number below 2^53 divided by a power of ten up to 10^22 is one
 * correctly rounded operation on two exact doubles. Everything else (more digits, signs, exponents) goes through `Number`.
 */
export const parseNumber = (bytes: Buffer, from: number, to: number): number => {
  if (from === to) return NaN;
  let whole = 0;
  let point = -1;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) whole = whole * 10 + digit;
    else if (byte === POINT && point < 0) point = i;
    else return parseText(bytes, from, to);
  }
  if (point < 0) return whole <= Number.MAX_SAFE_INTEGER ? whole : parseText(bytes, from, to);
  const decimals = to - point - 1;
  if (whole > Number.MAX_SAFE_INTEGER || decimals > 22 || to - from === 1) return parseText(bytes, from, to);
  return whole / (EXACT_POWERS[decimals] as number);
};
