import type { SchedulerLike } from 'rxjs';
import type { Market } from '../model/series.js';
import type { MarketClock } from '../ports/context.js';
import type { SimulatedHttp, SimulatedSockets } from './door.js';
import { atTime } from './exchange/after.js';
import type { Budget } from './exchange/budget.js';
import { createBudget } from './exchange/budget.js';
import { createChannels } from './exchange/channels.js';
import type { ExchangeFaults } from './exchange/faults.js';
import { createFaults } from './exchange/faults.js';
import { LIMITS } from './exchange/limits.js';
import type { ListedBeside } from './exchange/listing.js';
import { USUAL_BESIDE } from './exchange/listing.js';
import type { ExchangeLog } from './exchange/log.js';
import { createTally } from './exchange/log.js';
import { createClosedBars } from './exchange/closed-bars.js';
import { createPlayer } from './exchange/player.js';
import { createRandom } from './exchange/random.js';
import { createRest } from './exchange/rest.js';
import type { Undo } from './exchange/script.js';
import { createScript } from './exchange/script.js';
import { createSockets } from './exchange/sockets.js';
import { createTopics } from './exchange/topics.js';
import type { World } from './exchange/world.js';
import { createWorld } from './exchange/world.js';
import type { Recordings } from './recordings.js';

export interface ExchangeOptions {
  /** The exchange's own clock: bars are played at their recorded times on it. */
  readonly clock: MarketClock;
  /** Cadence of open bars, pings, limits, bans, lifetime. */
  readonly wireTime: SchedulerLike;
  readonly recordings: Partial<Recordings>;
  /** Listed beside what is recorded; one of each usual kind on USD-M by default. */
  readonly beside?: Partial<Readonly<Record<Market, readonly ListedBeside[]>>>;
  /** Of the chance in `loseFrames`. */
  readonly seed?: number;
  /** Wire milliseconds between open bars of a series; 250 on USD-M and 2000 on spot by default. */
  readonly openEveryMs?: Partial<Readonly<Record<Market, number>>>;
  /** Wire milliseconds between frames of `!ticker@arr` and `!miniTicker@arr`; 1000 by default. */
  readonly topicsEveryMs?: number;
  /** Messages of a client per second, one more ends the connection; 15 on USD-M (measured) and 5 on spot by default. */
  readonly messagesPerSecondMax?: Partial<Readonly<Record<Market, number>>>;
  /** Market milliseconds from the end of a bar to its closing event. */
  readonly closeDelayMs?: number;
  readonly ackDelayMs?: number;
  readonly replyDelayMs?: number;
  /** Wire milliseconds that a connection lives. */
  readonly lifetimeMs?: number;
  /** Whether 429 and 418 carry `Retry-After`: on spot only, by default. */
  readonly retryAfter?: Partial<Readonly<Record<Market, boolean>>>;
  readonly refusalsBeforeBan?: number;
  readonly banMs?: number;
}

/** A Binance in the box: both markets, REST and WebSocket, for either door. */
export interface Exchange {
  readonly http: SimulatedHttp;
  readonly sockets: SimulatedSockets;
  readonly log: ExchangeLog;
  readonly faults: ExchangeFaults;
  /**
   * Strikes at a moment of the exchange's clock, ms UTC: `exchange.at(t, (faults) => faults.halfOpen())`. What it gives calls the
   * strike off.
   */
  at(timeMs: number, act: (faults: ExchangeFaults) => void): Undo;
  /** First instant and end of everything recorded, ms; the streams fall silent at the end. */
  readonly span: { readonly fromMs: number; readonly toMs: number };
}

const byMarket = <T>(make: (market: Market) => T): Record<Market, T> => ({ usdm: make('usdm'), spot: make('spot') });

const spanOf = (worlds: readonly World[]): Exchange['span'] => {
  const spans = worlds.map((world) => world.span).filter((span) => span !== null);
  return { fromMs: Math.min(...spans.map(({ fromMs }) => fromMs)), toMs: Math.max(...spans.map(({ toMs }) => toMs)) };
};

/**
 * The simulated exchange (binance-protocol.md): recorded bars come to life at their recorded times, as open bars along their
 * path, as closing events and as REST rows. Throws a `RecordingError` when the recordings do not fit together.
 */
export const createExchange = (options: ExchangeOptions): Exchange => {
  const { clock, wireTime, recordings } = options;
  const worlds = {
    usdm: createWorld('usdm', recordings.usdm ?? [], options.beside?.usdm ?? USUAL_BESIDE),
    spot: createWorld('spot', recordings.spot ?? [], options.beside?.spot ?? []),
  };
  const tally = createTally();
  const script = createScript(wireTime, createRandom(options.seed ?? 1), tally);
  const channels = createChannels(worlds);
  const budget = (market: Market): Budget =>
    createBudget(market, {
      clock,
      wireTime,
      tally,
      refusalsBeforeBan: options.refusalsBeforeBan ?? 10,
      banMs: options.banMs ?? 120_000,
      retryAfter: options.retryAfter?.[market] ?? LIMITS[market].retryAfter,
    });
  const common = { clock, wireTime, worlds, channels, script, tally };
  const topics = createTopics(common);
  const parts = {
    ...common,
    topics,
    tellTopics: topics.tick,
    openEveryMs: byMarket((market) => options.openEveryMs?.[market] ?? LIMITS[market].openEveryMs),
    topicsEveryMs: options.topicsEveryMs ?? 1_000,
    messagesPerSecondMax: byMarket((market) => options.messagesPerSecondMax?.[market] ?? LIMITS[market].messagesPerSecondMax),
    closeDelayMs: options.closeDelayMs ?? 200,
    ackDelayMs: options.ackDelayMs ?? 30,
    replyDelayMs: options.replyDelayMs ?? 0,
    lifetimeMs: options.lifetimeMs ?? 86_400_000,
    budgets: byMarket(budget),
  };
  const { sockets, clients } = createSockets({ ...parts, player: createPlayer(parts) });
  const faults = createFaults({ ...parts, clients, playerParts: parts });

  return {
    http: createRest(parts),
    sockets,
    log: { ...createClosedBars(worlds, clock), counters: tally.counters },
    faults,
    at: (timeMs, act) => {
      const strike = atTime(timeMs, clock, () => act(faults));
      return () => strike.unsubscribe();
    },
    span: spanOf(Object.values(worlds)),
  };
};
