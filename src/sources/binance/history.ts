import type { Observable } from 'rxjs';
import { EMPTY, catchError, concat, defer, expand, filter, ignoreElements, map, tap } from 'rxjs';
import type { Bar } from '../../model/bar.js';
import { intervalMs } from '../../model/interval.js';
import type { Series } from '../../model/series.js';
import { seriesKey } from '../../model/series.js';
import type { Context } from '../../ports/context.js';
import type { History } from '../../ports/source.js';
import { HistoryError } from '../../ports/source.js';
import type { CostOf } from './cached-history.js';
import { admit, fieldsOfRow } from './door.js';
import { FACTS, klinesPath } from './endpoints.js';
import type { Gate } from './gate.js';
import type { Rest } from './rest.js';
import { GivenUpError, RefusedError } from './setback.js';
import { until } from './until.js';

const PAGE_BYTES_MAX = 1_048_576;
/** A request for at most this many bars closes a hole and goes before the warm-up of others, as does all that a warm series asks for. */
const REFILL_BARS_MAX = 5;
/** One series that cannot be read must not hold back its live bars for ever: two passes of five tries (reliability.md F35). */
const TRIES_MAX = 10;
/** Nothing older is ever sent, so beyond this the live bars go on without what is missing (reliability.md F32). */
const PATIENCE_SHUT_MS = 900_000;
/** The exchange may publish a bar some seconds late: one that closed this lately and is missing is asked for again. */
const PUBLISHED_MS_MAX = 30_000;
const PATIENCE_MS = 5_000;

interface Page {
  readonly bars: readonly Bar[];
  /** Where the next page begins, or `null` after the last. */
  readonly nextMs: number | null;
  /** Market milliseconds to wait before the next page. */
  readonly pauseMs: number;
}

const readRows = (json: unknown): readonly (readonly unknown[])[] | null =>
  Array.isArray(json) && json.every((row) => Array.isArray(row) && row.length >= 11) ? (json as unknown[][]) : null;

/** What a request for bars from `fromMs` to `toMs` takes: pages of the size in which a bar costs least. */
export const costOf: CostOf = ({ market, interval }, fromMs, toMs) => {
  const facts = FACTS[market];
  const bars = Math.floor((toMs - fromMs) / intervalMs(interval)) + 1;
  const [full, rest] = [Math.floor(bars / facts.klinesLimitMax), bars % facts.klinesLimitMax];
  return {
    requests: full + (rest > 0 ? 1 : 0),
    weight: full * facts.klinesWeight(facts.klinesLimitMax) + (rest > 0 ? facts.klinesWeight(rest) : 0),
  };
};

/**
 * The exchange's memory over REST, in pages of the size in which a bar costs least. Rows are checked like bars of the stream;
 * the open last row, repeats and rows outside of what was asked for are left out.
 */
export const createHistory = (
  rest: Rest,
  gate: Gate,
  { marketTime, report }: Pick<Context, 'marketTime' | 'report'>,
): History => {
  const patienceMs = Math.max(PATIENCE_MS, 250 * marketTime.speed);
  const publishedMsMax = Math.max(PUBLISHED_MS_MAX, 1_500 * marketTime.speed);
  /** Series that have been answered once: what they ask for later are holes. */
  const warm = new Set<string>();

  const readBars = (series: Series, rows: readonly (readonly unknown[])[], fromMs: number, toMs: number): readonly Bar[] => {
    const bars: Bar[] = [];
    let latestMs = fromMs - 1;
    for (const row of rows) {
      const openTimeMs = row[0];
      if (typeof openTimeMs !== 'number' || openTimeMs <= latestMs || openTimeMs > toMs) continue;
      if (openTimeMs + intervalMs(series.interval) > marketTime.now()) continue;
      const admission = admit(series, fieldsOfRow(row), 'rest', marketTime.now(), 0);
      const bar = gate.pass(series, admission, openTimeMs);
      if (bar === null) continue;
      bars.push(bar);
      latestMs = openTimeMs;
    }
    return bars;
  };

  const page = (series: Series, fromMs: number, toMs: number): Observable<Page> => {
    const { market, symbol, interval } = series;
    const lengthMs = intervalMs(interval);
    const wanted = Math.floor((toMs - fromMs) / lengthMs) + 1;
    const limit = Math.min(wanted, FACTS[market].klinesLimitMax);
    return rest
      .ask({
        // The end lies inside the last bar, so that it makes no difference whether the exchange includes it.
        path: klinesPath(market, symbol, interval, fromMs, toMs + lengthMs - 1, limit),
        weight: FACTS[market].klinesWeight(limit),
        priority: wanted <= REFILL_BARS_MAX || warm.has(seriesKey(series)) ? 'refill' : 'warm-up',
        bodyBytesMax: PAGE_BYTES_MAX,
        read: readRows,
        triesMax: TRIES_MAX,
        patienceMs: PATIENCE_SHUT_MS,
      })
      .pipe(
        map((rows): Page => {
          const bars = readBars(series, rows, fromMs, toMs);
          const latestMs = bars.at(-1)?.openTimeMs ?? fromMs - lengthMs;
          const isFull = rows.length >= limit;
          if (latestMs >= toMs) return { bars, nextMs: null, pauseMs: 0 };
          // On from the last row, though the door may have turned it away: a page is never asked for twice.
          const lastRowMs = Number(rows.at(-1)?.[0]);
          const reachedMs = lastRowMs > latestMs && lastRowMs <= toMs ? lastRowMs : latestMs;
          if (isFull) return { bars, nextMs: Math.max(reachedMs, fromMs) + lengthMs, pauseMs: 0 };
          const closedAgoMs = marketTime.now() - (toMs + lengthMs);
          const isFresh = closedAgoMs < publishedMsMax;
          return { bars, nextMs: isFresh ? latestMs + lengthMs : null, pauseMs: patienceMs };
        }),
      );
  };

  const after = (pauseMs: number, next$: Observable<Page>): Observable<Page> =>
    pauseMs === 0 ? next$ : concat(defer(() => until(marketTime.now() + pauseMs, marketTime)).pipe(ignoreElements()), next$);

  return {
    bars: (series, fromMs, toMs) => {
      if (fromMs > toMs) return EMPTY;
      return page(series, fromMs, toMs).pipe(
        expand(
          ({ nextMs, pauseMs }) => (nextMs === null || nextMs > toMs ? EMPTY : after(pauseMs, page(series, nextMs, toMs))),
          1,
        ),
        map(({ bars }) => bars),
        filter((bars) => bars.length > 0),
        tap({ complete: () => warm.add(seriesKey(series)) }),
        catchError((error: unknown) => {
          if (error instanceof GivenUpError) throw new HistoryError('unreachable', `${rest.host}: ${error.message}`);
          if (!(error instanceof RefusedError)) throw error;
          report({
            kind: 'request-refused',
            series,
            detail: `the exchange has no bars of ${series.symbol}: it answered ${error.message}`,
          });
          return EMPTY;
        }),
      );
    },
  };
};
