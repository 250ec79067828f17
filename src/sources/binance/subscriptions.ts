import type { Observable, SchedulerLike } from 'rxjs';
import { concat, concatMap, ignoreElements, map, of, scan, timer } from 'rxjs';
import type { Interval } from '../../model/interval.js';
import { batches, streamName } from './streams.js';

/** One control message to be sent. */
export interface Change {
  readonly method: 'SUBSCRIBE' | 'UNSUBSCRIBE';
  readonly names: readonly string[];
}

interface Step {
  readonly have: ReadonlySet<string>;
  readonly gone: readonly string[];
  readonly come: readonly string[];
}

const step = ({ have }: Step, wanted: readonly string[]): Step => {
  const want = new Set(wanted);
  return { have: want, gone: [...have].filter((name) => !want.has(name)), come: wanted.filter((name) => !have.has(name)) };
};

/**
 * What a fresh connection has to be told so that it carries the symbols wanted, now and whenever they change, in messages
 * that the exchange does not swallow and at a pace that it bears.
 */
export const subscriptions = (
  symbols$: Observable<readonly string[]>,
  interval: Interval,
  messagesPerSecond: number,
  wireTime: SchedulerLike,
): Observable<Change> =>
  symbols$.pipe(
    map((symbols) => symbols.map((symbol) => streamName(symbol, interval))),
    scan(step, { have: new Set<string>(), gone: [], come: [] }),
    concatMap(({ gone, come }): Change[] => [
      ...batches(gone).map((names) => ({ method: 'UNSUBSCRIBE' as const, names })),
      ...batches(come).map((names) => ({ method: 'SUBSCRIBE' as const, names })),
    ]),
    concatMap((change) => concat(of(change), timer(1_000 / messagesPerSecond, wireTime).pipe(ignoreElements()))),
  );
