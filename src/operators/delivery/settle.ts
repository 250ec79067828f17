import type { OperatorFunction } from 'rxjs';
import { concatMap, connect, from, map, merge, pipe } from 'rxjs';
import type { Close, EarlyNews } from '../../model/close.js';
import { isClose } from '../../model/close.js';
import type { Outcome, Parts } from '../../ports/pipeline.js';
import { bury } from './bury.js';
import { claim } from './claim.js';
import { deliverTo } from './deliver-to.js';
import { markRevised } from './mark-revised.js';
import { pendingOf } from './pending-of.js';
import { quietStart } from './quiet-start.js';
import { toEach } from './to-each.js';

/** What settling needs of a pipeline's parts. */
export type SettleParts = Pick<
  Parts,
  'store' | 'remembered' | 'sinks' | 'delivery' | 'quietStartMs' | 'marketTime' | 'wireTime' | 'random' | 'report'
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
 * are not called back. Early news goes the same way, and is told for itself, as is what a close makes of it.
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
  return pipe(
    markRevised({ ...shared, emittedBefore: remembered.emitted }),
    claim({ ...shared, sinkNames }),
    connect((told$) =>
      merge(
        told$.pipe(concatMap(outcomesOf)),
        told$.pipe(
          toEach(sinks, (sink) =>
            pipe(
              pendingOf(sink.name, remembered.pending, known),
              quietStart(parts.quietStartMs, parts.wireTime),
              deliverTo(sink, { ...shared, store, settings }),
            ),
          ),
          map((step): Outcome => ({ kind: 'delivery', ...step })),
        ),
        from(orphans).pipe(
          bury(shared),
          map((step): Outcome => ({ kind: 'delivery', ...step })),
        ),
      ),
    ),
  );
};
