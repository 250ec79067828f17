import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';

/*
 * The thread that draws pictures: SVG in, PNG out, one after another. It has a file of its own in dist/, because a thread begins
 * with one. The library that draws is native and optional, and the fonts are two files of a package: no system font is looked for,
 * and what they lack is not drawn.
 */

export interface PictureOrder {
  readonly number: number;
  readonly svg: string;
}

export type PictureAnswer =
  /** It can draw. */
  | { readonly kind: 'ready' }
  /** It never will: there is no library for this machine, or no font. */
  | { readonly kind: 'unable'; readonly detail: string }
  | { readonly kind: 'drawn'; readonly number: number; readonly png: Uint8Array }
  | { readonly kind: 'broken'; readonly number: number; readonly detail: string };

/** Drawn once at the start: the first picture is then as quick as the later ones. */
const SAMPLE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8" font-family="DejaVu Sans"><text y="8">8</text></svg>';

const port = parentPort;
const tell = (answer: PictureAnswer, bytes?: Uint8Array<ArrayBuffer>): void =>
  port?.postMessage(answer, bytes === undefined ? [] : [bytes.buffer]);
const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : error instanceof Error ? error.name : typeof error;
};

/** The two steps that can fail on a machine, or what it lacks. */
const prepare = async (): Promise<((svg: string) => Uint8Array<ArrayBuffer>) | string> => {
  const library = await import('@resvg/resvg-js').catch((error: unknown) => codeOf(error));
  if (typeof library === 'string') return `@resvg/resvg-js cannot be loaded (${library})`;
  try {
    const require = createRequire(import.meta.url);
    const fontFiles = [
      require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
      require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
    ];
    const font = { loadSystemFonts: false, fontFiles, defaultFontFamily: 'DejaVu Sans' };
    return (svg) => new Uint8Array(new library.Resvg(svg, { font }).render().asPng());
  } catch (error) {
    return `the fonts of dejavu-fonts-ttf are not there (${codeOf(error)})`;
  }
};

const draw = await prepare();
if (typeof draw === 'string') tell({ kind: 'unable', detail: draw });
else {
  port?.on('message', ({ number, svg }: PictureOrder) => {
    try {
      const png = draw(svg);
      tell({ kind: 'drawn', number, png }, png);
    } catch (error) {
      tell({ kind: 'broken', number, detail: `the picture cannot be drawn: ${codeOf(error)}` });
    }
  });
  draw(SAMPLE);
  tell({ kind: 'ready' });
}
