import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { asyncScheduler, defer, tap } from 'rxjs';
import type { Market } from '../../src/model/series.js';
import type { MarketClock } from '../../src/ports/context.js';
import { createMarketClock } from '../../src/runtime/market-clock.js';
import type { LimitSettings } from '../../src/simulator/discord-limits.js';
import type { SimulatedDiscord } from '../../src/simulator/discord.js';
import { createDiscord } from '../../src/simulator/discord.js';
import type { SimulatedHttp } from '../../src/simulator/door.js';
import type { Endpoints } from '../../src/simulator/endpoints.js';
import { endpointsOf } from '../../src/simulator/endpoints.js';
import type { Exchange } from '../../src/simulator/exchange.js';
import { createExchange } from '../../src/simulator/exchange.js';
import type { Recordings } from '../../src/simulator/recordings.js';
import { readRecordings } from '../../src/simulator/recordings.js';
import { route } from '../../src/simulator/route.js';
import { serve } from '../../src/simulator/server.js';

/** One POST to the simulated Discord, as it came in. */
export interface Post {
  /** At the exchange, ms UTC. */
  readonly marketMs: number;
  readonly alertId: string;
  readonly attempt: number;
  readonly marked: boolean;
  /** When the reply went out, monotonic ms; `null`: none has. */
  readonly answeredAtMs: number | null;
}

export interface LoopbackOptions {
  /** Market seconds per second. */
  readonly speed: number;
  /** The instant at which the exchange stands when it opens, ms UTC. */
  readonly startMs: number;
  readonly seed?: number;
  readonly latencyMs?: readonly [least: number, most: number];
  readonly limits?: Partial<LimitSettings>;
  /** A free one by default. */
  readonly port?: number;
}

/** A simulated Binance and a simulated Discord on loopback, in this process, so that a test can script them and read their logs. */
export interface Loopback {
  readonly clock: MarketClock;
  readonly exchange: Exchange;
  readonly discord: SimulatedDiscord;
  readonly recordings: Recordings;
  readonly endpoints: Readonly<Record<Market, Endpoints>>;
  readonly webhookUrl: string;
  /** Every POST so far, in order of coming in. */
  posts(): readonly Post[];
  close(): Promise<void>;
}

/** The one webhook; it has the shape of a real one. */
export const WEBHOOK = { id: '100000000000000001', token: 'process-test-'.repeat(6).slice(0, 68) };

/** What a message says of itself: `id abc… · attempt 2 · may be a repeat`. */
export const readFooter = (body: unknown): Pick<Post, 'alertId' | 'attempt' | 'marked'> => {
  const embed = (body as { embeds?: readonly { description?: string; footer?: { text?: string } }[] }).embeds?.[0];
  const [, alertId = '', attempt = ''] = /^id ([a-z2-7]{16}) · attempt (\d+)/.exec(embed?.footer?.text ?? '') ?? [];
  const marked =
    embed?.footer?.text?.endsWith('may be a repeat') === true && embed.description?.includes('may be a repeat') === true;
  return { alertId, attempt: Number(attempt), marked };
};

const watched = (http: SimulatedHttp, clock: MarketClock, posts: Post[]): SimulatedHttp => ({
  handle: (request) =>
    defer(() => {
      const at = posts.length;
      if (request.method === 'POST')
        posts.push({ marketMs: clock.now(), ...readFooter(JSON.parse(request.body)), answeredAtMs: null });
      return http.handle(request).pipe(
        tap(({ kind }) => {
          const post = posts[at];
          if (post !== undefined && kind !== 'hang') posts[at] = { ...post, answeredAtMs: performance.now() };
        }),
      );
    }),
});

/** The recordings of the package, only those of these symbols: reading all of them takes a while. */
export const readPackaged = async (symbols: readonly string[]): Promise<Recordings> => {
  const folder = mkdtempSync(join(tmpdir(), 'recordings-'));
  for (const symbol of symbols) {
    const name = `${symbol}-1m-20250619_20250620.csv.gz`;
    symlinkSync(resolve('recordings/usdm', name), join(folder, name));
  }
  const recordings = await readRecordings(folder, '1m');
  rmSync(folder, { recursive: true });
  return recordings;
};

/** Where services that listen on this port are found. */
export const addressesOf = (port: number): Pick<Loopback, 'endpoints' | 'webhookUrl'> => ({
  endpoints: endpointsOf(port),
  webhookUrl: `http://127.0.0.1:${port}/api/webhooks/${WEBHOOK.id}/${WEBHOOK.token}`,
});

/** A port of loopback on which nobody listens. */
export const closedPort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
};

export const serveLoopback = async (recordings: Recordings, options: LoopbackOptions): Promise<Loopback> => {
  const { speed, startMs, seed = 1, latencyMs = [0, 0], limits = {}, port = 0 } = options;
  const clock = createMarketClock(speed);
  clock.follow(startMs);
  const exchange = createExchange({ clock, wireTime: asyncScheduler, recordings });
  const discord = createDiscord({ wireTime: asyncScheduler, webhooks: [WEBHOOK], seed, latencyMs, limits });
  const posts: Post[] = [];
  const http = route([
    { prefix: '/', http: exchange.http },
    { prefix: '/api/', http: watched(discord.http, clock, posts) },
  ]);
  const served = await serve({ http, sockets: exchange.sockets, port });
  return {
    clock,
    exchange,
    discord,
    recordings,
    ...addressesOf(served.port),
    posts: () => posts,
    close: () => served.close(),
  };
};
