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
 * Answers values one after another. A class, so that there is one set of methods for all series, and the state of each lies in one
 * place: every bar of every series comes here, and by its turn everything that is a step away has to be fetched from far.
 */
class Turn<A, B> {
  private waiting = false;
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
    /** Told when nothing is under way any more. */
    private readonly rested: () => void,
  ) {}

  isResting(): boolean {
    return !this.waiting && this.asides === 0 && this.queue === null;
  }

  take(value: A): void {
    if (this.waiting) this.join((this.queue ??= []), value);
    else this.ask(value);
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
    if (this.isResting()) this.rested();
  }
}

/** Feeds the first of these turns, and ends when the source has and nothing is under way in any of them. */
const feed = <A, C>(
  source$: Observable<A>,
  begin: (
    subscriber: Subscriber<C>,
    rested: () => void,
  ) => readonly [Pick<Turn<A, unknown>, 'take' | 'isResting'>, ...Pick<Turn<never, C>, 'isResting'>[]],
): Observable<C> =>
  new Observable<C>((subscriber) => {
    let ended = false;
    const rested = (): void => {
      if (ended && turns.every((turn) => turn.isResting())) subscriber.complete();
    };
    const turns = begin(subscriber, rested);
    const [first] = turns;
    subscriber.add(
      source$.subscribe({
        next: (value) => first.take(value),
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          ended = true;
          rested();
        },
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
    feed<A, B>(source$, (subscriber, rested) => [
      new Turn<A, B>(subscriber, answerTo, join, (answer) => subscriber.next(answer), rested),
    ]);

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
    feed<A, C>(source$, (subscriber, rested) => {
      const second = new Turn<B, C>(subscriber, then, atTheEnd, (answer) => subscriber.next(answer), rested);
      const first = new Turn<A, B>(subscriber, answerTo, join, (answer) => second.take(answer), rested);
      return [first, second];
    });
