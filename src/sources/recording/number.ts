/** What `readNumber` returns for text that is no number; no number in a file is infinite. */
export const NOT_A_NUMBER = Infinity;

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const COMMA = 44;
const POINT = 46;
const ZERO = 48;

/** Powers of ten that a double holds exactly. */
const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Digits of a whole number that 32 bits can hold. */
const HALF_DIGITS = 9;

/** A place in a row. */
export interface Place {
  at: number;
}

/** The end of the cell in which a position lies. */
export const endOfCell = (bytes: Buffer, from: number, to: number): number => {
  for (let i = from; i < to; i++) if (bytes[i] === COMMA) return i;
  return to;
};

const readText = (bytes: Buffer, place: Place, to: number): number => {
  const from = place.at;
  place.at = endOfCell(bytes, from, to);
  const text = bytes.toString('latin1', from, place.at);
  return DECIMAL.test(text) ? Number(text) : NOT_A_NUMBER;
};

/**
 * The double that the decimal text from a place to the next comma, or to `to`, stands for: the very one `Number` gives; NaN for no
 * text at all. The place moves to the comma. Plain decimals are read in one pass and without making a string: a whole number below
 * 2^53 divided by a power of ten up to 10^22 is one correctly rounded operation on two exact doubles. Everything else (more digits,
 * signs, exponents) goes through `Number`.
 */
export const readNumber = (bytes: Buffer, place: Place, to: number): number => {
  const from = place.at;
  let upper = 0;
  let lower = 0;
  let digits = 0;
  let point = -1;
  let end = from;
  for (; end < to; end++) {
    const byte = bytes[end] as number;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (digits === HALF_DIGITS) {
        upper = lower;
        lower = 0;
      }
      lower = (lower * 10 + digit) | 0;
      digits++;
    } else if (byte === COMMA) break;
    else if (byte === POINT && point < 0) point = end;
    else return readText(bytes, place, to);
  }
  if (end === from) return NaN;
  const whole = digits <= HALF_DIGITS ? lower : upper * (EXACT_POWERS[digits - HALF_DIGITS] as number) + lower;
  if (digits === 0 || digits > 2 * HALF_DIGITS || whole > Number.MAX_SAFE_INTEGER) return readText(bytes, place, to);
  place.at = end;
  return point < 0 ? whole : whole / (EXACT_POWERS[end - point - 1] as number);
};
