import type { Observable, OperatorFunction } from 'rxjs';
import { catchError, concat, concatMap, defer, EMPTY, map, of, throwError, throwIfEmpty, timer } from 'rxjs';
import type { Alert } from '../../model/alert.js';
import type { Delivery, Pending } from '../../model/delivery.js';
import type { DeliverySettings } from '../../ports/pipeline.js';
import type { Sink } from '../../ports/sink.js';
import { DeliveryError } from '../../ports/sink.js';
import { maxAgeMsOf } from '../filters/staleness.js';
import { afterFailure } from './after-failure.js';
import { pauseMs } from './pause.js';
import type { Step, StepOptions } from './step.js';
import { stepWith } from './step.js';

export interface DeliverToOptions extends StepOptions {
  readonly settings: DeliverySettings;
}

/**
 * Brings each pending alert to a final state with one sink, one after another: claimed → sending → delivered, and on failure
 * along the arrows of reliability.md §2.3. Every step is durable before the next begins; `sending` is durable before the
 * first byte leaves. Emits each step.
 *
 * ```
 * pending$           -a-b----|                  two alerts
 * sink, first time    #                         refused, and no pause named
 * sink, later times   ----(r|)                  taken
 * deliverTo          -(sw) 996ms s---(ds)(d|)   sending, waiting; a second later sending, delivered; then the other
 * ```
 *
 * *Delivery.* At least once while younger than `maxAge`; more than once only after an outcome nobody knows, at most
 * `maxUnknownResends` times, each copy marked. A sink that refuses for good is not asked again.
 */
export const deliverTo =
  (sink: Sink, options: DeliverToOptions): OperatorFunction<Pending, Step> =>
  (pending$) =>
    defer(() => {
      const { settings, marketTime, wireTime, random, report } = options;
      const step = stepWith(options);
      let refusedForGood: string | null = null;

      const then = (first$: Observable<Step>, next: (step: Step) => Observable<Step>): Observable<Step> =>
        first$.pipe(concatMap((told) => concat(of(told), next(told))));

      const disable = (reason: string): void => {
        if (refusedForGood === null)
          report({ kind: 'sink-disabled', sink: sink.name, detail: `${sink.name} takes no more alerts: ${reason}` });
        refusedForGood = reason;
      };

      const send = (alert: Alert, sending: Delivery): Observable<Step> =>
        defer(() => sink.deliver(alert, { number: sending.attempts, mayRepeat: sending.mayRepeat })).pipe(
          throwIfEmpty(() => new Error(`sink ${sink.name} has neither taken nor refused ${alert.id}`)),
          map((receipt) => ({ state: 'delivered' as const, messageId: receipt.messageId })),
          // Only failed attempts are answered here; anything else is a bug and ends the program.
          catchError((error: unknown) => (error instanceof DeliveryError ? of(error) : throwError(() => error))),
          concatMap((result) => {
            if (!(result instanceof DeliveryError)) return step(alert, sending, result);
            if (result.failure === 'disabled') disable(result.detail);
            const after = afterFailure(sending, result, settings);
            return then(step(alert, sending, after.change), ({ delivery }) => {
              if (after.final !== null) return step(alert, delivery, after.final);
              if (delivery.state === 'dead') return EMPTY;
              const waitMs = result.retryAfterMs ?? pauseMs(sending.attempts, random);
              return concat(
                timer(waitMs, wireTime).pipe(concatMap(() => EMPTY)),
                defer(() => settle(alert, delivery)),
              );
            });
          }),
        );

      const settle = (alert: Alert, delivery: Delivery): Observable<Step> => {
        if (refusedForGood !== null) return step(alert, delivery, { state: 'dead', reason: refusedForGood });
        const ageMs = marketTime.now() - alert.decisionTimeMs;
        const maxAgeMs = maxAgeMsOf(alert.interval, settings.maxAgeMs);
        if (ageMs > maxAgeMs)
          return step(alert, delivery, { state: 'expired', reason: `older than ${Math.round(maxAgeMs / 1000)} s` });
        const over = afterFailure.overBudget(delivery, settings);
        if (over !== null) return step(alert, delivery, over);
        return then(step(alert, delivery, { state: 'sending', attempts: delivery.attempts + 1 }), (told) =>
          send(alert, told.delivery),
        );
      };

      return pending$.pipe(concatMap(({ alert, delivery }) => settle(alert, delivery)));
    });
