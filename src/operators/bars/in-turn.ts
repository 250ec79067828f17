import type { OperatorFunction } from 'rxjs';
import { isObservable, Observable } from 'rxjs';

/**
 * `concatMap` for answers that are mostly there at once: a value passes directly, `null` is no answer, and an observable is
 * waited for while what comes behind it queues. Without an inner observable per value it costs a fraction of `concatMap`, and
 * every bar of every series goes through here.
 *
 * ```
 * source$           -a-b-cd-----|   a, b and d are answered at once
 * answer to c            --(xy|)
 * inTurn(answerTo)  -a-b---(xyd)|
 * ```
 */
export const inTurn =
  <A, B>(
    answerTo: (value: A) => B | null | Observable<B>,
    /** How a value joins those that wait; it may leave out what others say too, so that the queue has an end. */
    join: (queue: A[], value: A) => void = (queue, value) => void queue.push(value),
  ): OperatorFunction<A, B> =>
  (source$) =>
    new Observable<B>((subscriber) => {
      const queue: A[] = [];
      let waiting = false;
      let ended = false;

      const ask = (value: A): void => {
        let answer: B | null | Observable<B>;
        try {
          answer = answerTo(value);
        } catch (error) {
          subscriber.error(error);
          return;
        }
        if (!isObservable(answer)) {
          if (answer !== null) subscriber.next(answer);
          return;
        }
        waiting = true;
        subscriber.add(
          answer.subscribe({
            next: (each) => subscriber.next(each),
            error: (error: unknown) => subscriber.error(error),
            complete: () => {
              waiting = false;
              goOn();
            },
          }),
        );
      };

      const goOn = (): void => {
        while (!waiting && !subscriber.closed && queue.length > 0) ask(queue.shift() as A);
        if (ended && !waiting && queue.length === 0) subscriber.complete();
      };

      subscriber.add(
        source$.subscribe({
          next: (value) => {
            if (waiting) join(queue, value);
            else ask(value);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            ended = true;
            goOn();
          },
        }),
      );
    });
