import type { OperatorFunction } from 'rxjs';
import { concatMap, connect, from, identity, map, merge, pipe } from 'rxjs';
import type { Close, EarlyNews } from '../../model/close.js';
import { isClose } from '../../model/close.js';
import type { Outcome, Parts } from '../../ports/pipeline.js';
import type { Sink } from '../../ports/sink.js';
import { bury } from './bury.js';
import { claim } from './claim.js';
import { deliverTo } from './deliver-to.js';
import { episodes } from './episodes.js';
import { createFallback } from './fallback.js';
import { ageShareOf, inTurn } from './fallback-chains.js';
import { keepCurrent } from './keep-current.js';
import { markRevised } from './mark-revised.js';
import { pendingOf } from './pending-of.js';
import { quietStart } from './quiet-start.js';
import type { Step } from './step.js';
import { toEachSink } from './to-each-sink.js';

/** What settling needs of a pipeline's parts. */
export type SettleParts = Pick<
  Parts,
  | 'store'
  | 'remembered'
  | 'sinks'
  | 'delivery'
  | 'quietStartMs'
  | 'marketTime'
  | 'wireTime'
  | 'random'
  | 'report'
  | 'episodes'
  | 'routeOf'
>;

const outcomesOf = (told: Close | EarlyNews): readonly Outcome[] => {
  if (!isClose(told)) return [{ kind: 'early', alerts: told.early }];
  const { resolved, ...close } = told;
  return resolved === undefined
    ? [{ kind: 'close', close: told }]
    : [
        { kind: 'close', close },
        { kind: 'early', alerts: resolved },
      ];
};

/**
 * The way out of every pipeline: claim, send, record. A close is first made durable, then told, and its alerts go to every sink,
 * each at its own pace, behind those that an earlier life left unfinished. Alerts that a correction has undone are marked, and
 * are not called back. What one sink does not take, the next of its chain gets. Alerts of one move are one episode (`parts.episodes`),
 * and one message tells it where messages can be changed. Early news goes the same way, and is told for itself, as is what a close
 * makes of it.
 *
 * ```
 * close$       -a---------|   one alert
 * store.claim   -|            durable after a frame
 * sink          ----(r|)      taken after four more
 * settle       --(Cs)d----|   the close and its delivery: sending, then delivered
 * ```
 */
export const settle = (parts: SettleParts): OperatorFunction<Close | EarlyNews, Outcome> => {
  const { store, remembered, sinks, delivery: settings } = parts;
  const shared = { ...parts, epoch: remembered.epoch };
  const sinkNames = sinks.map(({ name }) => name);
  const known = new Set(remembered.emitted.map(({ id }) => id));
  const orphans = remembered.pending.filter(({ delivery }) => !sinkNames.includes(delivery.sink));
  const grouped = parts.episodes;
  const chains = settings.fallback ?? [];
  const { routeOf } = parts;
  const current = (sink: Sink, deliverWith: (sink: Sink) => OperatorFunction<Close | EarlyNews, Step>) =>
    grouped === undefined ? deliverWith(sink) : keepCurrent(sink, { ...shared, ...grouped }, deliverWith);
  return pipe(
    markRevised({ ...shared, emittedBefore: remembered.emitted }),
    grouped === undefined ? identity : episodes({ ...shared, ...grouped }),
    claim({ ...shared, sinkNames, known }),
    connect((told$) => {
      const fallback = createFallback({ ...shared, settings, known });
      return merge(
        told$.pipe(concatMap(outcomesOf)),
        told$.pipe(
          toEachSink(inTurn(sinks, chains), (each, alarms) =>
            pipe(
              current(each, (sink) =>
                pipe(
                  pendingOf(
                    sink.name,
                    remembered.pending,
                    known,
                    (alert) => routeOf?.(alert).sinks.includes(sink.name) !== false,
                  ),
                  fallback.joining(sink.name),
                  quietStart(parts.quietStartMs, parts.wireTime),
                  deliverTo(sink, { ...shared, ...alarms, store, settings, ageShare: ageShareOf(chains, sink.name) }),
                ),
              ),
              fallback.passing(each.name),
            ),
          ),
          map((step): Outcome => ({ kind: 'delivery', ...step })),
        ),
        from(orphans).pipe(
          bury(shared),
          map((step): Outcome => ({ kind: 'delivery', ...step })),
        ),
        fallback.owed$,
      );
    }),
  );
};
