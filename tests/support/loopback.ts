import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { asyncScheduler, concatMap, defer, of, tap } from 'rxjs';
import type { Market } from '../../src/model/series.js';
import type { MarketClock } from '../../src/ports/context.js';
import { canaryOf } from './canary.js';
import { createMarketClock } from '../../src/runtime/market-clock.js';
import type { LimitSettings } from '../../src/simulator/discord-limits.js';
import type { SimulatedDiscord } from '../../src/simulator/discord.js';
import { createDiscord } from '../../src/simulator/discord.js';
import type { SimulatedHttp, SimulatedReply, SimulatedRequest } from '../../src/simulator/door.js';
import type { Endpoints } from '../../src/simulator/endpoints.js';
import { endpointsOf } from '../../src/simulator/endpoints.js';
import type { Exchange } from '../../src/simulator/exchange.js';
import { createExchange } from '../../src/simulator/exchange.js';
import type { Recordings } from '../../src/simulator/recordings.js';
import { readRecordings } from '../../src/simulator/recordings.js';
import { route } from '../../src/simulator/route.js';
import { serve } from '../../src/simulator/server.js';

/** What one embed says of the alert it tells: `id abc… · attempt 2 · may be a repeat`. */
export interface Footer {
  readonly alertId: string;
  readonly attempt: number;
  readonly marked: boolean;
}

/** One POST to the simulated Discord, as it came in. Its own footer is that of the first alert it tells. */
export interface Post extends Footer {
  /** At the exchange, ms UTC. */
  readonly marketMs: number;
  /** Every alert it tells, in order. */
  readonly told: readonly Footer[];
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
  /** Asked at each POST before Discord sees it. */
  readonly meet?: (post: Post) => Meeting;
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

/** The one webhook; it has the shape of a real one, and its token the mark of the suite's secrets. */
export const WEBHOOK = { id: '100000000000000001', token: canaryOf('process-test', 68) };

interface Embed {
  readonly description?: string;
  readonly footer?: { readonly text?: string };
}

const footerOf = ({ description, footer }: Embed): Footer => {
  const [, alertId = '', attempt = ''] = /^id ([a-z2-7]{16}) · attempt (\d+)/.exec(footer?.text ?? '') ?? [];
  const marked = footer?.text?.endsWith('may be a repeat') === true && description?.includes('may be a repeat') === true;
  return { alertId, attempt: Number(attempt), marked };
};

/** What a message says of the alerts it tells, one embed each. */
export const readFooters = (body: unknown): readonly Footer[] =>
  ((body as { embeds?: readonly Embed[] }).embeds ?? []).map(footerOf).filter(({ alertId }) => alertId !== '');

const NO_FOOTER: Footer = { alertId: '', attempt: 0, marked: false };

/** What a message says of the first alert it tells. */
export const readFooter = (body: unknown): Footer => readFooters(body)[0] ?? NO_FOOTER;

/** The message of a request, which may have come with files beside it. */
export const readMessage = ({ body, bytes }: Pick<SimulatedRequest, 'body' | 'bytes'>): unknown => {
  const text = bytes === undefined ? body : Buffer.from(bytes).toString('utf8');
  const [, payload] = /name="payload_json"[^{]*(\{.*?\})\r\n--/s.exec(text) ?? [];
  return JSON.parse(payload ?? text);
};

/** What one POST meets. `instead` takes the place of Discord; `after` holds its answer back until it is done. */
export interface Meeting {
  readonly instead?: SimulatedReply;
  readonly after?: (reply: SimulatedReply) => Promise<void>;
}

const watched = (http: SimulatedHttp, clock: MarketClock, posts: Post[], meet: (post: Post) => Meeting): SimulatedHttp => ({
  handle: (request) =>
    defer(() => {
      if (request.method !== 'POST') return http.handle(request);
      const at = posts.length;
      const told = readFooters(readMessage(request));
      const post: Post = { marketMs: clock.now(), ...(told[0] ?? NO_FOOTER), told, answeredAtMs: null };
      posts.push(post);
      const { instead, after = () => Promise.resolve() } = meet(post);
      const reply$ = instead === undefined ? http.handle(request) : of(instead);
      return reply$.pipe(
        concatMap(async (reply) => {
          await after(reply);
          return reply;
        }),
        tap(({ kind }) => {
          if (kind !== 'hang') posts[at] = { ...post, answeredAtMs: performance.now() };
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
  const { speed, startMs, seed = 1, latencyMs = [0, 0], limits = {}, port = 0, meet = () => ({}) } = options;
  const clock = createMarketClock(speed);
  clock.follow(startMs);
  const exchange = createExchange({ clock, wireTime: asyncScheduler, recordings });
  const discord = createDiscord({ wireTime: asyncScheduler, webhooks: [WEBHOOK], seed, latencyMs, limits });
  const posts: Post[] = [];
  const http = route([
    { prefix: '/', http: exchange.http },
    { prefix: '/api/', http: watched(discord.http, clock, posts, meet) },
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
