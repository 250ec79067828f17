import type { Market } from '../../model/series.js';
import type { Listed } from './listing.js';
import { badRequest } from './refusal.js';
import type { Answer } from './refusal.js';
import { dayOf } from './ticker.js';
import type { World } from './world.js';

/*
 * What is quoted now: the top of the book and the premium index. Neither is recorded. The book stands one tick wide at the last
 * price, with no size; the mark is the last price and the funding rate the usual one. A script that needs other quotes answers
 * with its own (`faults.rest`).
 */

/** Funding is paid every eight hours. */
const FUNDING_MS = 8 * 3_600_000;
const USUAL_RATE = '0.00010000';

interface Last {
  readonly listed: Listed;
  readonly price: number;
  readonly priceDecimals: number;
  readonly quantityDecimals: number;
  readonly lastId: number;
}

const lastOf = (world: World, listed: Listed, nowMs: number): Last | null => {
  const { recording } = listed;
  const day = dayOf(world, listed, nowMs);
  if (day === null || recording === null) return null;
  const { priceDecimals, quantityDecimals } = recording;
  return { listed, price: day.last, priceDecimals, quantityDecimals, lastId: day.lastId };
};

const answer = (
  world: World,
  params: URLSearchParams,
  nowMs: number,
  write: (last: Last) => object,
  isShown: (listed: Listed) => boolean,
): Answer => {
  const one = params.get('symbol');
  const found = one === null ? null : world.find(world.market === 'usdm' ? one.toUpperCase() : one);
  if (found === undefined) return badRequest(-1121, 'Invalid symbol.');
  const asked = found === null ? world.all().filter(isShown) : [found];
  const quotes = asked.map((listed) => lastOf(world, listed, nowMs)).filter((last) => last !== null);
  if (found === null) return { status: 200, body: JSON.stringify(quotes.map(write)) };
  return quotes[0] === undefined ? badRequest(-1121, 'Invalid symbol.') : { status: 200, body: JSON.stringify(write(quotes[0])) };
};

/** Weight of GET ticker/bookTicker (binance-protocol.md §4.1). */
export const bookTickerWeight = (market: Market, params: URLSearchParams): number =>
  params.has('symbol') ? 2 : market === 'usdm' ? 5 : 4;

/** GET ticker/bookTicker, for one symbol or all that are trading. */
export const bookTicker = (world: World, params: URLSearchParams, nowMs: number): Answer =>
  answer(
    world,
    params,
    nowMs,
    ({ listed, price, priceDecimals, quantityDecimals, lastId }) => ({
      symbol: listed.symbol,
      bidPrice: price.toFixed(priceDecimals),
      bidQty: (0).toFixed(quantityDecimals),
      askPrice: (price + 10 ** -priceDecimals).toFixed(priceDecimals),
      askQty: (0).toFixed(quantityDecimals),
      ...(world.market === 'usdm' ? { time: Math.floor(nowMs), lastUpdateId: lastId } : {}),
    }),
    (listed) => world.market === 'spot' || world.statusOf(listed, nowMs) === 'TRADING',
  );

/** GET premiumIndex, for one contract or all, trading or not. */
export const premiumIndex = (world: World, params: URLSearchParams, nowMs: number): Answer =>
  answer(
    world,
    params,
    nowMs,
    ({ listed, price }) => ({
      symbol: listed.symbol,
      markPrice: price.toFixed(8),
      indexPrice: price.toFixed(8),
      estimatedSettlePrice: price.toFixed(8),
      lastFundingRate: USUAL_RATE,
      interestRate: USUAL_RATE,
      nextFundingTime: (Math.floor(nowMs / FUNDING_MS) + 1) * FUNDING_MS,
      time: Math.floor(nowMs),
    }),
    () => true,
  );
