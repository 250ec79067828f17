import type { MonoTypeOperatorFunction } from 'rxjs';
import { Observable } from 'rxjs';

/**
 * The source as it is, with others running beside it for as long as it does. What they say is not heard, unless it is an error,
 * which ends both.
 *
 * ```
 * source$          -a-b---c-|
 * other$           --x--y-----z-
 * beside(other$)   -a-b---c-|
 * ```
 *
 * It is `merge` with streams that say nothing, but for the stage in between: values of the source go straight on.
 */
export const beside =
  <T>(...others: readonly Observable<unknown>[]): MonoTypeOperatorFunction<T> =>
  (source$) =>
    new Observable<T>((subscriber) => {
      for (const other$ of others) subscriber.add(other$.subscribe({ error: (thrown: unknown) => subscriber.error(thrown) }));
      if (!subscriber.closed) source$.subscribe(subscriber);
    });
