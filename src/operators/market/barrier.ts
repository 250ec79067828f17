import type { Observable, OperatorFunction, SchedulerLike, Subscription } from 'rxjs';
import { Observable as Stream } from 'rxjs';
import { toAlert } from '../../model/alert.js';
import type { Alert } from '../../model/alert.js';
import type { Close } from '../../model/close.js';
import type { Interval } from '../../model/interval.js';
import type { Market, Series } from '../../model/series.js';
import type { Judged } from '../../model/verdict.js';
import { hasFired } from '../../model/verdict.js';
import type { Roster } from '../../ports/source.js';
import { createRollCall } from './roll-call.js';
import type { RollCall } from './roll-call.js';

export interface BarrierOptions {
  /** Who is expected. Must tell before the bars it speaks of. */
  readonly roster$: Observable<Roster>;
  /** How long a close waits for the others after its first bar, in milliseconds of `scheduler`. */
  readonly barrierMs: number;
  /** Open time of the last bar judged in an earlier life; `null` when never. */
  readonly judgedUpToMs: (series: Series) => number | null;
  readonly scheduler: SchedulerLike;
}

/** A close whose first bar comes this many barriers after it is met while catching up; a live one comes within one or two. */
const CATCHING_UP_BARRIERS = 4;

interface Waiting {
  readonly openTimeMs: number;
  judged: Judged[];
  /** Those among them of whom a rule fired. */
  fired: Judged[];
  /** Corrections of bars among them. */
  readonly revised: Judged[];
  /** Whether its first bar came long after it had closed. */
  readonly isPast: boolean;
  /** When its latest bar came; kept up to date only where it `isPast`, since nobody else asks. */
  latestAtMs: number;
  alarm: Subscription | undefined;
}

/** One market and interval with its closes that have not been told. */
interface Gathering {
  readonly market: Market;
  readonly interval: Interval;
  readonly call: RollCall;
  readonly waiting: Map<number, Waiting>;
  /** The close that was come to last: the next bar is mostly of the same. */
  latest: Waiting | undefined;
}

const alertsOf = (judged: readonly Judged[], coverage: number): Alert[] => {
  const alerts: Alert[] = [];
  for (const each of judged)
    for (const verdict of each.verdicts) if (verdict.fired) alerts.push(toAlert(each, verdict, coverage));
  return alerts;
};

const coverageOf = ({ expected, received }: Pick<Close, 'expected' | 'received'>): number =>
  expected === 0 ? 1 : Math.min(1, received / expected);

const bySymbol = (a: Judged, b: Judged): number => (a.bar.symbol < b.bar.symbol ? -1 : a.bar.symbol > b.bar.symbol ? 1 : 0);

/** Sorts in place what is not in order already, as it is in replay. */
const inSymbolOrder = (judged: Judged[]): readonly Judged[] => {
  for (let i = 1; i < judged.length; i++)
    if ((judged[i - 1] as Judged).bar.symbol > (judged[i] as Judged).bar.symbol) return judged.sort(bySymbol);
  return judged;
};

/**
 * Brings together what one market says at one bar close, and waits for it briefly, once. A close is told when the whole roster
 * is in, or `barrierMs` after its first bar; whoever comes later is told in a further close of the same time (`late`). Closes
 * of the past, met while catching up, wait until no bar has come to them for `barrierMs`, or until a newer close is told, so
 * that a refill that takes a while is still one close. Older closes are told first.
 *
 * ```
 * roster$         r-----------------|   A B C are expected
 * judged$         -abc--de-----f----|   a b c and d e f: their bars of two closes
 * barrier (3 ms)  ---X-----Y---Z----|   X: all in; Y: without C, 3 ms after d; Z: C, late, and now all are in
 * ```
 *
 * A corrected bar (`timing: 'revision'`) makes a further telling of its close, marked `revision`, when that has been told: its
 * alerts are for the record, and nobody comes or goes by it.
 *
 * ```
 * roster$         r----------|   A and B are expected
 * judged$         -ax-b-----y|   x corrects a, and so does y
 * barrier (3 ms)  ----(XY)--Z|   X: both; Y and Z: the corrections
 * ```
 *
 * *Memory.* Closes not yet told, and who was in the last hundred told closes of each market and interval.
 */
export const barrier =
  ({ roster$, barrierMs, judgedUpToMs, scheduler }: BarrierOptions): OperatorFunction<Judged, Close> =>
  (judged$) =>
    new Stream<Close>((subscriber) => {
      /** Hardly ever more than two: to look through them costs less than a key of text for every bar. */
      const gatherings: Gathering[] = [];

      const fail = (thrown: unknown): void => subscriber.error(thrown);
      /** A bug in here is an error of the stream; thrown by an observer or an alarm it would reach nobody. */
      const guarded =
        <T>(act: (value: T) => void) =>
        (value: T): void => {
          try {
            act(value);
          } catch (thrown) {
            fail(thrown);
          }
        };

      const gatheringOf = ({ market, interval }: Pick<Series, 'market' | 'interval'>): Gathering => {
        for (const each of gatherings) if (each.market === market && each.interval === interval) return each;
        const call = createRollCall(market, interval, judgedUpToMs);
        const gathering: Gathering = { market, interval, call, waiting: new Map(), latest: undefined };
        gatherings.push(gathering);
        return gathering;
      };

      const tell = (gathering: Gathering, openTimeMs: number): void => {
        const entry = gathering.waiting.get(openTimeMs);
        if (entry === undefined) return;
        gathering.waiting.delete(openTimeMs);
        gathering.latest = undefined;
        entry.alarm?.unsubscribe();
        const judged = inSymbolOrder(entry.judged);
        const fired = inSymbolOrder(entry.fired);
        // What is told is let go of here: the entry itself outlives the close in the innards of the map and of the timer.
        entry.judged = entry.fired = [];
        const told = gathering.call.tell(openTimeMs);
        subscriber.next({ ...told, judged, alerts: alertsOf(fired, coverageOf(told)) });
        if (entry.revised.length > 0) correct(gathering, openTimeMs, inSymbolOrder(entry.revised));
      };

      const correct = ({ call }: Gathering, openTimeMs: number, judged: readonly Judged[]): void => {
        const told = call.again(openTimeMs);
        const alerts = alertsOf(judged, coverageOf(told)).map((alert) => ({ ...alert, suppressedBy: 'revision' as const }));
        subscriber.next({ ...told, judged, alerts, revision: true });
      };

      /** Tells what is older first: whoever is missing there is late there too. */
      const tellUpTo = (gathering: Gathering, openTimeMs: number): void => {
        const older = [...gathering.waiting.keys()].filter((time) => time <= openTimeMs).sort((a, b) => a - b);
        for (const time of older) tell(gathering, time);
      };

      /**
       * A timer is held on to after it has been cancelled, so it knows of the time of a close alone. Through the entry it would hold
       * whole closes, which the garbage collector then takes for objects that live long: that doubled the cost of a bar in replay.
       */
      const alarmOf = (gathering: Gathering, openTimeMs: number, waitMs: number): Subscription =>
        scheduler.schedule(() => {
          const entry = gathering.waiting.get(openTimeMs);
          if (entry === undefined) return;
          const quietMs = scheduler.now() - entry.latestAtMs;
          if (entry.isPast && quietMs < barrierMs) entry.alarm = alarmOf(gathering, openTimeMs, barrierMs - quietMs);
          else tellUpTo(gathering, openTimeMs);
        }, waitMs);

      const begin = ({ call, waiting }: Gathering, openTimeMs: number): Waiting => {
        const nowMs = scheduler.now();
        const isPast = nowMs - (openTimeMs + call.barMs) > CATCHING_UP_BARRIERS * barrierMs;
        const entry: Waiting = { openTimeMs, judged: [], fired: [], revised: [], isPast, latestAtMs: nowMs, alarm: undefined };
        waiting.set(openTimeMs, entry);
        return entry;
      };

      const take = (judged: Judged): void => {
        const { bar } = judged;
        const { openTimeMs } = bar;
        const gathering = gatheringOf(bar);
        const { call, waiting, latest } = gathering;
        let entry = latest?.openTimeMs === openTimeMs ? latest : waiting.get(openTimeMs);
        if (bar.timing === 'revision') {
          // Not before the close that it corrects.
          if (entry === undefined) correct(gathering, openTimeMs, [judged]);
          else entry.revised.push(judged);
          return;
        }
        gathering.latest = entry ??= begin(gathering, openTimeMs);
        entry.judged.push(judged);
        if (hasFired(judged.verdicts)) entry.fired.push(judged);
        if (call.answer(bar.symbol, openTimeMs)) tellUpTo(gathering, openTimeMs);
        else if (entry.alarm === undefined) entry.alarm = alarmOf(gathering, openTimeMs, barrierMs);
        else if (entry.isPast) entry.latestAtMs = scheduler.now();
      };

      const follow = (roster: Roster): void => {
        const opening = gatheringOf(roster).call.expect(roster.symbols, roster.closedUpToMs ?? null);
        // A first start leaves its position behind at once, so that a crash before the first close loses no bar.
        if (opening !== null) subscriber.next({ ...opening, judged: [], alerts: [] });
      };

      subscriber.add(roster$.subscribe({ next: guarded(follow), error: fail }));
      subscriber.add(
        judged$.subscribe({
          next: guarded(take),
          error: fail,
          complete: () => {
            for (const each of gatherings) tellUpTo(each, Infinity);
            subscriber.complete();
          },
        }),
      );
      subscriber.add(() => {
        for (const { waiting } of gatherings) for (const entry of waiting.values()) entry.alarm?.unsubscribe();
      });
    });
