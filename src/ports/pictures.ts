import type { Observable } from 'rxjs';

/** No picture of this one. Whoever asked tells the same in words: a picture is never worth a wait, let alone a lost alert. */
export class PictureError extends Error {
  override readonly name = 'PictureError';
  constructor(
    /**
     * `late`: not within the deadline; `crowded`: too many are waiting; `failed`: the drawing broke; `absent`: there will be none in
     * this life, which was reported when it was found out.
     */
    readonly kind: 'late' | 'crowded' | 'failed' | 'absent',
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** Turns SVG into PNG beside the event loop, one picture at a time. */
export interface Pictures {
  /**
   * Gets ready, so that the first picture is as quick as the later ones, and reports once when there will be none. To be called
   * where pictures are wanted; drawing does without it.
   */
  start(): void;
  /**
   * The picture as PNG, in its own size, within `deadlineMs` of wire time. Cold: each subscription draws once; unsubscribing gives
   * up. Emits one picture and completes, or errors with a `PictureError` and with nothing else.
   */
  draw(svg: string, deadlineMs: number): Observable<Uint8Array>;
}
