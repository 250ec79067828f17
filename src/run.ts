import type { MonoTypeOperatorFunction, Observable, OperatorFunction } from 'rxjs';
import {
  catchError,
  concat,
  concatMap,
  connect,
  defaultIfEmpty,
  defer,
  EMPTY,
  endWith,
  filter,
  forkJoin,
  identity,
  ignoreElements,
  map,
  merge,
  NEVER,
  shareReplay,
  startWith,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import type { ChosenPipeline, Settings } from './config/settings.js';
import type { Close } from './model/close.js';
import type { Interval } from './model/interval.js';
import { isInterval } from './model/interval.js';
import type { Silence } from './model/silence.js';
import { keptParts } from './operators/delivery/episodes-kept.js';
import { fanOut } from './operators/market/fan-out.js';
import type { Context } from './ports/context.js';
import type { Outcome, Parts } from './ports/pipeline.js';
import type { FeedEvent } from './ports/source.js';
import type { Remembered, Store } from './ports/store.js';
import { mutedParts } from './run/muted.js';
import { quietStart, quietWords } from './run/starts.js';
import { whileHeld } from './runtime/held.js';
import type { HealthState } from './telemetry/health-state.js';
import type { FaultCounts } from './telemetry/faults.js';
import { createWatch } from './telemetry/watch.js';

const HOUR_MS = 3_600_000;
const KEEP_MS = 7 * 24 * HOUR_MS;
const KEEP_SUPPRESSED_MS = 24 * HOUR_MS;
/** After a stop is asked for, what is on its way may still arrive for so long. */
const STOP_MS = 8_000;
/** A source that has not said a word for so long has not told the time either: the machine's own is taken instead. */
const TIME_WAIT_MS = 10_000;

/** What a life begins with. */
interface Start {
  readonly remembered: Remembered;
  readonly quietMs: number;
  readonly kept: Pick<Parts, 'episodes' | 'routeOf' | 'silence$' | 'mutedBefore'>;
}

/** Forgets old rows now and every hour. */
const collect = (store: Store, { epoch }: Remembered, { marketTime, wireTime, report }: Context): Observable<never> =>
  timer(0, HOUR_MS, wireTime).pipe(
    concatMap(() =>
      store.collect(epoch, marketTime.now() - KEEP_MS, marketTime.now() - KEEP_SUPPRESSED_MS).pipe(
        catchError((error: unknown) => {
          report({ kind: 'store-failed', detail: `old rows could not be collected: ${String(error)}` });
          return EMPTY;
        }),
      ),
    ),
    ignoreElements(),
  );

/** The longer bars that the source's settings ask for. */
const higherIntervalsOf = ({ source }: Settings): readonly Interval[] => {
  const { higherIntervals } = source.options;
  return Array.isArray(higherIntervals)
    ? higherIntervals.filter((each): each is Interval => typeof each === 'string' && isInterval(each))
    : [];
};

export interface MonitorOptions {
  readonly settings: Settings;
  readonly context: Context;
  /** When it emits, intake stops, what is on its way is finished within eight seconds, and the monitor completes. */
  readonly stop$: Observable<unknown>;
  readonly version: string;
  readonly faults: () => FaultCounts;
  /** The pipeline with other thresholds, whenever there are new ones; never if absent. */
  readonly later$?: Observable<ChosenPipeline>;
  /** What somebody does not want to hear, whenever that changes; nothing if absent. */
  readonly silence$?: Observable<readonly Silence[]>;
  /** Records the decided closes, where that is wanted. Nothing depends on it. */
  readonly record?: OperatorFunction<Close, never> | null;
}

export interface Monitor {
  /** Cold: subscribing is running. Completes after a stop, or when a finite source ends; the store is closed by then. */
  readonly outcome$: Observable<Outcome>;
  health(): HealthState;
}

/** Joins the parts a config names into one monitor. */
export const createMonitor = ({
  settings,
  context,
  stop$,
  version,
  faults,
  later$ = NEVER,
  silence$,
  record = null,
}: MonitorOptions): Monitor => {
  const { marketTime, wireTime, random, report } = context;
  const source = settings.source.create(context);
  const store = settings.store.create(context);
  const { heldForMs } = store;
  const outside = heldForMs === undefined ? context : whileHeld(context, heldForMs);
  const sinks = settings.sinks.map((sink) => sink.create(outside));
  const watch = createWatch({ marketTime, wireTime, source, store, version, faults });

  // Also for whoever looks only after the signal: the store may take a while to open.
  const stopped$ = stop$.pipe(take(1), shareReplay({ bufferSize: 1, refCount: true }));

  const compose = (event$: Observable<FeedEvent>, { remembered, quietMs, kept }: Start): Observable<Outcome> => {
    const parts: Parts = {
      event$,
      ...(source.forming === undefined ? {} : { forming: source.forming }),
      history: watch.history,
      store,
      remembered,
      sinks,
      marketTime,
      wireTime,
      random,
      barrierMs: Math.max(settings.barrierMs, marketTime.speed > 1 ? 250 * marketTime.speed : 0),
      delivery: settings.delivery,
      quietStartMs: quietMs,
      ...kept,
      higherIntervals: higherIntervalsOf(settings),
      report: (fault) => {
        watch.sawFault(fault);
        report(fault);
      },
      notice: watch.noticed,
    };
    watch.recovered(remembered.pending);
    return settings.pipeline.compose(parts, later$.pipe(map((pipeline) => pipeline.settings)));
  };

  /** Collecting ends with the run: a finite source must be able to complete. */
  const collecting = (remembered: Remembered): MonoTypeOperatorFunction<Outcome> =>
    connect((outcome$) =>
      merge(outcome$, collect(store, remembered, context).pipe(takeUntil(outcome$.pipe(ignoreElements(), endWith(null))))),
    );

  /** Emits the events to go on with when the source has said its first word, or has said nothing for long, or is empty. */
  const begun = (event$: Observable<FeedEvent>): Observable<Observable<FeedEvent>> =>
    merge(
      event$.pipe(
        take(1),
        map((first) => event$.pipe(startWith(first))),
        defaultIfEmpty(event$),
      ),
      timer(TIME_WAIT_MS, wireTime).pipe(map(() => event$)),
    ).pipe(take(1), takeUntil(stopped$));

  /**
   * The pipeline from the source's first word on. Until then nobody knows what time it is at the exchange, and what an earlier
   * life left unfinished would be sent or given up, and old rows forgotten, by the machine's clock.
   */
  const begin = (start: Start): Observable<Outcome> => {
    const event$ = source.event$.pipe(tap(watch.sawEvent), takeUntil(stopped$));
    return event$.pipe(
      fanOut((shared$) =>
        begun(shared$).pipe(switchMap((events$) => compose(events$, start).pipe(collecting(start.remembered)))),
      ),
    );
  };

  /** Whoever listens to the run is told of a close before it is recorded. */
  const recording: MonoTypeOperatorFunction<Outcome> =
    record === null
      ? identity
      : connect((outcome$) =>
          merge(
            outcome$,
            outcome$.pipe(
              filter((outcome) => outcome.kind === 'close'),
              map(({ close }) => close),
              record,
            ),
          ),
        );

  /** New thresholds are heard from the first moment on, also while the store opens: whoever asks for them must not end the process. */
  const hearing: MonoTypeOperatorFunction<Outcome> = connect((outcome$) =>
    merge(outcome$, later$.pipe(ignoreElements(), takeUntil(outcome$.pipe(ignoreElements(), endWith(null))))),
  );

  // A replica that waits for its turn must not go on waiting once it is to stop.
  const running$ = store.open().pipe(
    takeUntil(stopped$),
    concatMap((remembered) =>
      quietStart(store, remembered, wireTime.now(), settings.delivery.quickStartPauseMs).pipe(
        map((quietMs) => {
          if (quietMs > 0) report({ kind: 'starts-frequent', detail: quietWords(quietMs) });
          return { remembered, quietMs };
        }),
      ),
    ),
    concatMap((start) =>
      forkJoin([keptParts(store, start.remembered, settings.episodes), mutedParts(store, settings, silence$)]).pipe(
        map(([kept, muted]) => ({ ...start, kept: { ...kept, ...muted } })),
      ),
    ),
    concatMap(begin),
    tap(watch.sawOutcome),
    recording,
    hearing,
    takeUntil(stopped$.pipe(concatMap(() => timer(STOP_MS, wireTime)))),
  );

  return {
    outcome$: defer(() => {
      if (sinks.some(({ wantsScene }) => wantsScene === true)) context.pictures?.start();
      return concat(
        running$.pipe(
          catchError((error: unknown) =>
            concat(
              store.close().pipe(catchError(() => EMPTY)),
              throwError(() => error),
            ),
          ),
        ),
        store.close(),
      );
    }),
    health: watch.health,
  };
};
