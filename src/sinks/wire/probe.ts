import type { Observable } from 'rxjs';
import { catchError, defer, map, of } from 'rxjs';
import type { Check } from '../../ports/check.js';
import { failed, fine } from '../../ports/check.js';
import { DeliveryError } from '../../ports/sink.js';

export const TEST_TEXT = 'This is a test by `doctor` of the Binance momentum monitor: the way works.';

/** What a try has found. `cure` says what would help against each kind of failure. */
export const tried = (
  name: string,
  try$: Observable<unknown>,
  done: string,
  cure: (error: DeliveryError) => string,
): Observable<Check> =>
  defer(() => try$).pipe(
    map(() => fine(name, done)),
    catchError((error: unknown) => {
      if (!(error instanceof DeliveryError)) throw error;
      return of(failed(name, error.detail, cure(error)));
    }),
  );
