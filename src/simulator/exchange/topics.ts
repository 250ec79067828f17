import type { Market } from '../../model/series.js';
import type { MarketClock } from '../../ports/context.js';
import type { Channels, TopicClients } from './channels.js';
import type { Day } from './day.js';
import type { Listed } from './listing.js';
import type { Tally } from './log.js';
import type { Recording } from './recording.js';
import type { Script } from './script.js';
import { tell } from './tell.js';
import { dayOf, miniTickerEvent, tickerEvent } from './ticker.js';
import type { World } from './world.js';

export interface TopicParts {
  readonly clock: MarketClock;
  readonly worlds: Readonly<Record<Market, World>>;
  readonly channels: Channels;
  readonly script: Script;
  readonly tally: Tally;
}

/** The brackets of a contract, as in the sample of binance-protocol.md §5.3; the numbers are JSON numbers there. */
const BRACKETS = [{ bs: 1, bnf: 0, bnc: 5000, mmr: 0.01, cf: 0, mi: 21, ma: 50 }];

/** An event of `!contractInfo`: a contract has another status. */
const contractEvent = (listed: Listed, status: string, nowMs: number): string =>
  JSON.stringify({
    e: 'contractInfo',
    E: Math.floor(nowMs),
    s: listed.symbol,
    ct: listed.contractType,
    dt: listed.deliveryMs,
    ot: listed.onboardMs,
    cs: status,
    bks: status === 'PENDING_TRADING' ? [] : BRACKETS,
    st: 1,
  });

/** A contract's worth of the inverse contract on BTC, in dollars. */
const INVERSE_CONTRACT = 100;

/**
 * The row of a coin-margined contract, which stands among the others since June 2026 in units of its own: `v` counts contracts,
 * `q` is in base coin (binance-protocol.md §1.3). It has what BTCUSDT traded.
 */
const coinMarginedRow = (mini: boolean, { quantityDecimals }: Recording, day: Day, nowMs: number): string => {
  const price = (value: number): string => value.toFixed(1);
  const head = { e: mini ? '24hrMiniTicker' : '24hrTicker', E: Math.floor(nowMs), s: 'BTCUSD_PERP', ps: 'BTCUSD' };
  const change = mini
    ? {}
    : { p: price(day.last - day.open), P: ((day.last / day.open - 1) * 100).toFixed(3), w: price(day.last) };
  const prices = mini
    ? { c: price(day.last), o: price(day.open), h: price(day.high), l: price(day.low) }
    : { c: price(day.last), Q: '1', o: price(day.open), h: price(day.high), l: price(day.low) };
  const volumes = { v: (day.quoteVolume / INVERSE_CONTRACT).toFixed(0), q: day.volume.toFixed(quantityDecimals) };
  const times = mini ? {} : { O: day.openTimeMs, C: Math.floor(nowMs), F: day.firstId, L: day.lastId, n: day.trades };
  return JSON.stringify({ ...head, ...change, ...prices, ...volumes, ...times, st: 2 });
};

/** The streams of a whole market: tickers of what has changed, and contracts that have another status. */
export const createTopics = (parts: TopicParts) => {
  const { clock, worlds, channels } = parts;
  /** Trades of the last day when a symbol was last told, by topic: only what has changed is told again. */
  const told = new Map<TopicClients, Map<string, number>>();

  const rows = (topic: TopicClients, world: World, nowMs: number): readonly string[] => {
    const mini = topic.topic === '!miniTicker@arr';
    const before = told.get(topic) ?? new Map<string, number>();
    told.set(topic, before);
    const changed: string[] = [];
    for (const listed of world.all()) {
      const { symbol, recording } = listed;
      if (recording === null || world.statusOf(listed, nowMs) !== 'TRADING') continue;
      if (parts.script.isMuted({ placeKey: `${world.market}|${symbol}`, seriesKey: '' })) continue;
      const day = dayOf(world, listed, nowMs);
      if (day === null || before.get(symbol) === day.lastId) continue;
      before.set(symbol, day.lastId);
      changed.push(
        mini ? miniTickerEvent(world.market, listed, recording, day, nowMs) : tickerEvent(listed, recording, day, nowMs),
      );
      if (symbol === 'BTCUSDT' && world.market === 'usdm') changed.push(coinMarginedRow(mini, recording, day, nowMs));
    }
    return changed;
  };

  return {
    /** Tells what has changed since the last time. */
    tick: (market: Market): void => {
      for (const topic of channels.topics(market)) {
        if (topic.topic === '!contractInfo' || topic.clients.size === 0) continue;
        const changed = rows(topic, worlds[market], clock.now());
        if (changed.length > 0) tell(parts, topic, `[${changed.join(',')}]`);
      }
    },
    /** A contract of USD-M has another status; spot tells nobody. */
    contract: (market: Market, listed: Listed, status: string): void => {
      for (const topic of channels.topics(market))
        if (topic.topic === '!contractInfo') tell(parts, topic, contractEvent(listed, status, clock.now()));
    },
  };
};

export type Topics = ReturnType<typeof createTopics>;
