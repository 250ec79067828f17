import { codePoints } from '../words/plain.js';

/** The one family that pictures are lettered in; its files travel with the product. */
export const FONT_FAMILY = 'DejaVu Sans';

/** A symbol longer than this would run into what stands beside it. */
const SYMBOL_CODE_POINTS_MAX = 24;
/** Scripts that the font has whole: printable ASCII, Latin with its accents, Greek and Cyrillic. */
const DRAWABLE = /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u017f\u0391-\u03a1\u03a3-\u03c9\u0410-\u044f]+$/;

/**
 * Whether a text from outside can be shown whole: what the font lacks would be drawn as empty boxes, which say something that is
 * not so. Who cannot be drawn is left out, and named by the message beside the picture.
 */
export const isDrawable = (text: string): boolean =>
  DRAWABLE.test(text) && text.trim() !== '' && codePoints(text) <= SYMBOL_CODE_POINTS_MAX;

/** Text made safe between the tags and in the attributes of XML. */
export const escapeXml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

/** Advances in em, of the bold face too: what is not listed is as wide as a digit or narrower. */
const ADVANCES: Readonly<Record<string, number>> = { '.': 0.38, '-': 0.415 };
const DIGIT_ADVANCE = 0.696;

/** How wide a number is at most in so many pixels of type. */
export const numberWidth = (text: string, size: number): number => {
  let em = 0;
  for (const character of text) em += ADVANCES[character] ?? DIGIT_ADVANCE;
  return em * size;
};

/** A coordinate: whole tenths of a pixel are fine enough, and short. */
export const at = (value: number): string => String(Math.round(value * 10) / 10);

export interface Lettering {
  readonly size: number;
  readonly fill: string;
  readonly bold?: boolean;
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** One line of text from outside or from us; both are escaped. */
export const letter = (x: number, y: number, text: string, { size, fill, bold = false, anchor = 'start' }: Lettering): string =>
  `<text x="${at(x)}" y="${at(y)}" font-size="${size}" fill="${fill}"${bold ? ' font-weight="bold"' : ''}` +
  `${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}>${escapeXml(text)}</text>`;
