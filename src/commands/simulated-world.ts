import { asyncScheduler } from 'rxjs';
import type { Interval } from '../model/interval.js';
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
import { readRecordings } from '../simulator/recordings.js';
import { route } from '../simulator/route.js';
import { serve } from '../simulator/server.js';
import { PACKAGED_START_MS } from './recordings-folder.js';

export interface WorldOptions {
  /** 0 takes any free port of the loopback. */
  readonly port: number;
  /** Market seconds per second. */
  readonly speed: number;
  /** Folder of recorded bars. */
  readonly recordings: string;
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
  /** What the recordings lack and the exchange works out from the rest, in words; `null` when nothing. */
  readonly derived: string | null;
  close(): Promise<void>;
}

const startOf = ({ fromMs, toMs }: Exchange['span'], asked: number | undefined): number => {
  if (asked !== undefined) return asked;
  return PACKAGED_START_MS > fromMs && PACKAGED_START_MS < toMs ? PACKAGED_START_MS : (fromMs + toMs) / 2;
};

/** Reads the recordings and serves them. Rejects with a `RecordingError`, or with Node's own error when the port is taken. */
export const serveWorld = async ({
  port,
  speed,
  recordings: folder,
  interval,
  startMs: asked,
}: WorldOptions): Promise<ServedWorld> => {
  const recordings = await readRecordings(folder, interval);
  const clock = createMarketClock(speed);
  const exchange = createExchange({ clock, wireTime: asyncScheduler, recordings });
  const startMs = startOf(exchange.span, asked);
  clock.follow(startMs);
  const discord = createDiscord({ wireTime: asyncScheduler, webhooks: [SIMULATED_WEBHOOK], latencyMs: [40, 160] });
  const http = route([
    { prefix: '/', http: exchange.http },
    { prefix: '/api/', http: discord.http },
    { prefix: '/api/v3/', http: exchange.http },
    { prefix: INSPECTION_PREFIX, http: createInspection({ exchange, discord, clock }) },
  ]);
  const served = await serve({ http, sockets: exchange.sockets, port });
  const derived = new Set(MARKETS.flatMap((market) => recordings[market].flatMap((recording) => recording.derived)));
  return {
    port: served.port,
    startMs,
    clock,
    exchange,
    discord,
    markets: MARKETS.filter((market) => recordings[market].length > 0),
    endpoints: endpointsOf(served.port),
    webhookUrl: webhookOf(served.port),
    inspectionUrl: `http://127.0.0.1:${served.port}${INSPECTION_PREFIX}state`,
    derived: derived.size === 0 ? null : [...derived].join(', '),
    close: () => served.close(),
  };
};
