import type { Observable } from 'rxjs';
import { EMPTY, NEVER, catchError, concat, defer, filter, ignoreElements, map, merge, of, repeat, share, take, tap } from 'rxjs';
import type { Market } from '../../../model/series.js';
import type { Context } from '../../../ports/context.js';
import type { Complaints } from '../complaints.js';
import type { Rest } from '../rest.js';
import { RefusedError } from '../setback.js';
import { followTime } from '../time.js';
import { until } from '../until.js';
import { createBook } from './book.js';
import type { ContractInfo } from './contract-info.js';
import type { Ticker } from './listing.js';
import { look } from './look.js';
import { createReporter } from './reporter.js';
import type { Following } from './roll.js';
import type { UniverseRules } from './settings.js';

/** Without a single symbol to follow the exchange is asked again sooner than it otherwise would, in wire milliseconds. */
const EMPTY_PAUSE_MS = 60_000;
/** Announcements come in swarms: no look follows another sooner, in wire milliseconds. */
const LOOK_GAP_MS = 5_000;

export interface FollowParts {
  readonly market: Market;
  readonly rest: Rest;
  readonly rules: UniverseRules;
  readonly complaints: Complaints;
  readonly context: Pick<Context, 'marketTime' | 'wireTime' | 'report'>;
  /** Announced changes of contracts: news is looked at at once. */
  readonly announced$?: Observable<ContractInfo>;
  /** Fresher last days of some symbols, as a stream tells them. */
  readonly ticker$?: Observable<ReadonlyMap<string, Ticker>>;
}

/**
 * The symbols of a market to follow: as soon as the exchange has told them, and again whenever they change. It is looked after
 * each `ttl` of market time, when a contract is to begin or to end, when a change is announced, and a little later where
 * something is in doubt (see `turn`). The exchange's time is followed before the first look, for ages and ends depend on it.
 * Emits whole lists, the most traded first. Never completes and never errors.
 */
export const followUniverse = (parts: FollowParts): Observable<Following> =>
  defer(() => {
    const { market, rest, rules, complaints, context, announced$ = NEVER, ticker$ = NEVER } = parts;
    const { marketTime, wireTime } = context;
    const reporter = createReporter(market, rules, complaints, context.report);
    const book = createBook(market, rules, reporter);
    let lookedMs = -Infinity;
    let isAsked = false;

    const look$ = defer(() => {
      isAsked = false;
      return look(market, rest, rules, complaints);
    }).pipe(
      catchError((error: unknown) => {
        if (!(error instanceof RefusedError)) throw error;
        reporter.refused(error.message);
        return EMPTY;
      }),
      tap({
        complete: () => {
          lookedMs = wireTime.now();
        },
      }),
    );

    const news$ = announced$.pipe(
      filter((info) => book.hear(info, marketTime.now())),
      tap(() => {
        isAsked = true;
      }),
      share(),
    );
    const due = (): Observable<unknown> => {
      const waitMs = book.waitMs(marketTime.now());
      return waitMs === null ? until(wireTime.now() + EMPTY_PAUSE_MS, wireTime) : until(marketTime.now() + waitMs, marketTime);
    };
    const next = (): Observable<unknown> =>
      concat(
        // What is announced while a look is under way is looked at after it.
        merge(isAsked ? of(null) : EMPTY, news$, due()).pipe(take(1), ignoreElements()),
        defer(() => until(lookedMs + LOOK_GAP_MS, wireTime)),
      );

    const following$ = concat(followTime(market, rest, complaints, context), look$.pipe(repeat({ delay: next }))).pipe(
      map((looked) => book.take(looked, marketTime.now())),
      filter((following) => following !== null),
    );
    const fresher$ = ticker$.pipe(
      tap((tickers) => book.freshen(tickers, marketTime.now())),
      ignoreElements(),
    );
    return merge(news$.pipe(ignoreElements()), fresher$, following$);
  });
