import type { MonoTypeOperatorFunction, SchedulerLike, Subscription } from 'rxjs';
import { Observable } from 'rxjs';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Notice } from '../../model/sighting.js';
import type { SeriesEvent } from '../../ports/source.js';

export interface ReorderOptions {
  /** How long a bar that is ahead of its turn waits for those before it, in milliseconds of `scheduler`. */
  readonly holdMs: number;
  readonly notice?: Notice | undefined;
  readonly scheduler: SchedulerLike;
}

/** Bars that wait at most; more than these are no reordering, and the history is asked. */
const HELD_MAX = 100;

const timeOf = (event: SeriesEvent): number => (event.kind === 'bar' ? event.bar.openTimeMs : event.openTimeMs);
const barMsOf = (event: SeriesEvent): number => INTERVAL_MS[event.kind === 'bar' ? event.bar.interval : event.series.interval];

/**
 * Lets a bar of one series that is ahead of its turn wait a moment for those before it, which often are only late on another
 * connection: then no history need be asked. A bar in its turn passes at once, and so does all that is held when the moment is
 * over or the close of a bar is announced, for then it should have come.
 *
 * ```
 * event$                 -a-c-b---d-f------|   c comes before b; e never comes
 * reorder (3 ms)         -a---(bc)d----f---|   c waits for b, f for nothing
 * ```
 *
 * *Memory.* A hundred events of the one series at most.
 */
export const reorder =
  ({ holdMs, notice, scheduler }: ReorderOptions): MonoTypeOperatorFunction<SeriesEvent> =>
  (event$) =>
    new Observable<SeriesEvent>((subscriber) => {
      let newestMs: number | null = null;
      const held: SeriesEvent[] = [];
      let alarm: Subscription | undefined;

      const pass = (event: SeriesEvent): void => {
        newestMs = Math.max(newestMs ?? -Infinity, timeOf(event));
        subscriber.next(event);
      };
      const silence = (): void => {
        alarm?.unsubscribe();
        alarm = undefined;
      };
      const release = (): void => {
        silence();
        for (const each of held.splice(0)) pass(each);
      };
      const hold = (event: SeriesEvent): void => {
        const after = held.findIndex((each) => timeOf(each) > timeOf(event));
        held.splice(after < 0 ? held.length : after, 0, event);
      };
      const take = (event: SeriesEvent): void => {
        const timeMs = timeOf(event);
        const isAhead = newestMs !== null && timeMs > newestMs + barMsOf(event);
        if (held.length === 0 && (!isAhead || event.kind === 'closed')) {
          pass(event);
          return;
        }
        if (isAhead || event.kind === 'closed') {
          hold(event);
          if (event.kind === 'closed' || held.length > HELD_MAX) release();
          else alarm ??= scheduler.schedule(release, holdMs);
          return;
        }
        if (event.kind === 'bar' && timeMs > (newestMs ?? -Infinity)) notice?.('reordered', event.bar, 1);
        pass(event);
        let [next] = held;
        while (next !== undefined && timeOf(next) <= (newestMs ?? Infinity) + barMsOf(next)) {
          held.shift();
          pass(next);
          [next] = held;
        }
        if (next === undefined) silence();
      };

      subscriber.add(
        event$.subscribe({
          next: take,
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            release();
            subscriber.complete();
          },
        }),
      );
      subscriber.add(silence);
    });
