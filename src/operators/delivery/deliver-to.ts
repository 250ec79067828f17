import type { Observable, OperatorFunction } from 'rxjs';
import {
  concatMap,
  connect,
  defer,
  EMPTY,
  endWith,
  exhaustMap,
  ignoreElements,
  map,
  merge,
  of,
  repeat,
  subscribeOn,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import type { Pending } from '../../model/delivery.js';
import type { Announcement, Sink } from '../../ports/sink.js';
import type { LaneOptions } from './lane.js';
import { createLane } from './lane.js';
import type { Step } from './step.js';

export interface DeliverToOptions extends LaneOptions {
  /** What this sink is to say besides alerts, such as that another one refuses for good; nothing if absent. */
  readonly alarm$?: Observable<Announcement>;
}

/**
 * Brings each pending alert to a final state with one sink, one message after another: claimed → sending → delivered, and on
 * failure along the arrows of reliability.md §2.3. Every step is durable before the next begins; `sending` is durable before the
 * first byte leaves. Emits each step.
 *
 * ```
 * pending$           -a-b----|                  two alerts
 * sink, first time    #                         refused, and no pause named
 * sink, later times   ----(r|)                  taken
 * deliverTo          -(sw) 996ms s---(ds)(d|)   sending, waiting; a second later sending, delivered; then the other
 * ```
 *
 * *Order.* Those of one symbol leave as they came; when some have waited long, of different symbols the strongest first
 * (`createQueue`). What waits at the moment a message can leave shares it, as far as the sink tells several; nothing waits for company.
 *
 * *Limits.* Of more than `queueLimit` that wait the weakest end as `expired`, and the sink is told of them in one summary, as it is
 * of those that grew too old while it was away.
 *
 * *Delivery.* At least once while younger than `maxAge`; more than once only after an outcome nobody knows, at most
 * `maxUnknownResends` times, each copy marked. A sink that refuses for good is not asked again, in later lives neither.
 */
export const deliverTo =
  (sink: Sink, options: DeliverToOptions): OperatorFunction<Pending, Step> =>
  (pending$) =>
    defer(() => {
      const { wireTime, alarm$ = EMPTY } = options;
      const lane = createLane(sink, options);

      /** From the next turn of the clock on, so that what comes together can leave together. */
      const turns$ = defer(lane.turn).pipe(
        repeat({ delay: () => (lane.hasWork() ? timer(0, wireTime) : EMPTY) }),
        subscribeOn(wireTime),
      );

      return pending$.pipe(
        tap({ complete: lane.close }),
        map(lane.add),
        connect((leftOut$) => {
          const over$ = leftOut$.pipe(ignoreElements(), endWith(null));
          const alarms$ = alarm$.pipe(tap(lane.alarm), takeUntil(over$));
          return merge(
            leftOut$.pipe(concatMap((ends$) => ends$)),
            merge(of(null), leftOut$, alarms$).pipe(exhaustMap(() => turns$)),
          );
        }),
      );
    });
