import type { OperatorFunction, Subscriber } from 'rxjs';
import { Observable } from 'rxjs';

/** Starts something that nothing waits for: its values are handed on when they come, between those of the answers. */
export type Aside<B> = (value$: Observable<B>) => void;

/** The answer to a value; `null`: none. */
export type AnswerTo<A, B> = (value: A, aside: Aside<B>) => B | null | Observable<B>;

/** How a value joins those that wait; it may leave out what others say too, so that the queue has an end. */
export type Join<A> = (queue: A[], value: A) => void;

const atTheEnd = <A>(queue: A[], value: A): void => void queue.push(value);

/**
 * Answers values one after another. A class, so that the state of a series lies in one place and most of what is done with it is shared:
 * every bar of every series comes here, and by its turn everything that is a step away has to be fetched from far.
 */
class Turn<A, B> {
  private waiting = false;
  private ended = false;
  private asides = 0;
  /** Hardly ever is anything put aside, or waits: no lists are kept for it. */
  private putAside: Observable<B>[] | null = null;
  private queue: A[] | null = null;

  constructor(
    /** Whom an error ends. */
    private readonly subscriber: Subscriber<unknown>,
    private readonly answerTo: AnswerTo<A, B>,
    private readonly join: Join<A>,
    private readonly tell: (answer: B) => void,
    /** Told when no more values come and nothing is under way. */
    private readonly done: () => void,
  ) {}

  /** No more values come. */
  end(): void {
    this.ended = true;
    this.goOn();
  }

  take(value: A): void {
    if (!this.waiting) this.ask(value);
    else {
      this.queue ??= [];
      this.join(this.queue, value);
      if (this.queue.length === 0) this.queue = null;
    }
  }

  private readonly aside: Aside<B> = (value$) => void (this.putAside ??= []).push(value$);

  private ask(value: A): void {
    let answer: B | null | Observable<B>;
    try {
      answer = this.answerTo(value, this.aside);
    } catch (error) {
      this.subscriber.error(error);
      return;
    }
    if (answer instanceof Observable) this.waitFor(answer);
    else if (answer !== null) this.tell(answer);
    if (this.putAside !== null) this.startAsides();
  }

  private waitFor(answer$: Observable<B>): void {
    this.waiting = true;
    this.listen(answer$, () => {
      this.waiting = false;
    });
  }

  /** Only when the answer is out, lest one that is there at once gets before it. */
  private startAsides(): void {
    const started = this.putAside ?? [];
    this.putAside = null;
    for (const value$ of started) {
      this.asides++;
      this.listen(value$, () => {
        this.asides--;
      });
    }
  }

  private listen(value$: Observable<B>, ended: () => void): void {
    this.subscriber.add(
      value$.subscribe({
        next: this.tell,
        error: (error: unknown) => this.subscriber.error(error),
        complete: () => {
          ended();
          this.goOn();
        },
      }),
    );
  }

  private goOn(): void {
    while (!this.waiting && !this.subscriber.closed && this.queue !== null) {
      const value = this.queue.shift() as A;
      if (this.queue.length === 0) this.queue = null;
      this.ask(value);
    }
    if (this.ended && !this.waiting && this.asides === 0 && this.queue === null) this.done();
  }
}

/** Feeds a turn until the source ends. */
const feed = <A, C>(
  source$: Observable<A>,
  begin: (subscriber: Subscriber<C>) => Pick<Turn<A, unknown>, 'take' | 'end'>,
): Observable<C> =>
  new Observable<C>((subscriber) => {
    const turn = begin(subscriber);
    subscriber.add(
      source$.subscribe({
        next: (value) => turn.take(value),
        error: (error: unknown) => subscriber.error(error),
        complete: () => turn.end(),
      }),
    );
  });

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
  <A, B>(answerTo: AnswerTo<A, B>, join: Join<A> = atTheEnd): OperatorFunction<A, B> =>
  (source$) =>
    feed<A, B>(
      source$,
      (subscriber) =>
        new Turn<A, B>(
          subscriber,
          answerTo,
          join,
          (answer) => subscriber.next(answer),
          () => subscriber.complete(),
        ),
    );

/**
 * `pipe(inTurn(answerTo, join), inTurn(then))` without the stage in between.
 *
 * ```
 * source$                   -a-bc------|   a and c are answered at once, b is not
 * answer to b                  -x|
 * then to x                     --y|
 * inTurns(answerTo, then)   -a----yc---|
 * ```
 */
export const inTurns =
  <A, B, C>(answerTo: AnswerTo<A, B>, then: AnswerTo<B, C>, join: Join<A> = atTheEnd): OperatorFunction<A, C> =>
  (source$) =>
    feed<A, C>(source$, (subscriber) => {
      const second = new Turn<B, C>(
        subscriber,
        then,
        atTheEnd,
        (answer) => subscriber.next(answer),
        () => subscriber.complete(),
      );
      return new Turn<A, B>(
        subscriber,
        answerTo,
        join,
        (answer) => {
          if (!subscriber.closed) second.take(answer);
        },
        () => second.end(),
      );
    });
