import type { Observable, SchedulerLike } from 'rxjs';
import { concat, defer, EMPTY, of, timer } from 'rxjs';
import { concatMap } from 'rxjs';
import type { Alert } from '../../src/model/alert.js';
import type { Bar } from '../../src/model/bar.js';
import type { Delivery, Pending } from '../../src/model/delivery.js';
import { DELIVERY_STATES } from '../../src/model/delivery.js';
import type { Fault } from '../../src/model/fault.js';
import { seriesKey } from '../../src/model/series.js';
import type { Attempt, Receipt, Sink } from '../../src/ports/sink.js';
import type { History } from '../../src/ports/source.js';
import type { Store } from '../../src/ports/store.js';
import { memory } from '../../src/stores/memory.js';
import { recordedContext } from './context.js';

/** A place to report faults that remembers them. */
export const faultLog = () => {
  const faults: Fault[] = [];
  return {
    report: (fault: Fault): void => void faults.push(fault),
    kinds: (): readonly string[] => faults.map(({ kind }) => kind),
    faults,
  };
};

/** An exchange that has exactly these bars, and answers at once or after `delayMs`, in pages. */
export const fakeHistory = (
  bars: readonly Bar[],
  {
    delayMs = 0,
    scheduler,
    pageBars = 1_000,
  }: { readonly delayMs?: number; readonly scheduler?: SchedulerLike; readonly pageBars?: number } = {},
): History => ({
  bars: (series, fromMs, toMs) => {
    const found = bars.filter(
      (bar) => seriesKey(bar) === seriesKey(series) && bar.openTimeMs >= fromMs && bar.openTimeMs <= toMs,
    );
    const pages = Array.from({ length: Math.ceil(found.length / pageBars) }, (_, i) =>
      found.slice(i * pageBars, (i + 1) * pageBars),
    );
    return delayMs > 0 ? timer(delayMs, scheduler).pipe(concatMap(() => pages)) : of(...pages);
  },
});

export interface FakeStore extends Store {
  /** All rows, by state. */
  rows(): readonly Delivery[];
  row(alertId: string, sink?: string): Delivery | undefined;
}

/** The memory store, whose writes take `durableMs` on the given clock: until then nothing of them is remembered. */
export const fakeStore = ({
  durableMs = 0,
  scheduler,
}: { readonly durableMs?: number; readonly scheduler?: SchedulerLike } = {}): FakeStore => {
  const store = memory.create({}, recordedContext().context);
  const durably = (write: () => Observable<never>): Observable<never> =>
    durableMs > 0 ? concat(timer(durableMs, scheduler).pipe(concatMap(() => EMPTY)), defer(write)) : defer(write);
  const rows = (): readonly Delivery[] =>
    DELIVERY_STATES.flatMap((state) => {
      let found: readonly Pending[] = [];
      store.scan(state).subscribe((scanned) => (found = scanned));
      return found.map(({ delivery }) => delivery);
    });
  return {
    ...store,
    claim: (claim) => durably(() => store.claim(claim)),
    transition: (change) => durably(() => store.transition(change)),
    rows,
    row: (alertId, sink = 'fake') => rows().find((row) => row.alertId === alertId && row.sink === sink),
  };
};

/** A store that fails as scripted: the n-th write of a kind is `script[n]` if there is one, and only then the true one. */
export const failing = <S extends Store>(
  store: S,
  script: { readonly claim?: readonly Observable<never>[]; readonly transition?: readonly Observable<never>[] },
): S => {
  const [claims, transitions] = [[...(script.claim ?? [])], [...(script.transition ?? [])]];
  return {
    ...store,
    claim: (claim) => defer(() => claims.shift() ?? store.claim(claim)),
    transition: (change) => defer(() => transitions.shift() ?? store.transition(change)),
  };
};

export interface FakeSink extends Sink {
  /** What was asked of it, in order. */
  readonly asked: readonly { readonly alert: Alert; readonly attempt: Attempt }[];
}

/** A sink whose n-th attempt is the n-th of the script; the last one repeats. Without a script it takes everything at once. */
export const fakeSink = (script: readonly Observable<Receipt>[] = [of({ messageId: 'm' })], name = 'fake'): FakeSink => {
  const asked: { alert: Alert; attempt: Attempt }[] = [];
  return {
    name,
    asked,
    deliver: (alert, attempt) =>
      defer(() => {
        asked.push({ alert, attempt });
        return script[Math.min(asked.length, script.length) - 1] ?? EMPTY;
      }),
  };
};
