import type { Observable, OperatorFunction } from 'rxjs';
import { concatMap, from, merge } from 'rxjs';
import type { Alert } from '../../model/alert.js';
import type { Close, EarlyNews } from '../../model/close.js';
import { isClose } from '../../model/close.js';
import type { Pending } from '../../model/delivery.js';
import { claimedRow } from '../../model/delivery.js';

/** What was claimed, sent or not: of a close its own alerts, and what it makes of early ones. */
export const alertsOf = (told: Close | EarlyNews): readonly Alert[] => {
  if (!isClose(told)) return told.early;
  return told.resolved === undefined ? told.alerts : [...told.alerts, ...told.resolved];
};

/** A fresh row with its alert, and with the bars behind it where they are remembered. */
const pendingWith = (alert: Alert, sink: string, told: Close | EarlyNews): Pending => {
  const scene = isClose(told) ? told.scenes?.get(alert.id) : undefined;
  return { alert, delivery: claimedRow(alert.id, sink, alert.decisionTimeMs), ...(scene === undefined ? {} : { scene }) };
};

/**
 * The rows of one sink: those an earlier life left unfinished, then those of each claimed close, and of early news. An alert that an earlier life
 * has claimed (`known`) has its row already, whatever became of it, and gets no second one when its bar is judged again.
 *
 * ```
 * close$               -a-q-b-|   an alert at a and at b
 * pendingOf(sink, [])  -1---2-|
 * ```
 */
export const pendingOf =
  (
    sink: string,
    recovered: readonly Pending[],
    known: ReadonlySet<string> = new Set(),
    goesThere: (alert: Alert) => boolean = () => true,
  ): OperatorFunction<Close | EarlyNews, Pending> =>
  (told$: Observable<Close | EarlyNews>) =>
    merge(
      from(recovered.filter(({ delivery }) => delivery.sink === sink)),
      told$.pipe(
        concatMap((told) =>
          alertsOf(told)
            .filter(({ id, suppressedBy }) => suppressedBy === null && !known.has(id))
            .filter(goesThere)
            .map((alert) => pendingWith(alert, sink, told)),
        ),
      ),
    );
