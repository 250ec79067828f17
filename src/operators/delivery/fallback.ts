import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import { concat, concatMap, defer, EMPTY, from, identity, ignoreElements, map, merge, of, reduce, Subject } from 'rxjs';
import type { Alert } from '../../model/alert.js';
import type { Pending } from '../../model/delivery.js';
import { claimedRow, DELIVERY_STATES, deliveryKey } from '../../model/delivery.js';
import type { DeliverySettings, Parts } from '../../ports/pipeline.js';
import type { Sink } from '../../ports/sink.js';
import { maxAgeMsOf } from '../filters/staleness.js';
import { nextIn, PASSED_ON } from './fallback-chains.js';
import type { Step, StepOptions } from './step.js';
import { untilDurable } from './until-durable.js';

export interface FallbackOptions extends StepOptions {
  readonly settings: DeliverySettings;
  readonly sinks: readonly Sink[];
  /** Ids of alerts that an earlier life has claimed. */
  readonly known: ReadonlySet<string>;
  readonly routeOf?: Parts['routeOf'];
}

/** How sinks step in for one another. Made anew for every subscriber: what was handed on is remembered inside. */
export interface Fallback {
  /** The rows of a sink, and those that are handed to it. */
  joining(sink: string): MonoTypeOperatorFunction<Pending>;
  /** The steps of a sink; what it does not take is handed on as they pass. */
  passing(sink: string): MonoTypeOperatorFunction<Step>;
  /** Hands on what an earlier life has not come to; tells nothing. */
  readonly owed$: Observable<never>;
}

/** What an earlier life has handed on is looked up in the store; what this one has is remembered for so long. */
const REMEMBERED_MS = 86_400_000;

/** Whether a sink has ended a row without taking it, in a way that lets another one try. */
const isLeft = ({ state, reason }: Pending['delivery']): boolean =>
  state === 'dead' || (state === 'expired' && reason?.startsWith(PASSED_ON) === true);

/**
 * Where the first sink of a chain does not take an alert, the next one gets a row of its own, and its copy says whose place it
 * takes. The row is durable before it is handed on, and there is one at most for each alert and sink, so that a crash in between
 * neither loses nor repeats it: what is owed is found again at the next start. Nothing too old is handed on.
 *
 * ```
 * pending$         -a-------|
 * the first sink    -(x|)           dead: it will never take it
 * store.claim        --|            the row of the next one
 * the next sink        -(d|)        delivered
 * both             --x--d---|
 * ```
 *
 * *Order.* A row that is handed on comes behind what waits for that sink already.
 */
export const createFallback = (options: FallbackOptions): Fallback => {
  const { settings, sinks, known, routeOf, store, epoch, marketTime, wireTime, random, report } = options;
  const chains = settings.fallback ?? [];
  const nextOf = (sink: string): readonly string[] =>
    nextIn(chains)(sink).filter((next) => sinks.some(({ name }) => name === next));
  const doors = new Map(sinks.map(({ name }) => [name, new Subject<Pending>()]));
  /** How many may still hand something to a sink: those before it, and what an earlier life owes. */
  const open = new Map(sinks.map(({ name }) => [name, 1 + sinks.filter((before) => nextOf(before.name).includes(name)).length]));
  /** Rows that were handed on in this life, and when their alerts were decided. */
  const handed = new Map<string, number>();

  const shut = (names: readonly string[]): void => {
    for (const name of names) {
      const left = (open.get(name) ?? 0) - 1;
      open.set(name, left);
      if (left === 0) doors.get(name)?.complete();
    }
  };

  const isYoung = ({ alert, delivery }: Pending): boolean =>
    marketTime.now() - (delivery.resentAtMs ?? alert.decisionTimeMs) <= maxAgeMsOf(alert.interval, settings.maxAgeMs);

  const rowKeys = (states: typeof DELIVERY_STATES): Observable<ReadonlySet<string>> =>
    from(states).pipe(
      concatMap((state) => store.scan(state)),
      reduce((keys, rows) => {
        for (const { delivery } of rows) keys.add(deliveryKey(delivery));
        return keys;
      }, new Set<string>()),
    );

  /** Whether the alert has a row with this sink already, from a route, from another chain or from an earlier life. */
  const hasRow = (alert: Alert, sink: string): Observable<boolean> => {
    const key = deliveryKey({ alertId: alert.id, sink });
    if (handed.has(key)) return of(true);
    if (known.has(alert.id)) return rowKeys(DELIVERY_STATES).pipe(map((keys) => keys.has(key)));
    return of(routeOf?.(alert).sinks.includes(sink) === true);
  };

  const remember = (key: string, alert: Alert): void => {
    for (const [old, atMs] of handed) if (atMs < alert.decisionTimeMs - REMEMBERED_MS) handed.delete(old);
    handed.set(key, alert.decisionTimeMs);
  };

  const handTo = (sink: string, { alert, delivery: left }: Pending): Observable<never> =>
    hasRow(alert, sink).pipe(
      concatMap((has) => {
        // Another chain may have come first while the store was asked.
        if (has || handed.has(deliveryKey({ alertId: alert.id, sink }))) return EMPTY;
        const atMs = marketTime.now();
        const delivery = {
          ...claimedRow(alert.id, sink, atMs),
          reason: `${left.sink} did not take it`,
          insteadOf: { sink: left.sink, unknown: left.mayRepeat },
        };
        remember(deliveryKey(delivery), alert);
        const claimed$ = defer(() => store.claim({ epoch, position: null, alerts: [alert], deliveries: [delivery], atMs }));
        return concat(
          claimed$.pipe(
            untilDurable({
              ...{ wireTime, random, report },
              faultOf: ({ detail }) => ({ kind: 'store-failed', alertId: alert.id, sink, detail }),
            }),
          ),
          defer(() => {
            doors.get(sink)?.next({ alert, delivery });
            return EMPTY;
          }),
        );
      }),
    );

  const handOn = (left: Pending): Observable<never> =>
    isLeft(left.delivery) && isYoung(left)
      ? from(nextOf(left.delivery.sink)).pipe(concatMap((sink) => handTo(sink, left)))
      : EMPTY;

  const shutting = (names: readonly string[]): Observable<never> =>
    defer(() => {
      shut(names);
      return EMPTY;
    });

  return {
    joining: (sink) => {
      const door = doors.get(sink);
      const isNext = sinks.some(({ name }) => nextOf(name).includes(sink));
      return door === undefined || !isNext ? identity : (pending$) => merge(pending$, door);
    },
    passing: (sink) => {
      const next = nextOf(sink);
      if (next.length === 0) return identity;
      return (step$) => concat(step$.pipe(concatMap((step) => concat(of(step), handOn(step)))), shutting(next));
    },
    owed$:
      chains.length === 0
        ? EMPTY
        : concat(
            from(['dead', 'expired'] as const).pipe(
              concatMap((state) => store.scan(state)),
              concatMap((rows) => from(rows).pipe(concatMap(handOn))),
              ignoreElements(),
            ),
            shutting(sinks.map(({ name }) => name)),
          ),
  };
};
