import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observable } from 'rxjs';
import { asyncScheduler, EMPTY, NEVER, Observable as Stream, Subject } from 'rxjs';
import { config } from '../src/config/index.js';
import type { Bar } from '../src/model/bar.js';
import type { Context } from '../src/ports/context.js';
import type { HttpResponse } from '../src/ports/http.js';
import type { FeedEvent, Source } from '../src/ports/source.js';
import { createMonitor } from '../src/run.js';
import { createFiles } from '../src/runtime/files.js';
import { createMarketClock } from '../src/runtime/market-clock.js';
import { alertIn, benchClaims } from './claims.js';
import { p99 } from './rounds.js';

const BAR_MS = 900_000;
const START_MS = 1_704_067_200_000;
const SYMBOLS = 600;
const ALERTS = 30;
/** Enough for the average true range of a young series and the volume baseline. */
const WARM_CLOSES = 40;
/** Three messages: the sink keeps to Discord's thirty a minute. */
const REST_MS = 6_200;
const REPLY_MS = 20;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const bytesIn = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => (name.startsWith('state.log') ? sum + statSync(join(folder, name)).size : sum), 0);

/** A bar of one symbol; a loud one rises far on ten times the volume. */
const barOf = (symbol: string, index: number, before: number, isLoud: boolean): Bar => {
  const close = before * (isLoud ? 1.03 : 1 + 0.001 * Math.sin(index + symbol.charCodeAt(3)));
  return {
    market: 'usdm',
    symbol,
    interval: '15m',
    openTimeMs: START_MS + index * BAR_MS,
    open: before,
    high: Math.max(before, close) * 1.0005,
    low: Math.min(before, close) * 0.9995,
    close,
    volume: (isLoud ? 1_000 : 100) + (index % 7),
    quoteVolume: 1e6,
    tradeCount: 100,
    takerVolume: 50,
    takerQuoteVolume: 5e5,
    provenance: 'stream',
  };
};

/**
 * Whole closes of 600 symbols of which 30 have something to say, through the monitor as `run` builds it, with a real store and the
 * Discord sink: how long after the last bar each alert's request leaves, and what a close writes. Discord is an answer after 20 ms.
 */
const benchPosts = async (folder: string, rounds: number) => {
  const leftAt = new Map<string, number>();
  const http = {
    request: ({ body = '' }: { readonly body?: string | Uint8Array }): Observable<HttpResponse> =>
      new Stream((subscriber) => {
        const now = performance.now();
        for (const [, id = ''] of String(body).matchAll(/id ([a-z2-7]{16})/g)) if (!leftAt.has(id)) leftAt.set(id, now);
        const reply = { status: 200, headers: {}, body: JSON.stringify({ id: String(1e17 + leftAt.size), channel_id: '1' }) };
        return asyncScheduler.schedule(() => {
          subscriber.next(reply);
          subscriber.complete();
        }, REPLY_MS);
      }),
  };
  const loaded = config.loadText({
    file: null,
    env: {},
    overrides: [
      { path: 'store', from: 'bench', value: { type: 'lowdb', path: folder } },
      {
        path: 'sinks',
        from: 'bench',
        value: [
          {
            type: 'discord',
            webhookUrl: `https://discord.com/api/webhooks/100000000000000001/${'a'.repeat(68)}`,
            picture: 'off',
          },
        ],
      },
      {
        path: 'pipeline',
        from: 'bench',
        value: { type: 'momentum', flood: 'off', correlation: 'off', liquidityLevel: 0, unknownLiquidity: 'high' },
      },
    ],
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const event$ = new Subject<FeedEvent>();
  const source: Source = {
    event$,
    history: { bars: () => EMPTY },
    status: () => ({ sockets: [], series: SYMBOLS, note: null }),
  };
  const marketTime = createMarketClock();
  const context: Context = {
    marketTime,
    wireTime: asyncScheduler,
    random: Math.random,
    http,
    sockets: { open: () => NEVER },
    files: createFiles(),
    report: ({ kind, detail }) => console.error(`${kind}: ${detail}`),
    print: () => undefined,
  };
  const emitted: string[] = [];
  let delivered = 0;
  const stop$ = new Subject<void>();
  const monitor = createMonitor({
    settings: { ...loaded.settings, source: { type: 'bench', options: {}, create: () => source } },
    context,
    stop$,
    version: 'bench',
    faults: () => ({}) as never,
  });
  const ended = new Promise<void>((resolve, reject) =>
    monitor.outcome$.subscribe({
      next: (outcome) => {
        if (outcome.kind === 'close')
          emitted.push(...outcome.close.alerts.flatMap(({ id, suppressedBy }) => (suppressedBy === null ? [id] : [])));
        if (outcome.kind === 'delivery' && outcome.delivery.state === 'delivered') delivered++;
      },
      error: reject,
      complete: resolve,
    }),
  );
  const names = Array.from({ length: SYMBOLS }, (_, i) => `S${String(i).padStart(3, '0')}USDT`);
  const closes = new Map(names.map((name) => [name, 100]));
  const tell = (index: number, loud: ReadonlySet<string>): number => {
    marketTime.follow(START_MS + (index + 1) * BAR_MS + 50);
    for (const symbol of names) {
      const bar = barOf(symbol, index, closes.get(symbol) as number, loud.has(symbol));
      closes.set(symbol, bar.close);
      event$.next({ kind: 'bar', bar });
    }
    return performance.now();
  };
  while (!event$.observed) await sleep(5);
  event$.next({ kind: 'roster', market: 'usdm', interval: '15m', symbols: names });
  for (let index = 0; index < WARM_CLOSES; index++) tell(index, new Set());
  await sleep(500);

  const waitsMs: number[] = [];
  const bytes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const loud = new Set(names.slice((round * ALERTS) % SYMBOLS, ((round * ALERTS) % SYMBOLS) + ALERTS));
    const before = bytesIn(folder);
    const [alertsBefore, deliveredBefore] = [emitted.length, delivered];
    const lastBarAt = tell(WARM_CLOSES + round, loud);
    while (delivered - deliveredBefore < ALERTS) await sleep(5);
    const ids = emitted.slice(alertsBefore);
    if (ids.length !== ALERTS) throw new Error(`${ids.length} alerts of ${ALERTS} in round ${round}`);
    for (const id of ids) waitsMs.push((leftAt.get(id) as number) - lastBarAt);
    bytes.push((bytesIn(folder) - before) / ALERTS);
    await sleep(REST_MS);
  }
  stop$.next();
  await ended;
  return { waitMsP99: p99(waitsMs), bytesPerAlert: Math.max(...bytes), alerts: waitsMs.length };
};

/** Delivery: from the last bar of a close to the requests, what is written for it, and what a durable claim takes. */
export const benchDelivery = async ({ rounds }: { readonly rounds: number }) => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-delivery-'));
  try {
    const posts = await benchPosts(join(folder, 'life'), rounds);
    const claims = await benchClaims(join(folder, 'rows'), await alertIn(join(folder, 'life')));
    return { ...posts, ...claims };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
