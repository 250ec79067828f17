import type { OperatorFunction } from 'rxjs';
import { groupBy, mergeMap } from 'rxjs';
import type { Bar } from '../../model/bar.js';
import type { Series } from '../../model/series.js';
import { seriesKey } from '../../model/series.js';

/** What can be told apart by series: a bar, or something that holds or names one. */
type OfOneSeries = Series | { readonly bar: Bar } | { readonly series: Series };

const keyOf = (value: OfOneSeries): string => seriesKey('bar' in value ? value.bar : 'series' in value ? value.series : value);

/**
 * Runs a copy of a stage for every series (market, symbol, interval), each with its own state.
 *
 * ```
 * bar$                    -a-x-b-c-y-|   a b c of one symbol, x y of another
 * perSymbol(() => count)  -1-1-2-3-2-|
 * ```
 *
 * *Memory.* A series' copy lives as long as the subscription. The exchange bounds the number of symbols, and a silent symbol
 * must not lose its window: an expiry shorter than the data's rhythm would reset every window before it filled.
 */
export const perSymbol =
  <A extends OfOneSeries, B>(stage: () => OperatorFunction<A, B>): OperatorFunction<A, B> =>
  (source$) =>
    source$.pipe(
      groupBy((value: A) => keyOf(value)),
      // One inner stream per series, all at once: a series that waits for its refill holds back no other.
      mergeMap((series$) => series$.pipe(stage()), Infinity),
    );
