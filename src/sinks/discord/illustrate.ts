import type { Observable } from 'rxjs';
import { catchError, defer, forkJoin, map, of, throwError } from 'rxjs';
import type { Alert } from '../../model/alert.js';
import type { Context } from '../../ports/context.js';
import { PictureError } from '../../ports/pictures.js';
import type { Posting } from '../../ports/sink.js';
import { drawPicture } from '../picture/picture.js';
import type { ThemeName } from '../picture/theme.js';
import type { Attachment } from './attachment.js';
import { addressOf, DISCORD_FILES_BYTES_MAX } from './attachment.js';

export interface IllustrateOptions {
  /** Name of the sink that asks. */
  readonly sink: string;
  readonly theme: ThemeName;
  /** Wire milliseconds after which a message goes without those of its pictures that are not there yet. */
  readonly deadlineMs: number;
}

/** Which pictures go with a message: one for each of its postings, or `null` where that is told in words alone. */
export type Pictures = readonly (Attachment | null)[];

const filenameOf = ({ id }: Alert): string => `${id.replace(/[^\w-]/g, '_')}.png`;

const describe = ({ interval }: Alert, bars: number): string =>
  `Candlestick chart of the last ${bars} bars of ${interval} with their volumes; the bar of this alert is the last one.`;

/**
 * Draws the pictures of a message, all at once and beside the event loop. Emits once and never errors: a picture that is late, or
 * could not be drawn, is reported and left out, and its alert is told in words. Nothing is awaited where no scene is remembered.
 */
export const illustrate =
  ({ pictures, report }: Pick<Context, 'pictures' | 'report'>, { sink, theme, deadlineMs }: IllustrateOptions) =>
  (postings: readonly Posting[]): Observable<Pictures> => {
    const draw = ({ alert, attempt: { scene } }: Posting): Observable<Attachment | null> =>
      defer(() => {
        const svg = scene === undefined || pictures === undefined ? null : drawPicture(alert, scene, theme);
        if (svg === null || scene === undefined || pictures === undefined) return of(null);
        return pictures.draw(svg, deadlineMs).pipe(
          map((bytes) => ({
            ...{ filename: filenameOf(alert), contentType: 'image/png', bytes },
            description: describe(alert, scene.openTimesMs.length),
          })),
          catchError((error: unknown) => {
            if (!(error instanceof PictureError)) return throwError(() => error);
            const detail = `${alert.symbol} is told without its picture: ${error.detail}`;
            if (error.kind !== 'absent') report({ kind: 'picture-omitted', sink, alertId: alert.id, detail });
            return of(null);
          }),
        );
      });
    return postings.length === 0 ? of([]) : forkJoin(postings.map(draw)).pipe(map(withinLimit));
  };

/** The first ones, as many as one request may hold. */
const withinLimit = (drawn: Pictures): Pictures => {
  let bytes = 0;
  return drawn.map((picture) => {
    bytes += picture?.bytes.length ?? 0;
    return bytes <= DISCORD_FILES_BYTES_MAX ? picture : null;
  });
};

/** The message with each picture in its own embed. */
export const withPictures = <M extends { readonly embeds: readonly object[] }>(message: M, pictures: Pictures): M => ({
  ...message,
  embeds: message.embeds.map((embed, at) => {
    const picture = pictures[at] ?? null;
    return picture === null ? embed : { ...embed, image: { url: addressOf(picture.filename) } };
  }),
});
