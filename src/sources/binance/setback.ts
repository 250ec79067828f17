import { HttpError } from '../../ports/http.js';

/** The exchange will never answer this request otherwise: an unknown symbol, a parameter it does not take. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** The request is given up: it has been tried often enough, or the host must not be asked for longer than it is worth waiting. */
export class GivenUpError extends Error {
  override readonly name = 'GivenUpError';
}

/**
 * How far a try came.
 * - `unreachable`: no answer at all.
 * - `busy`: the host answers that it cannot answer (5xx).
 * - `odd`: an answer that is none: not JSON, too large, packed in a strange way.
 * - `shut`: the host does not want to be asked for a time (429, 418, 403, 451).
 */
export type SetbackKind = 'unreachable' | 'busy' | 'odd' | 'shut';

/** A try that failed and may succeed later. */
export class Setback extends Error {
  override readonly name = 'Setback';
  constructor(
    readonly kind: SetbackKind,
    readonly detail: string,
    /** Wire milliseconds for which nothing at all may be sent to the host. */
    readonly waitMs = 0,
    readonly needsPerson = false,
  ) {
    super(detail);
  }
}

/** Failures of a request after which the host has been reached all the same. */
const ODD: ReadonlySet<string> = new Set(['too-large', 'redirect', 'encoding']);

/** What of the outer world's errors may pass later; anything else is a bug and stays what it is. */
export const toSetback = (error: unknown): Error =>
  error instanceof HttpError ? new Setback(ODD.has(error.code) ? 'odd' : 'unreachable', error.detail) : (error as Error);
