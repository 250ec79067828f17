import type { Observable } from 'rxjs';
import { concat, map } from 'rxjs';
import type { Market } from '../../../model/series.js';
import type { Context } from '../../../ports/context.js';
import type { Survey } from '../../../ports/source.js';
import type { Complaints } from '../complaints.js';
import type { Rest } from '../rest.js';
import { followTime } from '../time.js';
import type { Look } from './look.js';
import { look } from './look.js';
import type { Universe } from './select.js';
import { selectUniverse } from './select.js';
import type { UniverseRules } from './settings.js';

/** What somebody would follow who begins now and has no older figures. Pure. */
export const selectAfresh = (market: Market, rules: UniverseRules, { listed, tickers, spreads }: Look, nowMs: number): Universe =>
  selectUniverse(listed, {
    market,
    rules,
    nowMs,
    quoteVolume: (symbol) => tickers.get(symbol)?.quoteVolume ?? null,
    ticker: (symbol) => tickers.get(symbol) ?? null,
    spread: (symbol) => spreads.get(symbol) ?? null,
    isMember: () => false,
    wasWeak: () => false,
  });

/** How the symbols of a market are chosen. Emits once; errors with a `RefusedError` alone. */
export const survey = (
  market: Market,
  rest: Rest,
  rules: UniverseRules,
  complaints: Complaints,
  context: Pick<Context, 'marketTime' | 'wireTime'>,
): Observable<Survey> =>
  concat(followTime(market, rest, complaints, context), look(market, rest, rules, complaints)).pipe(
    map((looked): Survey => {
      const { symbols, funnel } = selectAfresh(market, rules, looked, context.marketTime.now());
      return { market, symbols, steps: funnel };
    }),
  );
