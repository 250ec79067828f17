import type { Observable } from 'rxjs';
import { catchError, combineLatest, defer, map, of } from 'rxjs';
import type { Market } from '../../../model/series.js';
import type { Complaints } from '../complaints.js';
import { FACTS } from '../endpoints.js';
import type { Rest } from '../rest.js';
import { RefusedError } from '../setback.js';
import type { Listed, Ticker } from './listing.js';
import { readListing, readSpreads, readTickers, readWeightLimit } from './listing.js';
import type { UniverseRules } from './settings.js';

const MIB = 1_048_576;
/** Room for the whole spot catalogue, should the exchange ignore that we ask for a part of it. */
export const LISTING_BYTES_MAX = 32 * MIB;
export const TICKERS_BYTES_MAX = 16 * MIB;

/** The catalogue of a market at one instant. */
export interface Look {
  readonly listed: readonly Listed[];
  readonly tickers: ReadonlyMap<string, Ticker>;
  /** Basis points by symbol; empty when no filter asks for it. */
  readonly spreads: ReadonlyMap<string, number>;
}

const NO_SPREADS: ReadonlyMap<string, number> = new Map();

/** Asks the exchange for everything that the filters look at. Emits once; errors with a `RefusedError` alone. */
export const look = (market: Market, rest: Rest, rules: UniverseRules, complaints: Complaints): Observable<Look> => {
  const facts = FACTS[market];
  const listed$ = rest.ask({
    path: facts.exchangeInfoPath,
    weight: facts.exchangeInfoWeight,
    priority: 'catalogue',
    bodyBytesMax: LISTING_BYTES_MAX,
    read: (json) => {
      const limit = readWeightLimit(json);
      if (limit !== null) rest.governor.allow(limit);
      return readListing(json);
    },
  });
  const tickers$ = rest.ask({
    path: facts.tickersPath,
    weight: facts.tickersWeight,
    priority: 'catalogue',
    bodyBytesMax: TICKERS_BYTES_MAX,
    read: readTickers,
  });
  const spreads$ = rest
    .ask({
      path: facts.booksPath,
      weight: facts.booksWeight,
      priority: 'catalogue',
      bodyBytesMax: TICKERS_BYTES_MAX,
      read: readSpreads,
    })
    .pipe(
      // A spread that is not told lets pass: the list of symbols must not wait for it.
      catchError((error: unknown) => {
        if (!(error instanceof RefusedError)) throw error;
        const detail = `${market}: the exchange does not tell the spreads (${error.message}); every symbol passes that filter`;
        complaints.tell(`spreads ${market}`, error.message, { kind: 'request-refused', detail });
        return of(NO_SPREADS);
      }),
    );
  const asksSpreads = rules.maxSpread !== undefined && rules.filters.includes('spread');
  return combineLatest([listed$, tickers$, defer(() => (asksSpreads ? spreads$ : of(NO_SPREADS)))]).pipe(
    map(([listed, tickers, spreads]) => ({ listed, tickers, spreads })),
  );
};
