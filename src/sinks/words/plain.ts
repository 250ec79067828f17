/** Controls, invisible and direction-changing characters, lone surrogates, line and paragraph separators. */
const UNWANTED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A symbol or a measure's name longer than this many code points is no name any more. */
export const NAME_CODE_POINTS_MAX = 64;

/** How many Unicode code points a text has; `.length` counts UTF-16 units, which is more. */
export const codePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

/**
 * Text from outside made fit to stand inside one line: no control characters (a terminal obeys them), no direction
 * overrides (they make the rest of the line read backwards), nothing invisible, white space as single spaces. Never
 * empty: what has nothing left reads `?`.
 */
export const plain = (text: string): string => text.replace(/\s+/gu, ' ').replace(UNWANTED, '').trim() || '?';

/** The first `max` code points at most, the last of them `…` when something was cut off. */
export const cutTo = (text: string, max: number): string => {
  if (text.length <= max) return text;
  const points = [...text];
  return points.length <= max ? text : `${points.slice(0, Math.max(0, max - 1)).join('')}…`;
};
