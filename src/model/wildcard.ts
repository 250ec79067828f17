/**
 * Whether a text fits a pattern in which each `*` stands for any letters, none included; everything else stands for itself.
 * Takes time in proportion to the text, whatever the pattern: no backtracking.
 */
const fits = (pieces: readonly string[], text: string): boolean => {
  const [first = '', ...rest] = pieces;
  if (!text.startsWith(first)) return false;
  const last = rest.pop();
  if (last === undefined) return text === first;
  let from = first.length;
  for (const piece of rest) {
    const at = text.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
};

/** Whether a text fits any of the patterns, such as `BTC*` or `*DOMUSDT`. Case matters, as it does in symbols. */
export const anyOf = (patterns: readonly string[]): ((text: string) => boolean) => {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const wild = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*'));
  return (text) => exact.has(text) || wild.some((pieces) => fits(pieces, text));
};
