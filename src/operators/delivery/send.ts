import type { Observable } from 'rxjs';
import { catchError, concat, concatMap, defer, EMPTY, map, merge, of, throwError, throwIfEmpty } from 'rxjs';
import type { Delivery } from '../../model/delivery.js';
import type { Attempt, Receipt, Sink } from '../../ports/sink.js';
import { DeliveryError } from '../../ports/sink.js';
import type { Waiting } from './queue.js';
import type { Step, StepOptions } from './step.js';
import { stepWith } from './step.js';

/**
 * Takes several rows the same step, each told once it is durable; when all are, goes on with the rows as they are then. At most
 * one message's rows, or one queue's.
 */
export const stepEach =
  (options: StepOptions) =>
  (
    rows: readonly Waiting[],
    changeOf: (row: Waiting) => Partial<Delivery>,
    next: (rows: readonly Waiting[]) => Observable<Step> = () => EMPTY,
  ): Observable<Step> =>
    defer(() => {
      const step = stepWith(options);
      const now = new Map<string, Delivery>();
      return concat(
        merge(...rows.map((row) => step(row.alert, row.delivery, changeOf(row)))).pipe(
          map((told) => {
            now.set(told.alert.id, told.delivery);
            return told;
          }),
        ),
        defer(() => next(rows.map((row) => ({ ...row, delivery: now.get(row.alert.id) ?? row.delivery })))),
      );
    });

const attemptOf = ({ delivery, scene }: Waiting): Attempt => ({
  number: delivery.attempts,
  mayRepeat: delivery.mayRepeat,
  ...(delivery.insteadOf === undefined ? {} : { insteadOf: delivery.insteadOf }),
  ...(scene === undefined ? {} : { scene }),
});

const ask = (sink: Sink, rows: readonly Waiting[]): Observable<Receipt> => {
  const postings = rows.map((row) => ({ alert: row.alert, attempt: attemptOf(row) }));
  const [first, ...others] = postings;
  if (first === undefined) throw new TypeError(`nothing to send to ${sink.name}`);
  if (others.length === 0) return sink.deliver(first.alert, first.attempt);
  if (sink.deliverBatch === undefined) throw new TypeError(`sink ${sink.name} takes one alert at a time`);
  return sink.deliverBatch(postings);
};

/** Only failed attempts are answers; anything else is a bug and ends the program. */
const orFailure = catchError<Receipt, Observable<DeliveryError>>((error: unknown) =>
  error instanceof DeliveryError ? of(error) : throwError(() => error),
);

/** One message for these rows, which are `sending`, and what became of it. */
export const send = (
  sink: Sink,
  rows: readonly Waiting[],
  answered: (result: Receipt | DeliveryError) => Observable<Step>,
): Observable<Step> =>
  defer(() => ask(sink, rows)).pipe(
    throwIfEmpty(
      () => new Error(`sink ${sink.name} has neither taken nor refused ${rows.map(({ alert }) => alert.id).join(', ')}`),
    ),
    orFailure,
    concatMap(answered),
  );

/** The same for what is no alert. */
export const sendWords = (
  said$: Observable<Receipt>,
  answered: (result: Receipt | DeliveryError) => Observable<Step>,
): Observable<Step> => said$.pipe(orFailure, concatMap(answered));
