import type { OperatorFunction } from 'rxjs';
import { connect, from, map, merge, pipe } from 'rxjs';
import type { Close } from '../../model/close.js';
import type { Outcome, Parts } from '../../ports/pipeline.js';
import { bury } from './bury.js';
import { claim } from './claim.js';
import { deliverTo } from './deliver-to.js';
import { pendingOf } from './pending-of.js';
import { quietStart } from './quiet-start.js';
import { toEach } from './to-each.js';

/** What settling needs of a pipeline's parts. */
export type SettleParts = Pick<
  Parts,
  'store' | 'remembered' | 'sinks' | 'delivery' | 'quietStartMs' | 'marketTime' | 'wireTime' | 'random' | 'report'
>;

/**
 * The way out of every pipeline: claim, send, record. A close is first made durable, then told, and its alerts go to every
 * sink, each at its own pace, behind those that an earlier life left unfinished.
 *
 * ```
 * close$       -a---------|   one alert
 * store.claim   -|            durable after a frame
 * sink          ----(r|)      taken after four more
 * settle       --(Cs)d----|   the close and its delivery: sending, then delivered
 * ```
 */
export const settle = (parts: SettleParts): OperatorFunction<Close, Outcome> => {
  const { store, remembered, sinks, delivery: settings } = parts;
  const shared = { ...parts, epoch: remembered.epoch };
  const sinkNames = sinks.map(({ name }) => name);
  const known = new Set(remembered.emitted.map(({ id }) => id));
  const orphans = remembered.pending.filter(({ delivery }) => !sinkNames.includes(delivery.sink));
  return pipe(
    claim({ ...shared, sinkNames }),
    connect((close$) =>
      merge(
        close$.pipe(map((close): Outcome => ({ kind: 'close', close }))),
        close$.pipe(
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
