import type { Observable, OperatorFunction } from 'rxjs';
import { defer, filter, map, Subject } from 'rxjs';
import type { Announcement, Sink } from '../../ports/sink.js';
import { toEach } from './to-each.js';

/** What one sink hears of the others, and how it tells them. */
export interface Alarms {
  readonly alarm$: Observable<Announcement>;
  readonly raise: (announcement: Announcement) => void;
}

/**
 * Every value to every sink, each at its own pace; what one of them raises, all others are to say: a person who looks at the wrong
 * channel must hear that another one is dead.
 *
 * ```
 * source$              -a----b---|
 * stage of the first   -A----B---|   raises r with A
 * stage of the second  -a----b---|
 * toEachSink           -(rAa)(Bb)|
 * ```
 */
export const toEachSink =
  <A, B>(sinks: readonly Sink[], stageOf: (sink: Sink, alarms: Alarms) => OperatorFunction<A, B>): OperatorFunction<A, B> =>
  (source$) =>
    defer(() => {
      const raised$ = new Subject<{ readonly by: string; readonly announcement: Announcement }>();
      return source$.pipe(
        toEach(sinks, (sink) =>
          stageOf(sink, {
            alarm$: raised$.pipe(
              filter(({ by }) => by !== sink.name),
              map(({ announcement }) => announcement),
            ),
            raise: (announcement) => raised$.next({ by: sink.name, announcement }),
          }),
        ),
      );
    });
