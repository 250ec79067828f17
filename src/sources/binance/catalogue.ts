import type { Observable } from 'rxjs';
import { EMPTY, catchError, combineLatest, concat, defer, filter, ignoreElements, map, repeat, tap } from 'rxjs';
import type { Market } from '../../model/series.js';
import type { Context } from '../../ports/context.js';
import type { Complaints } from './complaints.js';
import { FACTS } from './endpoints.js';
import type { Rest } from './rest.js';
import { RefusedError } from './rest.js';
import type { Universe, UniverseRules } from './universe.js';
import { funnelText, isSuspicious, readExchangeInfo, readTickers, readWeightLimit, selectUniverse } from './universe.js';
import { until } from './until.js';

const MIB = 1_048_576;
/** Room for the whole spot catalogue, should the exchange ignore that we ask for a part of it. */
const EXCHANGE_INFO_BYTES_MAX = 32 * MIB;
const TICKERS_BYTES_MAX = 16 * MIB;
/** The way to the exchange takes no longer; a slower answer has waited somewhere else. */
const HALF_WAY_MS_MAX = 500;
const TIME_BYTES_MAX = 4_096;
/** Without a single symbol to follow the exchange is asked again sooner than it otherwise would, in wire milliseconds. */
const EMPTY_PAUSE_MS = 60_000;

const readServerTime = (json: unknown): number | null => {
  const time = (json as { serverTime?: unknown } | null | undefined)?.serverTime;
  return typeof time === 'number' && Number.isSafeInteger(time) && time > 0 ? time : null;
};

/**
 * Asks the exchange for its time and lets the market clock follow it; completes. Half of the way there and back is taken off,
 * measured on the wire's clock, for the market's may be moved meanwhile (by the other market's answer).
 * Only the time endpoint is believed: the time in exchangeInfo is hours old (binance-protocol.md §4.4).
 */
export const followTime = (
  market: Market,
  rest: Rest,
  complaints: Complaints,
  { marketTime, wireTime }: Pick<Context, 'marketTime' | 'wireTime'>,
): Observable<never> =>
  defer(() => {
    let sentMs = 0;
    return rest
      .ask({
        path: FACTS[market].timePath,
        weight: FACTS[market].timeWeight,
        priority: 'refill',
        bodyBytesMax: TIME_BYTES_MAX,
        read: readServerTime,
        sending: () => {
          sentMs = wireTime.now();
        },
      })
      .pipe(
        tap((serverTimeMs) => {
          // A first request also looks the name up and shakes hands, all before the exchange reads its clock: half of that is
          // not half of the way, and a clock that runs ahead would take open bars for closed ones.
          const halfWayMs = Math.min(HALF_WAY_MS_MAX, Math.max(0, wireTime.now() - sentMs) / 2);
          marketTime.follow(serverTimeMs + halfWayMs * marketTime.speed);
        }),
      );
  }).pipe(
    catchError((error: unknown) => {
      if (!(error instanceof RefusedError)) throw error;
      complaints.tell(`time ${market}`, error.message, {
        kind: 'request-refused',
        detail: `${market}: the exchange does not tell its time (${error.message}); the clock stays as it is`,
      });
      return EMPTY;
    }),
    ignoreElements(),
  );

const fetchUniverse = (
  market: Market,
  rest: Rest,
  rules: UniverseRules,
  context: Pick<Context, 'marketTime'>,
): Observable<Universe> => {
  const facts = FACTS[market];
  const listed$ = rest.ask({
    path: facts.exchangeInfoPath,
    weight: facts.exchangeInfoWeight,
    priority: 'catalogue',
    bodyBytesMax: EXCHANGE_INFO_BYTES_MAX,
    read: (json) => {
      const limit = readWeightLimit(json);
      if (limit !== null) rest.governor.allow(limit);
      return readExchangeInfo(json);
    },
  });
  const tickers$ = rest.ask({
    path: facts.tickersPath,
    weight: facts.tickersWeight,
    priority: 'catalogue',
    bodyBytesMax: TICKERS_BYTES_MAX,
    read: readTickers,
  });
  return combineLatest([listed$, tickers$]).pipe(
    map(([listed, tickers]) => selectUniverse(market, listed, tickers, rules, context.marketTime.now())),
  );
};

/**
 * The symbols of a market to follow: as soon as the exchange has told them, then after each `ttlMs` of market time in which
 * they changed. An answer that has shrunk by more than a fifth is believed only when the next one says so too, an empty one
 * never; meanwhile the last good one stays. The exchange's time is asked for each time before.
 */
export const followUniverse = (
  market: Market,
  rest: Rest,
  rules: UniverseRules,
  ttlMs: number,
  complaints: Complaints,
  context: Pick<Context, 'marketTime' | 'wireTime' | 'report'>,
): Observable<readonly string[]> =>
  defer(() => {
    let known: readonly string[] = [];
    let isDoubted = false;

    const tellMissing = (symbols: readonly string[]): void => {
      const missing = rules.allow.filter((symbol) => !symbols.includes(symbol) && !rules.deny.includes(symbol));
      if (missing.length === 0) return;
      complaints.tell(`allow ${market}`, missing.join(), {
        kind: 'setting-ignored',
        detail: `${market}: universe.allow names symbols that are not traded there: ${missing.join(', ')}`,
      });
    };

    const believe = ({ symbols, funnel }: Universe): boolean => {
      if (!isSuspicious(known, symbols) || (isDoubted && symbols.length > 0)) {
        complaints.over(`universe ${market}`);
        isDoubted = false;
        const isNew = symbols.length !== known.length || symbols.some((symbol, index) => symbol !== known[index]);
        known = symbols;
        tellMissing(symbols);
        return isNew;
      }
      isDoubted = symbols.length > 0;
      const kept = known.length === 0 ? 'nothing to follow' : `the ${known.length} symbols known before are kept`;
      complaints.tell(`universe ${market}`, String(symbols.length), {
        kind: 'universe-suspicious',
        detail: `${market}: ${symbols.length} symbols left (${funnelText(funnel)}); ${kept}`,
      });
      return false;
    };

    const universe$ = defer(() => fetchUniverse(market, rest, rules, context)).pipe(
      catchError((error: unknown) => {
        if (!(error instanceof RefusedError)) throw error;
        complaints.tell(`universe ${market}`, error.message, {
          kind: 'request-refused',
          detail: `${market}: the list of symbols was refused: ${error.message}`,
        });
        return EMPTY;
      }),
    );
    const next = (): Observable<number> =>
      known.length === 0
        ? until(context.wireTime.now() + EMPTY_PAUSE_MS, context.wireTime)
        : until(context.marketTime.now() + ttlMs, context.marketTime);

    return concat(followTime(market, rest, complaints, context), universe$).pipe(
      repeat({ delay: next }),
      filter(believe),
      map(() => known),
    );
  });
