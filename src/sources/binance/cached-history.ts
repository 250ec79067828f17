import type { Observable } from 'rxjs';
import { EMPTY, concat, concatMap, defer, of, tap } from 'rxjs';
import type { Bar } from '../../model/bar.js';
import { intervalMs } from '../../model/interval.js';
import type { Series } from '../../model/series.js';
import type { BarCache } from '../../ports/cache.js';
import type { History } from '../../ports/source.js';
import type { WarmUp } from './warm-up.js';

/** What asking the exchange for the bars from `fromMs` to `toMs` takes. */
export type CostOf = (series: Series, fromMs: number, toMs: number) => { readonly requests: number; readonly weight: number };

const NO_CACHE: Pick<BarCache, 'bars' | 'add'> = { bars: () => of([]), add: () => undefined };

/** The unbroken run at the end of what is held: a hole before it may have been filled at the exchange by now. */
const lastRun = (held: readonly Bar[], lengthMs: number): readonly Bar[] => {
  let first = held.length - 1;
  while (first > 0 && (held[first - 1] as Bar).openTimeMs === (held[first] as Bar).openTimeMs - lengthMs) first--;
  return held.slice(Math.max(0, first));
};

/**
 * A history that answers from what an earlier life left on this machine and asks the exchange only for what lies before and
 * after it; whatever the exchange answers is kept for the next life. The first warm-up is announced with its cost.
 */
export const cachedHistory = (history: History, cache: BarCache | undefined, warmUp: WarmUp, costOf: CostOf): History => {
  const { bars: heldBars, add } = cache ?? NO_CACHE;
  const ask = (series: Series, fromMs: number, toMs: number): Observable<readonly Bar[]> =>
    fromMs > toMs ? EMPTY : defer(() => history.bars(series, fromMs, toMs)).pipe(tap(add));

  const serve = (series: Series, fromMs: number, toMs: number, held: readonly Bar[]): Observable<readonly Bar[]> => {
    const lengthMs = intervalMs(series.interval);
    const run = lastRun(held, lengthMs);
    const [first, last] = [run[0], run.at(-1)];
    const headToMs = first === undefined ? toMs : first.openTimeMs - lengthMs;
    const tailFromMs = last === undefined ? toMs + lengthMs : last.openTimeMs + lengthMs;
    const parts = [
      [fromMs, headToMs],
      [tailFromMs, toMs],
    ] as const;
    const costs = parts.map(([from, to]) => (from > to ? { requests: 0, weight: 0 } : costOf(series, from, to)));
    return concat(
      warmUp.share({
        bars: Math.floor((toMs - fromMs) / lengthMs) + 1,
        requests: costs.reduce((sum, { requests }) => sum + requests, 0),
        weight: costs.reduce((sum, { weight }) => sum + weight, 0),
        resumes: run.length > 0 && headToMs < fromMs,
      }),
      ask(series, fromMs, headToMs),
      run.length === 0 ? EMPTY : of(run),
      ask(series, tailFromMs, toMs),
    );
  };

  return {
    bars: (series, fromMs, toMs) =>
      fromMs > toMs
        ? EMPTY
        : defer(() => heldBars(series, fromMs, toMs)).pipe(concatMap((held) => serve(series, fromMs, toMs, held))),
  };
};
