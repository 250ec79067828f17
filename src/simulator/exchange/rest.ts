import type { Observable } from 'rxjs';
import { defer, delay, of } from 'rxjs';
import type { SchedulerLike } from 'rxjs';
import type { Market } from '../../model/series.js';
import type { MarketClock } from '../../ports/context.js';
import type { SimulatedHttp, SimulatedReply } from '../door.js';
import type { Budget } from './budget.js';
import { exchangeInfo } from './exchange-info.js';
import { klines, klinesWeight } from './klines.js';
import type { Tally } from './log.js';
import { bookTicker, bookTickerWeight, premiumIndex } from './quotes.js';
import type { Answer } from './refusal.js';
import { refuse } from './refusal.js';
import type { Script } from './script.js';
import { ticker, tickerWeight } from './ticker.js';
import type { World } from './world.js';

interface Route {
  weight(market: Market, params: URLSearchParams): number;
  answer(world: World, params: URLSearchParams, nowMs: number): Answer;
}

const ROUTES: Readonly<Record<string, Route>> = {
  ping: { weight: () => 1, answer: () => ({ status: 200, body: '{}' }) },
  exchangeInfo: { weight: (market) => (market === 'spot' ? 20 : 1), answer: exchangeInfo },
  klines: { weight: (market, params) => klinesWeight(market, params.get('limit')), answer: klines },
  'ticker/24hr': { weight: tickerWeight, answer: ticker },
  'ticker/bookTicker': { weight: bookTickerWeight, answer: bookTicker },
};

/** Routes of one market alone. */
const OWN_ROUTES: Readonly<Record<Market, Readonly<Record<string, Route>>>> = {
  usdm: { premiumIndex: { weight: (_, params) => (params.has('symbol') ? 1 : 10), answer: premiumIndex } },
  spot: {},
};

const PATHS: readonly { readonly prefix: string; readonly market: Market }[] = [
  { prefix: '/fapi/v1/', market: 'usdm' },
  { prefix: '/spot/api/v3/', market: 'spot' },
  { prefix: '/api/v3/', market: 'spot' },
];

const CONTENT_TYPE: Readonly<Record<Market, string>> = { usdm: 'application/json', spot: 'application/json;charset=UTF-8' };

export interface RestParts {
  readonly clock: MarketClock;
  readonly wireTime: SchedulerLike;
  readonly worlds: Readonly<Record<Market, World>>;
  readonly script: Script;
  readonly tally: Tally;
  readonly budgets: Readonly<Record<Market, Budget>>;
  /** How long an answer takes, in wire milliseconds. */
  readonly replyDelayMs: number;
}

/** The REST side of both markets: `/fapi/v1/…` is USD-M, `/spot/api/v3/…` (or `/api/v3/…`) is spot. */
export const createRest = (parts: RestParts): SimulatedHttp => {
  const { clock, wireTime, worlds, script, tally, budgets, replyDelayMs } = parts;
  const time: Route = {
    weight: () => 1,
    answer: (_, __, nowMs) => ({ status: 200, body: `{"serverTime":${Math.floor(nowMs + script.timeSkewMs())}}` }),
  };

  const answer = (method: string, path: string): SimulatedReply => {
    const fault = script.restFault(path);
    if (fault !== null) return fault;
    const [bare = '', query = ''] = path.split('?');
    const place = PATHS.find(({ prefix }) => bare.startsWith(prefix));
    const name = bare.slice(place?.prefix.length);
    const route = place === undefined ? undefined : name === 'time' ? time : (OWN_ROUTES[place.market][name] ?? ROUTES[name]);
    if (place === undefined || route === undefined || method !== 'GET')
      return { kind: 'reply', status: 404, headers: { 'content-type': 'text/html' }, body: '' };
    const { market } = place;
    const params = new URLSearchParams(query);
    const { headers, refusal } = budgets[market].charge(route.weight(market, params));
    const { status, body } =
      refusal === null ? route.answer(worlds[market], params, clock.now()) : refuse(refusal.status, -1003, refusal.message);
    return { kind: 'reply', status, headers: { 'content-type': CONTENT_TYPE[market], ...headers }, body };
  };

  return {
    handle: ({ method, path }): Observable<SimulatedReply> =>
      defer(() => {
        const reply = answer(method, path);
        const outcome = reply.kind === 'reply' ? String(reply.status) : reply.kind;
        tally.requests++;
        tally.requestsByStatus[outcome] = (tally.requestsByStatus[outcome] ?? 0) + 1;
        return replyDelayMs === 0 ? of(reply) : of(reply).pipe(delay(replyDelayMs, wireTime));
      }),
  };
};
