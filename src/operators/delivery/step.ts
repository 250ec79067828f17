import type { Observable, SchedulerLike } from 'rxjs';
import { concat, defer, of } from 'rxjs';
import type { Alert } from '../../model/alert.js';
import type { Delivery } from '../../model/delivery.js';
import type { Fault, Report } from '../../model/fault.js';
import type { Store } from '../../ports/store.js';
import { untilDurable } from './until-durable.js';

export interface StepOptions {
  readonly store: Store;
  readonly epoch: number;
  readonly marketTime: SchedulerLike;
  readonly wireTime: SchedulerLike;
  readonly random: () => number;
  readonly report: Report;
}

/** A step of a delivery, told once it is durable. */
export interface Step {
  readonly delivery: Delivery;
  readonly alert: Alert;
}

/** What a step into these states says to whoever watches. */
const FAULT_OF: Partial<Record<Delivery['state'], Fault['kind']>> = {
  waiting: 'delivery-refused',
  unknown: 'delivery-unknown',
  expired: 'alert-expired',
  dead: 'alert-dead',
};

/** Takes a delivery one step along the arrows of reliability.md §2.3. A store that cannot write is asked again until it can. */
export const stepWith =
  ({ store, epoch, marketTime, wireTime, random, report }: StepOptions) =>
  (alert: Alert, from: Delivery, change: Partial<Delivery>): Observable<Step> =>
    defer(() => {
      const to: Delivery = { ...from, reason: null, ...change, updatedAtMs: marketTime.now() };
      const about = { alertId: alert.id, sink: to.sink };
      const faultOf = ({ detail }: { readonly detail: string }): Fault => ({ kind: 'store-failed', ...about, detail });
      return concat(
        defer(() => store.transition({ epoch, from: from.state, to })).pipe(untilDurable({ wireTime, random, report, faultOf })),
        defer(() => {
          const kind = FAULT_OF[to.state];
          const detail = `${alert.symbol} ${alert.id} to ${to.sink}: ${to.reason ?? to.state}`;
          if (kind !== undefined) report({ kind, ...about, detail });
          return of({ delivery: to, alert });
        }),
      );
    });
