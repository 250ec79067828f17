import { asyncScheduler, firstValueFrom, lastValueFrom, NEVER, tap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Http, HttpRequest } from '../../src/ports/http.js';
import { HttpError } from '../../src/ports/http.js';
import type { SocketEvent, Sockets } from '../../src/ports/socket.js';
import { createHttp } from '../../src/runtime/http.js';
import { createMarketClock } from '../../src/runtime/market-clock.js';
import { createSockets } from '../../src/runtime/sockets.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { directHttp, directSockets } from '../../src/simulator/direct.js';
import type { SimulatedReply } from '../../src/simulator/door.js';
import { endpointsOf } from '../../src/simulator/endpoints.js';
import type { Exchange } from '../../src/simulator/exchange.js';
import { createExchange } from '../../src/simulator/exchange.js';
import type { BrokenFrame } from '../../src/simulator/exchange/broken.js';
import { BROKEN_FRAMES } from '../../src/simulator/exchange/broken.js';
import type { Served } from '../../src/simulator/server.js';
import { serve } from '../../src/simulator/server.js';
import { MINUTE, recorded, T0, worldAt } from './world.js';

/* What is broken on purpose is heard alike through both doors: the real one, and the one without a socket. */

const createWorld = (): Exchange => {
  const clock = createMarketClock();
  clock.follow(T0 + 100 * MINUTE);
  return createExchange({ clock, wireTime: asyncScheduler, recordings: { usdm: [recorded('BTCUSDT')] } });
};
interface Door {
  readonly exchange: Exchange;
  readonly http: Http;
  readonly sockets: Sockets;
}
let served: Served;
let real: Door;
let direct: Door;
const http = createHttp();
beforeAll(async () => {
  const exchange = createWorld();
  served = await serve({ http: exchange.http, sockets: exchange.sockets, port: 0 });
  real = { exchange, http, sockets: createSockets() };
  const other = createWorld();
  direct = {
    exchange: other,
    http: directHttp(other.http, asyncScheduler),
    sockets: directSockets(other.sockets, asyncScheduler),
  };
});
afterAll(async () => {
  await http.close();
  await served.close();
});
const doors = (): readonly Door[] => [real, direct];

/** Connects, strikes as soon as the connection is open, and gives all that is heard until the end, which the client makes after `frames`. */
const hear = (
  { exchange, sockets }: Door,
  strike: (exchange: Exchange) => void,
  endOn?: 'frame',
): Promise<readonly SocketEvent[]> =>
  new Promise((resolve) => {
    const events: SocketEvent[] = [];
    const subscription = sockets
      .open({
        url: `${endpointsOf(served.port).usdm.ws}/market/ws`,
        handshakeMs: 5_000,
        frameBytesMax: 1_000_000,
        command$: NEVER,
      })
      .subscribe({
        next: (event) => {
          events.push(event);
          if (event.kind === 'open') asyncScheduler.schedule(() => strike(exchange));
          if (event.kind !== endOn) return;
          asyncScheduler.schedule(() => subscription.unsubscribe());
          resolve(events);
        },
        complete: () => resolve(events),
      });
  });

describe('broken frames', () => {
  it.each(Object.keys(BROKEN_FRAMES) as BrokenFrame[])('F9, F10: %s', async (name) => {
    const strike = ({ faults }: Exchange): void => void faults.brokenFrame(name);
    const [heardReal, heardDirect] = await Promise.all(doors().map((door) => hear(door, strike, 'frame')));
    expect(heardDirect).toStrictEqual(heardReal);
    expect(heardReal!.map(({ kind }) => kind)).toStrictEqual(['open', name === 'utf8' ? 'frame' : 'closed']);
    if (name !== 'utf8')
      expect(heardReal!.at(-1)).toMatchObject({ code: 1006, reason: expect.stringMatching(/^WS_ERR_/) as string });
    expect(real.exchange.log.counters().faults['brokenFrame']).toBeGreaterThan(0);
  });

  it('F10: a text larger than the client takes', async () => {
    const strike = ({ faults }: Exchange): void => void faults.hugeFrame(1_000_001);
    const [heardReal, heardDirect] = await Promise.all(doors().map((door) => hear(door, strike, 'frame')));
    expect(heardDirect).toStrictEqual(heardReal);
    expect(heardReal!.at(-1)).toStrictEqual({ kind: 'closed', code: 1006, reason: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' });
  });
});

describe('a closing handshake that is never finished', () => {
  it('leaves the client waiting; on the real door nothing ends it but the client itself', async () => {
    const { exchange, sockets } = real;
    const events: SocketEvent[] = [];
    const subscription = sockets
      .open({ url: `${endpointsOf(served.port).usdm.ws}/market/ws`, handshakeMs: 5_000, frameBytesMax: 1_000, command$: NEVER })
      .pipe(tap((event) => events.push(event)))
      .subscribe({ error: (error: unknown) => expect.fail(String(error)) });
    while (exchange.log.counters().connectionsOpen === 0 || events.length === 0)
      await new Promise((resolve) => setImmediate(resolve));
    exchange.faults.beginCloseOfAllSockets(1001, 'away');
    exchange.faults.garbageFrames('after the end');
    // A round trip over another connection: by then the frame has been heard, if it ever is.
    await firstValueFrom(http.request(request(`${endpointsOf(served.port).usdm.rest}/fapi/v1/ping`)), { defaultValue: null });
    expect(events).toStrictEqual([{ kind: 'open' }]);
    subscription.unsubscribe();
    while (exchange.log.counters().connectionsOpen > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('ends after the time that the client’s library gives it', () => {
    const { clock, exchange } = worldAt(T0 + 100 * MINUTE);
    const heard: (readonly [string, number])[] = [];
    directSockets(exchange.sockets, clock)
      .open({
        url: 'wss://fstream.binance.com/market/ws/btcusdt@kline_1m',
        handshakeMs: 5_000,
        frameBytesMax: 1e6,
        command$: NEVER,
      })
      .subscribe((event) => heard.push([event.kind, clock.now() - T0 - 100 * MINUTE]));
    clock.advanceTo(clock.now() + 100);
    exchange.faults.beginCloseOfAllSockets(1001, 'away');
    clock.advanceTo(clock.now() + MINUTE);
    expect(heard).toStrictEqual([
      ['open', 0],
      ['closed', 30_100],
    ]);
  });
});

const request = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  deadlineMs: 5_000,
  bodyBytesMax: 100_000,
  ...more,
});

describe('answers', () => {
  const reply = (more: Partial<Extract<SimulatedReply, { kind: 'reply' }>>): SimulatedReply => ({
    kind: 'reply', status: 200, headers: { 'content-type': 'application/json' }, body: '{"a":1}', ...more,
  }); // prettier-ignore
  const ask = async (
    { exchange, http: port }: Door,
    fault: SimulatedReply,
    more: Partial<HttpRequest> = {},
  ): Promise<unknown> => {
    exchange.faults.rest({ reply: fault, times: 1 });
    const url = `${endpointsOf(served.port).usdm.rest}/fapi/v1/ping`;
    try {
      const answer = await lastValueFrom(port.request(request(url, more)), { defaultValue: null });
      return [answer?.status, answer?.body];
    } catch (error) {
      return error instanceof HttpError ? `${error.sent} ${error.code}` : error;
    }
  };

  it.each([
    ['F36: a body that trickles ends at the deadline', reply({ bytesPerSecond: 1 }), { deadlineMs: 200 }, 'maybe deadline'],
    ['a body that trickles fast enough is whole', reply({ bytesPerSecond: 1_000 }), {}, [200, '{"a":1}']],
    ['a body that is cut off', reply({ cutAfterBytes: 3 }), {}, 'maybe reset'],
    ['F37: a packed bomb', reply({ body: ' '.repeat(5_000_000), gzip: true }), {}, 'maybe too-large'],
    ['a packed answer', reply({ gzip: true }), {}, [200, '{"a":1}']],
    ['F37: a wrong content type', reply({ headers: { 'content-type': 'text/html' }, body: '<html>' }), {}, [200, '<html>']],
    ['a redirect', reply({ status: 302, headers: { location: 'http://127.0.0.1:1/' } }), {}, 'maybe redirect'],
  ] as const)('%s', async (_, fault, more, outcome) => {
    for (const door of doors()) expect(await ask(door, fault, more)).toStrictEqual(outcome);
  });
});

it('F36: in virtual time a body trickles as slowly', () => {
  const clock = createVirtualClock(T0);
  const { exchange } = worldAt(T0);
  exchange.faults.rest({ reply: { kind: 'reply', status: 200, headers: {}, body: 'x'.repeat(100), bytesPerSecond: 10 } });
  const heard: unknown[] = [];
  directHttp(exchange.http, clock)
    .request(request('https://fapi.binance.com/fapi/v1/ping', { deadlineMs: 20_000 }))
    .subscribe(({ body }) => heard.push([body.length, clock.now() - T0]));
  clock.advanceTo(T0 + 30_000);
  expect(heard).toStrictEqual([[100, 10_000]]);
});
