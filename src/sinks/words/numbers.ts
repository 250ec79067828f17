/*
 * Numbers as people read them. All of these take finite numbers; who calls them has looked (`Number.isFinite`).
 */

const EXPONENT = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/;
/** A number smaller than this keeps its exponent: nobody reads thirty zeros. */
const ZEROS_MAX = 20;

/** A price with its own digits, neither rounded nor padded: the shortest text of the double, without an exponent (1e-7 → 0.0000001). */
export const decimal = (value: number): string => {
  const text = String(value);
  const match = EXPONENT.exec(text);
  if (match === null) return text;
  const [, sign = '', head = '', tail = '', exponent = ''] = match;
  return Number(exponent) > ZEROS_MAX ? text : `${sign}0.${'0'.repeat(Number(exponent) - 1)}${head}${tail}`;
};

/** Rounded to `digits` decimals; a rounded zero has no sign. */
export const rounded = (value: number, digits: number): string => {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text;
};

/** `2.41%`, `312.5%`: two decimals below 100, one above. */
export const percentText = (percent: number): string => `${rounded(percent, Math.abs(percent) < 100 ? 2 : 1)}%`;

/** As `percentText`, with a plus sign where it rises. */
export const changeText = (percent: number): string => {
  const text = percentText(percent);
  return percent > 0 && /[1-9]/.test(text) ? `+${text}` : text;
};

const QUANTITY = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** `12.4K`, `1.24M`: volumes and money. */
export const quantity = (value: number): string => QUANTITY.format(value);

/** A number nobody has told us the nature of: up to four significant digits after the point. */
export const significant = (value: number): string => {
  const size = Math.abs(value);
  if (size >= 1_000_000) return quantity(value);
  return decimal(Number(size >= 1000 ? value.toFixed(0) : value.toPrecision(4)));
};

/** Decimals of a price that nobody has rounded; more are no price of an exchange, but what a computation left. */
const DECIMALS_MAX = 12;

/** Digits after the point of a decimal text; `null` where it has an exponent. */
const decimalsOf = (text: string): number | null => (text.includes('e') ? null : (text.split('.')[1]?.length ?? 0));

/**
 * Writes the prices of one bar: all with the same decimals, as few as show each of them whole. An exchange's prices are multiples
 * of its tick, so four of them nearly always show the tick's own decimals, and none is ever rounded.
 */
export const pricesOf = (values: readonly number[]): ((value: number) => string) => {
  const digits = values.filter(Number.isFinite).map((value) => decimalsOf(decimal(value)));
  const most = digits.some((one) => one === null) ? null : Math.max(0, ...digits.map(Number));
  return (value) => {
    const text = decimal(value);
    const own = decimalsOf(text);
    if (most === null || own === null || most > DECIMALS_MAX || own >= most) return text;
    return `${text}${own === 0 ? '.' : ''}${'0'.repeat(most - own)}`;
  };
};
