import type { SchedulerLike } from 'rxjs';
import { asyncScheduler, Observable, Subscription } from 'rxjs';

/** What a line says of itself to whoever keeps it, and may ask. */
export interface Line {
  /** From now on this line carries all that the one before it does. */
  readonly ready: () => void;
  /** This line will not last: another is to be opened beside it. Said again, it means nothing. */
  readonly due: () => void;
  /** Whether another line has been opened to take the place of this one. */
  readonly isReplaced: () => boolean;
}

export interface HandoverOptions {
  /** How long an old line is still listened to after its successor is ready: what was sent on it before may still be on its way. */
  readonly lingerMs: number;
}

/**
 * One line after another without a hole: when a line says that it is `due`, the next is opened beside it; when that one is
 * `ready`, the old one is listened to for `lingerMs` more and then left. What both carry meanwhile comes twice.
 *
 * ```
 * handover(open, { lingerMs: 2 })
 * first:    -a-d-b-c-x--   d: due
 * second:      ---r-c--e   r: ready, after which the first is left in two
 * expected: -a-d-brcc--e
 * ```
 *
 * A line that completes after it has been replaced is over; the newest one completes the whole. Any error is passed on.
 */
export const handover = <T>(
  open: (line: Line) => Observable<T>,
  { lingerMs }: HandoverOptions,
  scheduler: SchedulerLike = asyncScheduler,
): Observable<T> =>
  new Observable<T>((subscriber) => {
    const running = new Map<number, Subscription>();
    let newest = 0;

    const leaveBefore = (number: number): void => {
      for (const [each, subscription] of running) {
        if (each >= number) continue;
        running.delete(each);
        subscription.add(scheduler.schedule(() => subscription.unsubscribe(), lingerMs));
      }
    };

    const start = (): void => {
      const number = ++newest;
      let isDue = false;
      const line: Line = {
        ready: () => leaveBefore(number),
        due: () => {
          if (isDue) return;
          isDue = true;
          if (number === newest) start();
        },
        isReplaced: () => number < newest,
      };
      const subscription = new Subscription();
      running.set(number, subscription);
      subscriber.add(subscription);
      subscription.add(
        open(line).subscribe({
          next: (value) => subscriber.next(value),
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            running.delete(number);
            subscription.unsubscribe();
            if (number === newest) subscriber.complete();
          },
        }),
      );
    };

    start();
  });
