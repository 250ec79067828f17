import type { Observable } from 'rxjs';
import { EMPTY, NEVER, concat, filter, map, share, timer } from 'rxjs';
import type { Market } from '../../model/series.js';
import { MINI_TICKER_STREAM } from './mini-ticker.js';
import type { PoolParts } from './pool.js';
import { pool } from './pool.js';
import type { News } from './reader.js';
import { readNews } from './reader.js';
import type { ContractInfo } from './universe/contract-info.js';
import { CONTRACT_INFO_STREAM } from './universe/contract-info.js';
import type { Ticker } from './universe/listing.js';

const STREAMS: Readonly<Record<Market, readonly string[]>> = {
  usdm: [CONTRACT_INFO_STREAM, MINI_TICKER_STREAM],
  spot: [MINI_TICKER_STREAM],
};
/** The sockets of the bars go first, in wire milliseconds. */
const DELAY_MS = 5_000;

/**
 * What the exchange tells of all symbols at once: changes of contracts and the last day's volumes. On a connection of its own,
 * for a frame holds hundreds of rows and bars must not wait behind it. Connects while either is subscribed to.
 */
export const followNews = (
  parts: Omit<PoolParts<News>, 'label' | 'read' | 'names$' | 'again$'>,
): { readonly announced$: Observable<ContractInfo>; readonly ticker$: Observable<ReadonlyMap<string, Ticker>> } => {
  const { market, options, context } = parts;
  if (!options.news) return { announced$: NEVER, ticker$: NEVER };
  const names$ = concat(timer(DELAY_MS, context.wireTime).pipe(map(() => STREAMS[market])), NEVER);
  const news$ = pool({ ...parts, label: 'news', read: readNews, names$, again$: EMPTY }).pipe(share());
  return {
    announced$: news$.pipe(
      map((news) => (news.kind === 'contract' ? news.info : null)),
      filter((info) => info !== null),
    ),
    ticker$: news$.pipe(
      map((news) => (news.kind === 'tickers' ? news.tickers : null)),
      filter((tickers) => tickers !== null),
    ),
  };
};
