import type { Observable } from 'rxjs';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { DatabaseError } from '../../ports/databases.js';
import type { StoreErrorKind } from '../../ports/store.js';
import { StoreError } from '../../ports/store.js';

/** No answer came to a write: it may have been done, and may even be done later. */
export class LostAnswer extends StoreError {
  constructor(detail: string) {
    super('unavailable', detail);
  }
}

/** The server is there, and will take questions soon: it loads its data, or is just becoming the primary. */
export class NotYet extends StoreError {
  constructor(detail: string) {
    super('unavailable', detail);
  }
}

const NOT_YET: ReadonlySet<string> = new Set(['LOADING', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'BUSY', '57P03', '53300']);

/** Which kind a refusal of the server is, by its code; `undefined`: it could be had later. */
export type Refusals = (code: string) => StoreErrorKind | undefined;

export const storeErrorOf = (error: unknown, place: string, refusals: Refusals): unknown => {
  if (!(error instanceof DatabaseError)) return error;
  if (error.sent === 'maybe') return new LostAnswer(`${place}: ${error.detail}`);
  if (error.sent === 'answered' && NOT_YET.has(error.code)) return new NotYet(`${place}: ${error.detail}`);
  const kind = error.sent === 'answered' ? refusals(error.code) : undefined;
  return new StoreError(kind ?? 'unavailable', `${place}: ${error.detail}`);
};

/** Waits for the one answer of a question. */
// A question that is answered never ends without an answer, so there is no default to give.
// eslint-disable-next-line rxjs-x/no-ignored-default-value
export const answer = <T>(question: Observable<T>): Promise<T> => firstValueFrom(question);

export const done = (step: Observable<never>): Promise<void> => lastValueFrom(step, { defaultValue: undefined });
