import type { Observable } from 'rxjs';
import { EMPTY, Subscription, asyncScheduler, concat, concatMap, filter, groupBy, mergeAll, mergeMap, of, tap } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import type { Fault } from '../../../src/model/fault.js';
import type { Series } from '../../../src/model/series.js';
import { seriesKey } from '../../../src/model/series.js';
import type { z } from 'zod';
import type { Context } from '../../../src/ports/context.js';
import type { Sockets } from '../../../src/ports/socket.js';
import type { ExchangeOptions } from '../../../src/simulator/exchange.js';
import type { Source } from '../../../src/ports/source.js';
import { createHttp } from '../../../src/runtime/http.js';
import { createMarketClock } from '../../../src/runtime/market-clock.js';
import { createSockets } from '../../../src/runtime/sockets.js';
import { directHttp, directSockets } from '../../../src/simulator/direct.js';
import { createExchange } from '../../../src/simulator/exchange.js';
import { endpointsOf } from '../../../src/simulator/endpoints.js';
import { serve } from '../../../src/simulator/server.js';
import { binance } from '../../../src/sources/binance/binance.js';
import { MINUTE, T0, minutes, recorded, worldAt } from '../../simulator/world.js';

const WARMUP_BARS = 300;
const SYMBOLS = [...Array.from({ length: 40 }, (_, i) => `S${i}USDT`), '币安人生USDT'];
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The plainest keeper of order there is: asks the history for whatever lies between the last bar and what it hears of next. */
const inOrder = (source: Source): Observable<Bar> => {
  const latest = new Map<string, number>();
  const next = (series: Series, upToMs: number, bar: Bar | null): Observable<Bar> => {
    const fromMs = (latest.get(seriesKey(series)) ?? upToMs - WARMUP_BARS * MINUTE) + MINUTE;
    const hole$ = fromMs <= upToMs ? source.history.bars(series, fromMs, upToMs).pipe(mergeAll()) : EMPTY;
    return concat(hole$, bar === null ? EMPTY : of(bar)).pipe(
      filter(({ openTimeMs }) => openTimeMs > (latest.get(seriesKey(series)) ?? 0)),
      tap(({ openTimeMs }) => latest.set(seriesKey(series), openTimeMs)),
    );
  };
  return source.event$.pipe(
    concatMap((event) => (event.kind === 'roster' ? [] : [event])),
    groupBy((event) => seriesKey(event.kind === 'bar' ? event.bar : event.series)),
    mergeMap((event$) =>
      event$.pipe(
        concatMap((event) =>
          event.kind === 'bar'
            ? next(event.bar, event.bar.openTimeMs - MINUTE, event.bar)
            : next(event.series, event.openTimeMs, null),
        ),
      ),
    ),
  );
};

const contextOf = (given: Pick<Context, 'marketTime' | 'wireTime' | 'http' | 'sockets'>) => {
  const faults: Fault[] = [];
  const context = {
    ...given,
    random: Math.random,
    report: (fault: Fault) => void faults.push(fault),
    print: () => undefined,
    files: {} as Context['files'],
  };
  return { context, faults, kinds: () => new Set(faults.map(({ kind }) => kind)) };
};

describe('the source and the simulated exchange, in virtual time', () => {
  const world = (
    market: 'usdm' | 'spot',
    settings: z.input<typeof binance.options> = {},
    more: Partial<ExchangeOptions> = {},
    through: (sockets: Sockets) => Sockets = (sockets) => sockets,
  ) => {
    const recordings = { [market]: SYMBOLS.map((symbol) => recorded(symbol)) };
    const startMs = T0 + 600 * MINUTE + 20_000;
    const { clock, exchange } = worldAt(startMs, { recordings, openEveryMs: { usdm: 5_000, spot: 5_000 }, ...more });
    const { context, faults, kinds } = contextOf({
      marketTime: clock,
      wireTime: clock,
      http: directHttp(exchange.http, clock),
      sockets: through(directSockets(exchange.sockets, clock)),
    });
    const source = binance.create(
      binance.options.parse({ interval: '1m', news: false, markets: [market], streamsPerSocket: 25, ...settings }),
      context,
    );
    const bars = new Map<string, number[]>();
    const provenance: Record<string, number> = {};
    const running = inOrder(source).subscribe((bar) => {
      bars.set(bar.symbol, [...(bars.get(bar.symbol) ?? []), bar.openTimeMs]);
      provenance[bar.provenance] = (provenance[bar.provenance] ?? 0) + 1;
    });
    cleanups.push(() => running.unsubscribe());
    /** Every series holds exactly what the exchange says it has closed. */
    const isComplete = (): void => {
      for (const symbol of SYMBOLS) {
        const expected = exchange.log.closedBars({ market, symbol, interval: '1m' }, T0 + 300 * MINUTE, clock.now());
        expect(bars.get(symbol), symbol).toEqual(expected);
      }
    };
    const at = (minute: number, second = 10) => clock.advanceTo(T0 + (600 + minute) * MINUTE + second * 1_000);
    return { clock, exchange, source, faults, kinds, isComplete, provenance, at };
  };

  it.each(['usdm', 'spot'] as const)('warms up, follows the stream and asks for nothing more on %s', (market) => {
    const { at, isComplete, exchange, faults, provenance, source } = world(market);
    at(1, 0);
    const { requests, requestsByStatus } = exchange.log.counters();
    // Three questions for the time, two for the list of symbols.
    expect(requests).toBe(3 + 2 + SYMBOLS.length);
    expect(requestsByStatus).toEqual({ 200: requests });
    at(9);
    isComplete();
    expect(provenance).toEqual({ rest: WARMUP_BARS * SYMBOLS.length, stream: 9 * SYMBOLS.length });
    expect(exchange.log.counters()).toMatchObject({ requests, policyCloses: 0, connections: 2 });
    expect(faults).toEqual([]);
    expect(source.status()).toMatchObject({ series: SYMBOLS.length, note: null });
  });

  it.each(['usdm', 'spot'] as const)(
    'F4: changes connections before the exchange cuts them, without a hole and without a fault, on %s',
    (market) => {
      const { at, isComplete, exchange, faults, provenance, source } = world(
        market,
        { rotateAfter: '7m' },
        { lifetimeMs: 8 * MINUTE },
      );
      at(40);
      isComplete();
      expect(provenance).toEqual({ rest: WARMUP_BARS * SYMBOLS.length, stream: 40 * SYMBOLS.length });
      expect(faults).toEqual([]);
      expect(exchange.log.counters()).toMatchObject({ policyCloses: 0, connectionsOpen: 2 });
      expect(source.status().sockets).toMatchObject([
        { losses: 0, rotations: 5 },
        { losses: 0, rotations: 5 },
      ]);
    },
  );

  it('names a retired path and has every bar over REST, with the news that no socket delivers', () => {
    const retired = (sockets: Sockets): Sockets => ({
      open: (request) => sockets.open({ ...request, url: request.url.replace('/market/stream', '/stream') }),
    });
    const { at, isComplete, kinds, provenance } = world('usdm', {}, {}, retired);
    at(15);
    isComplete();
    expect(provenance).toEqual({ rest: (WARMUP_BARS + 15) * SYMBOLS.length });
    expect([...kinds()].sort()).toEqual(['feed-fallback', 'path-silent']);
  });

  it('loses no bar to cut links, refused upgrades, lost frames, silent symbols or a stop of the exchange’s answers', () => {
    const { at, isComplete, exchange, kinds, provenance } = world('usdm');
    at(5);
    exchange.faults.refuseUpgrades(503, 200_000);
    exchange.faults.dropAllSockets();
    at(15);
    isComplete();
    const undoLoss = exchange.faults.loseFrames(0.3);
    exchange.faults.muteSeries({ market: 'usdm', symbol: 'S3USDT' });
    at(25);
    isComplete();
    undoLoss();
    exchange.faults.halfOpen();
    exchange.faults.rest({ reply: { kind: 'reset' }, forMs: 90_000 });
    at(30);
    exchange.faults.rest({ reply: { kind: 'reply', status: 429, headers: {}, body: '{}' }, times: 3 });
    exchange.faults.garbageFrames('', '{', 'null');
    at(45);
    isComplete();
    expect(Object.keys(exchange.log.counters().faults).sort()).toEqual(
      ['dropAllSockets', 'garbageFrames', 'halfOpen', 'loseFrames', 'muteSeries', 'refuseUpgrades', 'rest'].sort(),
    );
    expect(provenance['stream']).toBeGreaterThan(SYMBOLS.length * 10);
    expect([...kinds()].sort()).toEqual([
      'feed-fallback',
      'feed-lost',
      'feed-refused',
      'feed-silent',
      'frame-rejected',
      'request-failed',
      'stream-muted',
    ]);
  });
});

describe('the source and the simulated exchange, over loopback', () => {
  it('warms up, follows the stream, and has every bar after a cut', async () => {
    const speed = 120;
    const symbols = SYMBOLS.slice(-8);
    const clock = createMarketClock(speed);
    clock.follow(T0 + 600 * MINUTE + 20_000);
    const recordings = {
      usdm: symbols.map((symbol) => recorded(symbol)),
      spot: symbols.map((symbol) => recorded(symbol, minutes(2_000))),
    };
    const exchange = createExchange({ clock, wireTime: asyncScheduler, recordings });
    const served = await serve({ http: exchange.http, sockets: exchange.sockets, port: 0 });
    cleanups.push(() => served.close());
    const http = createHttp();
    cleanups.push(() => http.close());
    const { context, kinds } = contextOf({
      marketTime: createMarketClock(speed),
      wireTime: asyncScheduler,
      http,
      sockets: createSockets(),
    });
    const source = binance.create(
      binance.options.parse({
        interval: '1m',
        news: false,
        markets: ['usdm', 'spot'],
        endpoints: endpointsOf(served.port),
        reconnectDelay: '100ms',
      }),
      context,
    );
    const running = new Subscription();
    cleanups.push(() => running.unsubscribe());
    const bars = new Map<string, number[]>();
    const counts = { stream: 0, rest: 0 };
    let cutAtMs = 0;
    let streamAfterCut = 0;
    const done = new Promise<void>((resolve, reject) => {
      running.add(
        inOrder(source).subscribe({
          error: reject,
          next: (bar) => {
            const key = `${bar.market} ${bar.symbol}`;
            bars.set(key, [...(bars.get(key) ?? []), bar.openTimeMs]);
            if (bar.provenance === 'stream') counts.stream++;
            else counts.rest++;
            if (counts.stream >= 3 * 2 * symbols.length && cutAtMs === 0) {
              cutAtMs = bar.openTimeMs;
              expect(exchange.faults.dropAllSockets()).toBe(2);
            }
            if (cutAtMs > 0 && bar.provenance === 'stream' && bar.openTimeMs > cutAtMs + 2 * MINUTE) streamAfterCut++;
            if (streamAfterCut >= 2 * 2 * symbols.length) resolve();
          },
        }),
      );
    });
    await done;
    running.unsubscribe();
    expect(bars.size).toBe(2 * symbols.length);
    for (const [key, times] of bars) {
      const [market, symbol] = key.split(' ') as ['usdm' | 'spot', string];
      const expected = exchange.log.closedBars({ market, symbol, interval: '1m' }, times[0] ?? 0, times.at(-1) ?? 0);
      expect(times, key).toEqual(expected);
      expect(times.length).toBeGreaterThan(WARMUP_BARS);
    }
    expect([...kinds()]).toEqual(['feed-lost']);
    expect(exchange.log.counters().policyCloses).toBe(0);
  });
});
