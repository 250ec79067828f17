import type { Observable } from 'rxjs';
import { catchError, defer, throwError } from 'rxjs';
import { DeliveryError } from '../../ports/sink.js';

/**
 * A receiver that has refused us for good is not asked again in this life: to go on asking after such an answer brings bans. The
 * answer is remembered and given at once.
 */
export const createDisabling = (): (<T>(work: () => Observable<T>) => Observable<T>) => {
  let disabled: DeliveryError | null = null;
  return (work) =>
    defer(() => {
      if (disabled !== null) return throwError(() => disabled);
      return work().pipe(
        catchError((error: unknown) => {
          if (error instanceof DeliveryError && error.failure === 'disabled') disabled = error;
          return throwError(() => error);
        }),
      );
    });
};
