import type { OperatorFunction } from 'rxjs';
import { Observable } from 'rxjs';

/** Starts something that nothing waits for: its values are handed on when they come, between those of the answers. */
export type Aside<B> = (value$: Observable<B>) => void;

/**
 * `concatMap` for answers that are mostly there at once: a value passes directly, `null` is no answer, and an observable is
 * waited for while what comes behind it queues. What is put `aside` while answering runs beside it all. Without an inner
 * observable per value it costs a fraction of `concatMap`, and every bar of every series goes through here.
 *
 * ```
 * source$           -a-b-cd-----|   a, b and d are answered at once
 * answer to c            --(xy|)
 * inTurn(answerTo)  -a-b---(xyd)|
 *
 * source$           -a-b-c----d-|   b is not answered, and puts something aside
 * aside by b           ---(xy|)
 * inTurn(answerTo)  -a---c(xy)d-|
 * ```
 */
export const inTurn =
  <A, B>(
    answerTo: (value: A, aside: Aside<B>) => B | null | Observable<B>,
    /** How a value joins those that wait; it may leave out what others say too, so that the queue has an end. */
    join: (queue: A[], value: A) => void = (queue, value) => void queue.push(value),
  ): OperatorFunction<A, B> =>
  (source$) =>
    new Observable<B>((subscriber) => {
      const queue: A[] = [];
      let waiting = false;
      let ended = false;
      let asides = 0;

      const fail = (error: unknown): void => subscriber.error(error);
      /** Hardly anything ever is: no list is kept for it, nor looked at. */
      let putAside: Observable<B>[] | null = null;
      const aside: Aside<B> = (value$) => void (putAside ??= []).push(value$);
      /** Only when the answer is out, lest one that is there at once gets before it. */
      const startAsides = (): void => {
        const started = putAside ?? [];
        putAside = null;
        for (const value$ of started) {
          asides++;
          subscriber.add(
            value$.subscribe({
              next: (each) => subscriber.next(each),
              error: fail,
              complete: () => {
                asides--;
                goOn();
              },
            }),
          );
        }
      };

      const ask = (value: A): void => {
        let answer: B | null | Observable<B>;
        try {
          answer = answerTo(value, aside);
        } catch (error) {
          subscriber.error(error);
          return;
        }
        if (!(answer instanceof Observable)) {
          if (answer !== null) subscriber.next(answer);
          if (putAside !== null) startAsides();
          return;
        }
        waiting = true;
        subscriber.add(
          answer.subscribe({
            next: (each) => subscriber.next(each),
            error: fail,
            complete: () => {
              waiting = false;
              goOn();
            },
          }),
        );
        if (putAside !== null) startAsides();
      };

      const goOn = (): void => {
        while (!waiting && !subscriber.closed && queue.length > 0) ask(queue.shift() as A);
        if (ended && !waiting && asides === 0 && queue.length === 0) subscriber.complete();
      };

      subscriber.add(
        source$.subscribe({
          next: (value) => {
            if (waiting) join(queue, value);
            else ask(value);
          },
          error: fail,
          complete: () => {
            ended = true;
            goOn();
          },
        }),
      );
    });
