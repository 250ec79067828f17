import type { OperatorFunction } from 'rxjs';
import { connect, defer, filter, pipe, tap } from 'rxjs';
import type { Close } from '../../model/close.js';
import { judgedUpTo } from '../../model/positions.js';
import type { Parts } from '../../ports/pipeline.js';
import type { Rule } from '../../ports/rule.js';
import type { FeedEvent } from '../../ports/source.js';
import { inOrder } from '../bars/in-order.js';
import { isRoster, isSeriesEvent } from '../bars/is-series-event.js';
import { perSymbol } from '../bars/per-symbol.js';
import { judge } from '../judges/judge.js';
import { measure, warmupBarsOf, windowBarsOf } from '../measures/measure.js';
import { slidingWindow } from '../windows/sliding-window.js';
import { barrier } from './barrier.js';
import { createFirstRoster } from './first-roster.js';

export type ClosesParts = Pick<Parts, 'history' | 'remembered' | 'marketTime' | 'barrierMs' | 'report'>;

/**
 * The trunk of every pipeline: the events of all series become the judged closes of their market.
 *
 * ```
 * event$         -a-x-b-y-|   a b of one symbol, x y of another
 * inOrder        -a-x-b-y-|   in order, holes refilled
 * slidingWindow  -u-v-w-z-|
 * measure        -r-s-t-q-|
 * judge          -j-k-l-m-|   only bars that are due
 * closes         ---C---D-|   both symbols of one close together
 * ```
 */
export const closes =
  (parts: ClosesParts, rules: readonly Rule[]): OperatorFunction<FeedEvent, Close> =>
  (source$) =>
    defer(() => {
      const { remembered, marketTime, barrierMs } = parts;
      const measures = [...new Map(rules.flatMap((rule) => rule.measures).map((each) => [each.name, each])).values()];
      const { see, judgedUpToMs } = createFirstRoster(judgedUpTo(remembered.positions));
      return source$.pipe(
        tap(see),
        connect((event$) =>
          event$.pipe(
            filter(isSeriesEvent),
            perSymbol(() =>
              pipe(
                inOrder({ ...parts, judgedUpToMs, warmupBars: warmupBarsOf(measures) }),
                slidingWindow({ bars: windowBarsOf(measures) }),
                measure(measures),
              ),
            ),
            judge(rules),
            barrier({ roster$: event$.pipe(filter(isRoster)), barrierMs, judgedUpToMs, scheduler: marketTime }),
          ),
        ),
      );
    });
