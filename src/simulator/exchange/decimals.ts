/** Digits after the point: 3 of `0.250`. */
export const decimalsOf = (text: string): number => {
  const dot = text.indexOf('.');
  return dot < 0 ? 0 : text.length - dot - 1;
};

const scaled = (text: string, decimals: number): bigint => {
  const dot = text.indexOf('.');
  return dot < 0 ? BigInt(text + '0'.repeat(decimals)) : BigInt(text.slice(0, dot) + text.slice(dot + 1).padEnd(decimals, '0'));
};

/** The exact sum of decimals that have at most `decimals` digits after the point, written with that many. */
export const sumTexts = (texts: readonly string[], decimals: number): string => {
  let sum = 0n;
  for (const text of texts) sum += scaled(text, decimals);
  const digits = sum.toString().padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
};

/** The size of one step of a grid with so many decimals, as text: `0.001` of 3. */
export const stepText = (decimals: number): string => (decimals === 0 ? '1' : `0.${'0'.repeat(decimals - 1)}1`);
