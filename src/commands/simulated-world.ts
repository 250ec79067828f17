import { asyncScheduler } from 'rxjs';
import type { Interval } from '../model/interval.js';
import { INTERVAL_MS } from '../model/interval.js';
import type { Market } from '../model/series.js';
import { MARKETS } from '../model/series.js';
import type { MarketClock } from '../ports/context.js';
import { createMarketClock } from '../runtime/market-clock.js';
import type { SimulatedDiscord } from '../simulator/discord.js';
import { createDiscord } from '../simulator/discord.js';
import type { Endpoints } from '../simulator/endpoints.js';
import { endpointsOf, SIMULATED_WEBHOOK, webhookOf } from '../simulator/endpoints.js';
import type { Exchange } from '../simulator/exchange.js';
import { createExchange } from '../simulator/exchange.js';
import { createInspection, INSPECTION_PREFIX } from '../simulator/inspection.js';
import type { Proxy } from '../simulator/proxy.js';
import { createProxy } from '../simulator/proxy.js';
import type { Recordings } from '../simulator/recordings.js';
import { readRecordings } from '../simulator/recordings.js';
import { route } from '../simulator/route.js';
import { serve } from '../simulator/server.js';
import { createSyntheticRecordings } from '../simulator/synthetic.js';
import { PACKAGED_START_MS } from './recordings-folder.js';

export interface WorldOptions {
  /** 0 takes any free port of the loopback. */
  readonly port: number;
  /** Market seconds per second. */
  readonly speed: number;
  /** Folder of recorded bars. */
  readonly recordings: string;
  /** So many symbols with made-up bars of a day instead. */
  readonly synthetic?: number | undefined;
  /** Lets everything come through a proxy that can spoil the links. */
  readonly proxied?: boolean | undefined;
  readonly interval: Interval;
  /** Where in the recordings to begin, ms UTC; by default a good moment of the packaged ones, else the middle. */
  readonly startMs?: number | undefined;
}

/** A simulated Binance and a simulated Discord on one port of the loopback. */
export interface ServedWorld {
  readonly port: number;
  readonly startMs: number;
  readonly clock: MarketClock;
  readonly exchange: Exchange;
  readonly discord: SimulatedDiscord;
  readonly markets: readonly Market[];
  readonly endpoints: Readonly<Record<Market, Endpoints>>;
  readonly webhookUrl: string;
  readonly inspectionUrl: string;
  /** `null` when clients come directly. */
  readonly proxy: Proxy | null;
  /** What the recordings lack and the exchange works out from the rest, in words; `null` when nothing. */
  readonly derived: string | null;
  close(): Promise<void>;
}

const startOf = ({ fromMs, toMs }: Exchange['span'], asked: number | undefined): number => {
  if (asked !== undefined) return asked;
  return PACKAGED_START_MS > fromMs && PACKAGED_START_MS < toMs ? PACKAGED_START_MS : (fromMs + toMs) / 2;
};

/** Symbols beyond this share the price paths of the first ones. */
const PATHS_MAX = 200;
/** Bars before and after the middle, where the play begins. */
const BARS = 1_500;

const madeUp = (symbols: number, interval: Interval): Recordings => {
  const lengthMs = INTERVAL_MS[interval];
  const fromMs = Math.floor(PACKAGED_START_MS / lengthMs - BARS) * lengthMs;
  const span = { fromMs, toMs: fromMs + 2 * BARS * lengthMs };
  return createSyntheticRecordings({ seed: 1, symbols, interval, ...span, paths: PATHS_MAX });
};

/** Reads the recordings and serves them. Rejects with a `RecordingError`, or with Node's own error when the port is taken. */
export const serveWorld = async ({
  port,
  speed,
  recordings: folder,
  interval,
  startMs: asked,
  synthetic,
  proxied = false,
}: WorldOptions): Promise<ServedWorld> => {
  const recordings = synthetic === undefined ? await readRecordings(folder, interval) : madeUp(synthetic, interval);
  const clock = createMarketClock(speed);
  const exchange = createExchange({ clock, wireTime: asyncScheduler, recordings });
  const startMs = startOf(exchange.span, asked);
  clock.follow(startMs);
  const discord = createDiscord({ wireTime: asyncScheduler, webhooks: [SIMULATED_WEBHOOK], latencyMs: [40, 160] });
  let proxy: Proxy | null = null;
  const http = route([
    { prefix: '/', http: exchange.http },
    { prefix: '/api/', http: discord.http },
    { prefix: '/api/v3/', http: exchange.http },
    { prefix: INSPECTION_PREFIX, http: createInspection({ exchange, discord, clock, proxy: () => proxy }) },
  ]);
  const served = await serve({ http, sockets: exchange.sockets, port: proxied ? 0 : port });
  try {
    if (proxied) proxy = await createProxy({ target: { port: served.port }, port });
  } catch (error) {
    await served.close();
    throw error;
  }
  const entry = proxy?.port ?? served.port;
  const derived = new Set(MARKETS.flatMap((market) => recordings[market].flatMap((recording) => recording.derived)));
  return {
    port: entry,
    startMs,
    clock,
    exchange,
    discord,
    markets: MARKETS.filter((market) => recordings[market].length > 0),
    endpoints: endpointsOf(entry),
    webhookUrl: webhookOf(entry),
    inspectionUrl: `http://127.0.0.1:${served.port}${INSPECTION_PREFIX}state`,
    proxy,
    derived: derived.size === 0 ? null : [...derived].join(', '),
    close: async () => {
      await proxy?.close();
      await served.close();
    },
  };
};
