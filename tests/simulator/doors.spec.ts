import type { Observable } from 'rxjs';
import { asyncScheduler, lastValueFrom, NEVER, ReplaySubject, Subject, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Http, HttpRequest } from '../../src/ports/http.js';
import { HttpError } from '../../src/ports/http.js';
import type { SocketCommand, SocketEvent, SocketRequest, Sockets } from '../../src/ports/socket.js';
import { createHttp } from '../../src/runtime/http.js';
import { createMarketClock } from '../../src/runtime/market-clock.js';
import { createSockets } from '../../src/runtime/sockets.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { directHttp, directSockets } from '../../src/simulator/direct.js';
import { endpointsOf } from '../../src/simulator/endpoints.js';
import type { Exchange } from '../../src/simulator/exchange.js';
import { createExchange } from '../../src/simulator/exchange.js';
import { route } from '../../src/simulator/route.js';
import { serve } from '../../src/simulator/server.js';
import { MINUTE, recorded, T0, worldAt } from './world.js';

const START = T0 + 100 * MINUTE;
const socketRequest = (url: string, more: Partial<SocketRequest> = {}): SocketRequest => ({
  url,
  handshakeMs: 5_000,
  frameBytesMax: 1_000_000,
  command$: NEVER,
  ...more,
});
const httpRequest = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  deadlineMs: 5_000,
  bodyBytesMax: 10_000_000,
  ...more,
});

/** What one event or answer says, without what depends on the moment. */
const say = (event: SocketEvent): string => {
  if (event.kind === 'closed') return `closed ${event.code} ${event.reason}`;
  if (event.kind === 'refused') return `refused ${event.status} ${event.headers['content-type'] ?? ''}`;
  return event.kind === 'frame' ? event.data.toString('utf8').replace(/"E":\d+/, '"E":0') : event.kind;
};

/** The same errands through whichever ports, against an exchange whose market runs 600 times faster. */
const errands = async (http: Http, sockets: Sockets, exchange: Exchange, port: number): Promise<readonly string[]> => {
  const { usdm, spot } = endpointsOf(port);
  const transcript: string[] = [];
  const ask = async (url: string, more?: Partial<HttpRequest>): Promise<void> => {
    const answer = await lastValueFrom(http.request(httpRequest(url, more)), { defaultValue: null }).catch(
      (error: unknown) => error as HttpError,
    );
    if (answer instanceof HttpError) transcript.push(`${answer.sent} ${answer.code}`);
    else if (answer !== null)
      transcript.push(`${answer.status} ${answer.headers['content-type'] ?? ''} ${answer.body.slice(0, 200)}`);
  };
  const follow = async (events$: Observable<SocketEvent>, on: (line: string) => void): Promise<void> => {
    await lastValueFrom(events$.pipe(tap((event) => on(say(event)))), { defaultValue: null });
  };

  await ask(`${usdm.rest}/fapi/v1/klines?symbol=BTCUSDT&interval=1m&startTime=${T0}&limit=2`);
  await ask(`${spot.rest}/api/v3/klines?symbol=ETHUSDT&interval=5m&startTime=${T0}&limit=1`);
  await ask(`${usdm.rest}/fapi/v1/klines?symbol=${encodeURIComponent('币安人生USDT')}&interval=1m`);
  await ask(`${usdm.rest}/nothing`);
  await ask(`${usdm.rest}/fapi/v1/exchangeInfo`, { bodyBytesMax: 100 });
  exchange.faults.rest({ reply: { kind: 'reset' }, times: 1 });
  await ask(`${usdm.rest}/fapi/v1/ping`);
  exchange.faults.rest({ reply: { kind: 'hang' }, times: 1 });
  await ask(`${usdm.rest}/fapi/v1/ping`, { deadlineMs: 100 });

  // Commands are heard from the opening on; what is said in the very moment of it must wait for the ear.
  const command$ = new ReplaySubject<SocketCommand>(Infinity);
  const closes: string[] = [];
  await follow(sockets.open(socketRequest(`${usdm.ws}/market/stream`, { command$ })), (line) => {
    if (line === 'open') {
      command$.next({ kind: 'send', text: '{"method":"SUBSCRIBE","params":["btcusdt@kline_1m"],"id":1}' });
      command$.next({ kind: 'ping' });
    }
    if (line.includes('"x":true') && closes.push(line) === 2) command$.next({ kind: 'send', text: '{' });
    if (line.startsWith('closed') || line === 'open' || line === 'pong' || !line.includes('"e":"kline"')) transcript.push(line);
  });
  // Where the first of them lies depends on the moment; that they follow one another does not.
  const [first, second] = closes.map((line) => Number(/"t":(\d+)/.exec(line)?.[1]));
  transcript.push(`bars ${second! - first!} ms apart`);

  exchange.faults.refuseUpgrades(451, 60_000);
  await follow(sockets.open(socketRequest(`${spot.ws}/stream?streams=ethusdt@kline_1m`)), (line) => transcript.push(line));
  const undo = exchange.faults.hangUpgrades(60_000);
  await follow(sockets.open(socketRequest(`${usdm.ws}/market/ws`, { handshakeMs: 100 })), (line) => transcript.push(line));
  undo();
  await follow(sockets.open(socketRequest(`${spot.ws}/ws`)), (line) => {
    transcript.push(line);
    if (line === 'open') exchange.faults.dropAllSockets();
  });
  await follow(sockets.open(socketRequest(`${spot.ws}/ws`, { frameBytesMax: 100 })), (line) => {
    transcript.push(line);
    if (line === 'open') exchange.faults.garbageFrames('{}', 'x'.repeat(101));
  });
  return transcript;
};

const createFast = () => {
  const clock = createMarketClock(600);
  clock.follow(START);
  const recordings = { usdm: [recorded('BTCUSDT')], spot: [recorded('ETHUSDT')] };
  return createExchange({ clock, wireTime: asyncScheduler, recordings });
};

it('both doors give the same transcript', async () => {
  const [direct, real] = [createFast(), createFast()];
  const served = await serve({ http: real.http, sockets: real.sockets, port: 0 });
  const http = createHttp();
  try {
    const heardReal = await errands(http, createSockets(), real, served.port);
    const heardDirect = await errands(
      directHttp(direct.http, asyncScheduler),
      directSockets(direct.sockets, asyncScheduler),
      direct,
      1,
    );
    expect(heardDirect).toStrictEqual(heardReal);
    const [bars, spotBars, unknown] = heardReal;
    expect(bars).toMatch(/^200 application\/json \[\[1750291200000,"100.00",/);
    expect(spotBars).toMatch(/^200 application\/json;charset=UTF-8 \[\[1750291200000,/);
    expect(unknown).toBe('400 application/json {"code":-1121,"msg":"Invalid symbol."}');
    expect(heardReal.slice(3)).toStrictEqual([
      '404 text/html ',
      'maybe too-large',
      'maybe reset',
      'maybe deadline',
      'open',
      'pong',
      '{"result":null,"id":1}',
      '{"error":{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}}',
      'closed 1008 Invalid request',
      'bars 60000 ms apart',
      'refused 451 application/json',
      'closed 1006 handshake timed out',
      'open',
      'closed 1006 ',
      'open',
      '{}',
      'closed 1006 WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    ]);
  } finally {
    await http.close();
    await served.close();
  }
});

it('a closed door lets go of its connections and of its port', async () => {
  const exchange = createFast();
  const served = await serve({ http: exchange.http, sockets: exchange.sockets, port: 0 });
  const events: SocketEvent[] = [];
  await new Promise<void>((resolve) => {
    createSockets()
      .open(socketRequest(`${endpointsOf(served.port).usdm.ws}/market/ws/btcusdt@kline_1m`))
      .subscribe({
        next: (event) => {
          events.push(event);
          if (event.kind === 'open') void served.close();
        },
        complete: resolve,
      });
  });
  expect(events.at(-1)).toMatchObject({ kind: 'closed', code: 1006 });
  const again = await serve({ http: exchange.http, port: served.port });
  expect(again.port).toBe(served.port);
  await again.close();
});

it('services share an address by the longest prefix, and what is nobody’s is not found', () => {
  const named = (name: string) => ({ handle: () => [{ kind: 'reply', status: 200, headers: {}, body: name }] });
  const at = (path: string): unknown => {
    const http = route([
      { prefix: '/api/', http: named('discord') as never },
      { prefix: '/api/v3/', http: named('spot') as never },
    ]);
    const reply = http.handle({ method: 'GET', path, headers: {}, body: '' }) as unknown as { body: string }[];
    return Array.isArray(reply) ? reply[0]?.body : 'nobody';
  };
  expect([at('/api/webhooks/1'), at('/api/v3/ping'), at('/x')]).toStrictEqual(['discord', 'spot', 'nobody']);
});

describe('the direct door in virtual time', () => {
  const open = (more: Partial<SocketRequest>, atMs = START) => {
    const { clock, exchange } = worldAt(atMs);
    const events: SocketEvent[] = [];
    const subscription = directSockets(exchange.sockets, clock)
      .open(socketRequest('wss://fstream.binance.com/market/ws/btcusdt@kline_1m', more))
      .subscribe((event) => events.push(event));
    return { clock, exchange, events, subscription };
  };

  it('leads the real addresses to the same markets', () => {
    const { clock, exchange } = worldAt(START);
    const heard: string[] = [];
    directSockets(exchange.sockets, clock)
      .open(socketRequest('wss://stream.binance.com:9443/stream?streams=ethusdt@kline_1m'))
      .subscribe((event) => heard.push(say(event)));
    clock.advanceTo(START + 3_000);
    expect(heard.at(-1)).toContain('"stream":"ethusdt@kline_1m"');
  });

  it('drops what keep refuses, and keep sees every frame', () => {
    let seen = 0;
    const { clock, events } = open({ keep: (frame) => frame.includes('"x":true') && ++seen > 0 });
    clock.advanceTo(START + 3 * MINUTE);
    expect(events.filter(({ kind }) => kind === 'frame')).toHaveLength(3);
    expect(seen).toBe(3);
  });

  it('answers pings, and the exchange hears it', () => {
    const { clock, events } = open({ keep: () => false });
    clock.advanceTo(START + 30 * MINUTE);
    expect(events.map(({ kind }) => kind)).toStrictEqual(['open', ...Array.from({ length: 10 }, () => 'ping')]);
  });

  it('holds everything back while paused, pongs too, and gives it on in order', () => {
    const command$ = new Subject<SocketCommand>();
    const { clock, events } = open({ command$ });
    clock.advanceTo(START + 1_000);
    command$.next({ kind: 'pause' });
    const before = events.length;
    clock.advanceTo(START + 2_000);
    expect(events).toHaveLength(before);
    command$.next({ kind: 'resume' });
    expect(events).toHaveLength(before + 4);
  });

  it.each(['unsubscribe', 'terminate'] as const)('leaves by %s, and the exchange forgets the connection', (way) => {
    const command$ = new Subject<SocketCommand>();
    const { clock, exchange, events, subscription } = open({ command$ });
    clock.advanceTo(START + 1_000);
    expect(exchange.log.counters().connectionsOpen).toBe(1);
    if (way === 'unsubscribe') subscription.unsubscribe();
    else command$.next({ kind: 'terminate' });
    expect(exchange.log.counters().connectionsOpen).toBe(0);
    expect(events.some(({ kind }) => kind === 'closed')).toBe(way === 'terminate');
    clock.advanceTo(START + 10 * MINUTE);
    expect(clock.pending()).toBe(0);
  });

  it('lets a request go that is given up, and answers never within the call', () => {
    const clock = createVirtualClock(0);
    let answered = 0;
    const service = worldAt(START).exchange.http;
    const request$ = directHttp(service, clock).request(httpRequest('https://fapi.binance.com/fapi/v1/ping'));
    request$.subscribe(() => answered++);
    request$.subscribe(() => answered++).unsubscribe();
    expect(answered).toBe(0);
    clock.advanceTo(10_000);
    expect(answered).toBe(1);
    expect(clock.pending()).toBe(0);
  });
});
