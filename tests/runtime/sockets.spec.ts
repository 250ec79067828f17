import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { Subject, lastValueFrom, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { SocketCommand, SocketEvent, SocketRequest } from '../../src/ports/socket.js';
import { createSockets } from '../../src/runtime/sockets.js';
import type { Certificate } from '../support/certificate.js';
import { makeCertificate } from '../support/certificate.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A WebSocket server on loopback and a way to connect to it. */
const world = async (
  onConnection: (client: WebSocket) => void = () => undefined,
  onUpgrade?: (socket: Socket) => void,
  tls?: Certificate,
) => {
  const server = tls === undefined ? createServer() : createSecureServer(tls);
  const wss = new WebSocketServer({ noServer: true });
  server.on('upgrade', (message, socket, head) => {
    if (onUpgrade !== undefined) onUpgrade(socket as Socket);
    else wss.handleUpgrade(message, socket, head, onConnection);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const raw = new Set<Socket>();
  server.on('connection', (socket) => raw.add(socket));
  cleanups.push(() => {
    for (const client of wss.clients) client.terminate();
    for (const socket of raw) socket.destroy();
    server.close();
  });
  const url = `${tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${(server.address() as AddressInfo).port}/stream`;
  const command$ = new Subject<SocketCommand>();
  const open = (more: Partial<SocketRequest> = {}) =>
    createSockets().open({ url, handshakeMs: 2_000, frameBytesMax: 1_000, command$, ...more });
  const all = (more?: Partial<SocketRequest>): Promise<SocketEvent[]> =>
    lastValueFrom(open(more).pipe(toArray()), { defaultValue: [] });
  return { server, wss, open, all, command$ };
};
const told = (events: readonly SocketEvent[]) =>
  events.map((event) => (event.kind === 'frame' ? event.data.toString() : event.kind));

describe('the socket adapter', () => {
  it('tells what happens, in order, and completes when the other side closes', async () => {
    const { all } = await world((client) => {
      client.send('{"a":1}');
      client.ping('1782');
      client.on('pong', (payload: Buffer) => {
        client.send(`pong ${payload.toString()}`);
        client.close(1008, 'Too many requests');
      });
    });
    const events = await all();
    expect(told(events)).toEqual(['open', '{"a":1}', 'ping', 'pong 1782', 'closed']);
    expect(events.at(-1)).toEqual({ kind: 'closed', code: 1008, reason: 'Too many requests' });
  });

  it('sends, pings and terminates as told', async () => {
    const { open, command$ } = await world((client) =>
      client.on('message', (data: Buffer) => client.send(`echo ${data.toString()}`)),
    );
    const events: SocketEvent[] = [];
    const over = new Promise<void>((resolve) => {
      open().subscribe({
        next: (event) => {
          events.push(event);
          if (event.kind === 'open') command$.next({ kind: 'ping' });
          if (event.kind === 'pong') command$.next({ kind: 'send', text: '币安' });
          if (event.kind === 'frame') command$.next({ kind: 'terminate' });
        },
        complete: resolve,
      });
      // Sent before the connection is there: nobody could hear it.
      command$.next({ kind: 'send', text: 'too early' });
    });
    await over;
    expect(told(events)).toEqual(['open', 'pong', 'echo 币安', 'closed']);
    expect(events.at(-1)).toMatchObject({ code: 1006 });
  });

  it('drops a frame that is not kept before anything is made of it', async () => {
    const seen: string[] = [];
    const { all } = await world((client) => {
      for (const text of ['a', 'b', 'c']) client.send(text);
      client.close(1000);
    });
    const keep = (frame: Buffer): boolean => {
      seen.push(frame.toString());
      return frame.toString() !== 'b';
    };
    expect(told(await all({ keep }))).toEqual(['open', 'a', 'c', 'closed']);
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('asks about every message once and in order, in one frame, in many, long or binary', async () => {
    const long = 'l'.repeat(5_000);
    const { all } = await world((client) => {
      client.send('a');
      client.send('b', { fin: false });
      client.send('c', { fin: true });
      client.send(long);
      client.send('d');
      client.send(Buffer.from('e'));
      client.send('f');
      client.close(1000);
    });
    const asked: string[] = [];
    const keep = (frame: Buffer): boolean => !'ace'.includes(frame.toString()) && asked.push(frame.toString()) > 0;
    expect(told(await all({ keep, frameBytesMax: 10_000 }))).toEqual(['open', 'bc', long, 'd', 'f', 'closed']);
    expect(asked).toEqual(['bc', long, 'd', 'f']);
  });

  it('misses nothing that comes with the answer to the upgrade, and cuts nothing that ends in the middle', async () => {
    const accept = (key: string): string =>
      createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    const { all, server } = await world(undefined, () => undefined);
    server.removeAllListeners('upgrade');
    server.on('upgrade', ({ headers }, socket) => {
      const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(headers['sec-websocket-key'] ?? '')}\r\n\r\n`;
      socket.end(Buffer.from(`${head}\x81\x01a\x81\x01b\x81\x01c\x81\x05un`, 'latin1'));
    });
    expect(await all({ keep: (frame) => frame.toString() !== 'b' })).toMatchObject([
      { kind: 'open' },
      { kind: 'frame', data: Buffer.from('a') },
      { kind: 'frame', data: Buffer.from('c') },
      { kind: 'closed', code: 1006 },
    ]);
  });

  it('reads a secured connection in the same way', async () => {
    const tls = makeCertificate('localhost');
    if (tls === null) return;
    const texts = Array.from({ length: 2_000 }, (_, i) => `${i} ${'x'.repeat(i % 300)}`);
    const isWanted = (text: string): boolean => text.split(' ')[0]?.endsWith('7') === true;
    const { all } = await world(
      (client) => {
        for (const text of texts) client.send(text);
        client.close(1000);
      },
      undefined,
      tls,
    );
    // The certificate is nobody's; that this is refused otherwise is shown under F29.
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    cleanups.push(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
    const events = await all({ keep: (frame) => isWanted(frame.toString()) });
    expect(told(events)).toEqual(['open', ...texts.filter(isWanted), 'closed']);
  });

  it('answers a close in one piece, though the other side ends with it', async () => {
    const tls = makeCertificate('localhost');
    if (tls === null) return;
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    cleanups.push(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
    const answer$ = new Subject<Buffer>();
    const answered = lastValueFrom(answer$.pipe(toArray()), { defaultValue: [] });
    const { all } = await world(
      (client) => {
        const raw = (client as unknown as { _socket: Socket })._socket;
        raw.removeAllListeners('data');
        raw.on('data', (bytes) => answer$.next(bytes));
        raw.on('end', () => answer$.complete());
        // A close frame with code 1000, and the end of the connection, at once.
        raw.end(Buffer.from([0x88, 0x02, 0x03, 0xe8]));
      },
      undefined,
      tls,
    );
    expect((await all({ keep: () => true })).at(-1)).toEqual({ kind: 'closed', code: 1000, reason: '' });
    // Header, mask and code.
    expect(Buffer.concat(await answered)).toHaveLength(8);
  });

  it.each([
    ['without a filter', false],
    ['with one', true],
  ])('reads nothing while it is paused, %s', async (_how, isFiltered) => {
    const asked: string[] = [];
    const keep = (frame: Buffer): boolean => asked.push(frame.toString()) > 0;
    const sent$ = new Subject<void>();
    const { open, command$ } = await world((client) => {
      client.on('message', () => client.send('held back', () => sent$.complete()));
    });
    const flushed = lastValueFrom(sent$, { defaultValue: undefined });
    const events: SocketEvent[] = [];
    const arrived = new Promise<void>((resolve) => {
      open(isFiltered ? { keep } : {}).subscribe((event) => {
        events.push(event);
        if (event.kind === 'frame') resolve();
        if (event.kind !== 'open') return;
        command$.next({ kind: 'send', text: 'go' });
        command$.next({ kind: 'pause' });
      });
    });
    await flushed;
    // It has left the other side; two turns of the loop would be enough to read it.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect({ told: told(events), asked }).toEqual({ told: ['open'], asked: [] });
    command$.next({ kind: 'resume' });
    await arrived;
    expect(told(events)).toEqual(['open', 'held back']);
  });

  it('asks nobody about what comes after it was terminated', async () => {
    const { open, command$ } = await world((client) => {
      for (let i = 0; i < 100; i++) client.send(String(i));
    });
    const asked: string[] = [];
    const events: SocketEvent[] = [];
    await new Promise<void>((resolve) => {
      open({ keep: (frame) => asked.push(frame.toString()) > 0 }).subscribe({
        next: (event) => {
          events.push(event);
          if (event.kind === 'frame' && event.data.toString() === '2') command$.next({ kind: 'terminate' });
        },
        complete: resolve,
      });
    });
    expect({ told: told(events), asked }).toEqual({ told: ['open', '0', '1', '2', 'closed'], asked: ['0', '1', '2'] });
  });

  it('keeps the order, and asks once, when more comes than is read at a time', async () => {
    const texts = Array.from({ length: 3_000 }, (_, i) => `${i} ${'x'.repeat(i % 10 === 0 ? 20_000 : 50)}`);
    const isWanted = (text: string): boolean => Number(text.split(' ')[0]) % 5 === 0;
    const { all } = await world((client) => {
      for (const text of texts) client.send(text);
      client.close(1000);
    });
    const asked: string[] = [];
    const keep = (frame: Buffer): boolean => {
      asked.push(frame.toString());
      return isWanted(frame.toString());
    };
    const events = await all({ keep, frameBytesMax: 100_000 });
    expect(told(events)).toEqual(['open', ...texts.filter(isWanted), 'closed']);
    expect(asked.sort()).toEqual(texts.sort());
    expect(events.at(-1)).toMatchObject({ code: 1000 });
  });

  it.each([
    [451, 'HTTP/1.1 451 Unavailable\r\nContent-Length: 0\r\n\r\n'],
    [429, 'HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n'],
    [302, 'HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'],
  ])('tells an upgrade that was answered with %d and follows nothing', async (status, answer) => {
    const { all } = await world(undefined, (socket) => socket.end(answer));
    const events = await all();
    expect(events).toMatchObject([{ kind: 'refused', status }]);
    if (status === 429) expect(events).toMatchObject([{ headers: { 'retry-after': '7' } }]);
  });

  it('gives up a handshake that is never answered', async () => {
    const { all } = await world(undefined, () => undefined);
    expect(await all({ handshakeMs: 50 })).toEqual([{ kind: 'closed', code: 1006, reason: 'handshake timed out' }]);
  });

  it('tells a connection that could not be made, without its address', async () => {
    const { all, server } = await world();
    server.close();
    await once(server, 'close');
    expect(await all()).toEqual([{ kind: 'closed', code: 1006, reason: 'ECONNREFUSED' }]);
  });

  it('closes on a frame that is too large, on broken frames, and on a cut', async () => {
    const large = await world((client) => client.send('x'.repeat(1_001)));
    expect((await large.all()).at(-1)).toEqual({ kind: 'closed', code: 1006, reason: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' });
    const broken = await world((client) => (client as unknown as { _socket: Socket })._socket.write(Buffer.from([0xff, 0xff])));
    expect((await broken.all()).at(-1)).toMatchObject({ kind: 'closed', code: 1006 });
    const cut = await world((client) => client.terminate());
    expect((await cut.all()).at(-1)).toEqual({ kind: 'closed', code: 1006, reason: '' });
  });

  it('leaves it to the reader what bytes are no text', async () => {
    const { all } = await world((client) => {
      client.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
      client.close(1000);
    });
    expect(told(await all())).toEqual(['open', '"\ufffd"', 'closed']);
  });

  it('terminates when it is unsubscribed, connected or connecting', async () => {
    const { open, wss } = await world();
    const leave = await new Promise<() => void>((resolve) => {
      const subscription = open().subscribe(() => resolve(() => subscription.unsubscribe()));
    });
    const [client] = wss.clients;
    const gone = once(client as WebSocket, 'close');
    leave();
    expect((await gone)[0]).toBe(1006);
    // Leaving in the middle of the handshake must neither throw nor end the process.
    open().subscribe().unsubscribe();
    await new Promise((resolve) => setImmediate(resolve));
  });
});
