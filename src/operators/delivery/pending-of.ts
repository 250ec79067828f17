import type { Observable, OperatorFunction } from 'rxjs';
import { concatMap, from, map, merge } from 'rxjs';
import type { Close } from '../../model/close.js';
import type { Pending } from '../../model/delivery.js';
import { claimedRow } from '../../model/delivery.js';

/**
 * The rows of one sink: those an earlier life left unfinished, then those of each claimed close. An alert that an earlier life
 * has claimed (`known`) has its row already, whatever became of it, and gets no second one when its bar is judged again.
 *
 * ```
 * close$               -a-q-b-|   an alert at a and at b
 * pendingOf(sink, [])  -1---2-|
 * ```
 */
export const pendingOf =
  (sink: string, recovered: readonly Pending[], known: ReadonlySet<string> = new Set()): OperatorFunction<Close, Pending> =>
  (close$: Observable<Close>) =>
    merge(
      from(recovered.filter(({ delivery }) => delivery.sink === sink)),
      close$.pipe(
        concatMap((close) => close.alerts.filter(({ id, suppressedBy }) => suppressedBy === null && !known.has(id))),
        map((alert) => ({ alert, delivery: claimedRow(alert.id, sink, alert.decisionTimeMs) })),
      ),
    );
