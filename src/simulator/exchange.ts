import type { SchedulerLike } from 'rxjs';
import { INTERVAL_MS } from '../model/interval.js';
import type { Market, Series } from '../model/series.js';
import type { MarketClock } from '../ports/context.js';
import type { SimulatedHttp, SimulatedSockets } from './door.js';
import { barExists } from './exchange/bars.js';
import { createChannels } from './exchange/channels.js';
import type { ExchangeFaults } from './exchange/faults.js';
import { createFaults } from './exchange/faults.js';
import { LIMITS } from './exchange/limits.js';
import type { ListedBeside } from './exchange/listing.js';
import { USUAL_BESIDE } from './exchange/listing.js';
import type { ExchangeLog } from './exchange/log.js';
import { createTally } from './exchange/log.js';
import { createPlayer, tellClosed } from './exchange/player.js';
import { createRandom } from './exchange/random.js';
import { createRest } from './exchange/rest.js';
import { createScript } from './exchange/script.js';
import { createSockets } from './exchange/sockets.js';
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
  /** First instant and end of everything recorded, ms; the streams fall silent at the end. */
  readonly span: { readonly fromMs: number; readonly toMs: number };
}

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
  const budget = (market: Market) => ({
    clock,
    wireTime,
    refusalsBeforeBan: options.refusalsBeforeBan ?? 10,
    banMs: options.banMs ?? 120_000,
    retryAfter: options.retryAfter?.[market] ?? LIMITS[market].retryAfter,
  });
  const parts = {
    clock,
    wireTime,
    worlds,
    channels,
    script,
    tally,
    openEveryMs: {
      usdm: options.openEveryMs?.usdm ?? LIMITS.usdm.openEveryMs,
      spot: options.openEveryMs?.spot ?? LIMITS.spot.openEveryMs,
    },
    closeDelayMs: options.closeDelayMs ?? 200,
    ackDelayMs: options.ackDelayMs ?? 30,
    replyDelayMs: options.replyDelayMs ?? 0,
    lifetimeMs: options.lifetimeMs ?? 86_400_000,
    budgets: { usdm: budget('usdm'), spot: budget('spot') },
  };
  const { sockets, clients } = createSockets({ ...parts, player: createPlayer(parts) });

  const closedBars = ({ market, symbol, interval }: Series, fromMs: number, toMs: number): readonly number[] => {
    const recording = worlds[market].find(symbol)?.recording ?? null;
    const lengthMs = INTERVAL_MS[interval];
    if (recording === null || lengthMs % recording.stepMs !== 0) return [];
    const last = Math.min(toMs, clock.now() - lengthMs, recording.firstMs + recording.cells * recording.stepMs);
    const times: number[] = [];
    const first = Math.ceil(Math.max(fromMs, recording.firstMs - lengthMs + 1) / lengthMs) * lengthMs;
    for (let openTimeMs = first; openTimeMs <= last; openTimeMs += lengthMs)
      if (barExists(recording, lengthMs, openTimeMs, worlds[market].lost)) times.push(openTimeMs);
    return times;
  };
  const resend = ({ market, symbol, interval }: Series, openTimeMs: number): void => {
    const channel = channels.named(market, symbol, interval);
    if (channel !== undefined) tellClosed(parts, channel, openTimeMs);
  };

  return {
    http: createRest(parts),
    sockets,
    log: { closedBars, counters: tally.counters },
    faults: createFaults({ clients, script, tally, worlds, resend }),
    span: spanOf(Object.values(worlds)),
  };
};
