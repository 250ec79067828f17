import type { Observable, OperatorFunction, SchedulerLike, Subscription } from 'rxjs';
import { Observable as Stream } from 'rxjs';
import { toAlert } from '../../model/alert.js';
import type { Alert } from '../../model/alert.js';
import type { Close } from '../../model/close.js';
import type { Series } from '../../model/series.js';
import type { Judged } from '../../model/verdict.js';
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
  judged: Judged[];
  /** Corrections of bars among them. */
  revised: Judged[];
  readonly firstAtMs: number;
  latestAtMs: number;
  alarm: Subscription | undefined;
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
      const calls = new Map<string, RollCall>();
      const waiting = new Map<string, Map<number, Waiting>>();

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

      const callOf = (of: Pick<Series, 'market' | 'interval'>): RollCall => {
        const key = `${of.market}|${of.interval}`;
        let call = calls.get(key);
        if (call === undefined) {
          call = createRollCall(of.market, of.interval, judgedUpToMs);
          calls.set(key, call);
          waiting.set(key, new Map());
        }
        return call;
      };
      const waitingOf = (call: RollCall): Map<number, Waiting> => waiting.get(call.key) as Map<number, Waiting>;

      const tell = (call: RollCall, openTimeMs: number): void => {
        const pending = waitingOf(call);
        const entry = pending.get(openTimeMs);
        if (entry === undefined) return;
        pending.delete(openTimeMs);
        entry.alarm?.unsubscribe();
        const judged = entry.judged.sort(bySymbol);
        // What is told is let go of here: the entry itself outlives the close in the innards of the map and of the timer.
        entry.judged = [];
        const told = call.tell(
          openTimeMs,
          judged.map(({ bar }) => bar.symbol),
        );
        subscriber.next({ ...told, judged, alerts: alertsOf(judged, coverageOf(told)) });
        if (entry.revised.length > 0) correct(call, openTimeMs, entry.revised.sort(bySymbol));
      };

      const correct = (call: RollCall, openTimeMs: number, judged: readonly Judged[]): void => {
        const told = call.again(openTimeMs);
        const alerts = alertsOf(judged, coverageOf(told)).map((alert) => ({ ...alert, suppressedBy: 'revision' as const }));
        subscriber.next({ ...told, judged, alerts, revision: true });
      };

      /** Tells what is older first: whoever is missing there is late there too. */
      const tellUpTo = (call: RollCall, openTimeMs: number): void => {
        const older = [...waitingOf(call).keys()].filter((time) => time <= openTimeMs).sort((a, b) => a - b);
        for (const time of older) tell(call, time);
      };

      const setAlarm = (call: RollCall, openTimeMs: number, entry: Waiting, waitMs: number): void => {
        entry.alarm = scheduler.schedule(() => {
          const isPast = entry.firstAtMs - (openTimeMs + call.barMs) > CATCHING_UP_BARRIERS * barrierMs;
          const quietMs = scheduler.now() - entry.latestAtMs;
          if (isPast && quietMs < barrierMs) setAlarm(call, openTimeMs, entry, barrierMs - quietMs);
          else tellUpTo(call, openTimeMs);
        }, waitMs);
      };

      const take = (judged: Judged): void => {
        const call = callOf(judged.bar);
        const { openTimeMs } = judged.bar;
        const pending = waitingOf(call);
        let entry = pending.get(openTimeMs);
        if (judged.bar.timing === 'revision') {
          // Not before the close that it corrects.
          if (entry === undefined) correct(call, openTimeMs, [judged]);
          else entry.revised.push(judged);
          return;
        }
        if (entry === undefined) {
          const nowMs = scheduler.now();
          entry = { judged: [], revised: [], firstAtMs: nowMs, latestAtMs: nowMs, alarm: undefined };
          pending.set(openTimeMs, entry);
        }
        entry.judged.push(judged);
        if (call.answer(judged.bar.symbol, openTimeMs)) tellUpTo(call, openTimeMs);
        else if (entry.alarm === undefined) setAlarm(call, openTimeMs, entry, barrierMs);
        else entry.latestAtMs = scheduler.now();
      };

      const follow = (roster: Roster): void => {
        const call = callOf(roster);
        const opening = call.expect(roster.symbols, roster.closedUpToMs ?? null);
        // A first start leaves its position behind at once, so that a crash before the first close loses no bar.
        if (opening !== null) subscriber.next({ ...opening, judged: [], alerts: [] });
      };

      subscriber.add(roster$.subscribe({ next: guarded(follow), error: fail }));
      subscriber.add(
        judged$.subscribe({
          next: guarded(take),
          error: fail,
          complete: () => {
            for (const call of calls.values()) tellUpTo(call, Infinity);
            subscriber.complete();
          },
        }),
      );
      subscriber.add(() => {
        for (const pending of waiting.values()) for (const entry of pending.values()) entry.alarm?.unsubscribe();
      });
    });
