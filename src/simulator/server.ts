import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { asyncScheduler, Subject, Subscription } from 'rxjs';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { SimulatedHttp, SimulatedReply, SimulatedSocketIn, SimulatedSocketOut, SimulatedSockets } from './door.js';

export interface ServeOptions {
  readonly http: SimulatedHttp;
  /** Without it every upgrade is refused. */
  readonly sockets?: SimulatedSockets;
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: string;
}

export interface Served {
  readonly port: number;
  /** Cuts every connection and resolves when the port is free. */
  close(): Promise<void>;
}

/** A client that lets so much pile up is cut off, as a slow reader is by the real exchange. */
const BACKLOG_BYTES_MAX = 64 * 1024 * 1024;
const BODY_BYTES_MAX = 16 * 1024 * 1024;
const CLIENT_FRAME_BYTES_MAX = 1024 * 1024;
/** USD-M takes a thousand streams in an address; Node's own limit of 16 KiB would refuse them. */
const HEADER_BYTES_MAX = 128 * 1024;

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));

const isText = (contentType = ''): boolean => !contentType.startsWith('multipart/');

/** So often a body that trickles gets a little further. */
const TRICKLE_MS = 50;

const trickle = (response: ServerResponse, body: Buffer, bytesPerSecond: number, end: () => void): Subscription => {
  let sent = 0;
  return asyncScheduler.schedule(function () {
    const upTo = Math.min(body.length, sent + Math.max(1, Math.round((bytesPerSecond * TRICKLE_MS) / 1_000)));
    response.write(body.subarray(sent, upTo));
    sent = upTo;
    if (sent < body.length) this.schedule(undefined, TRICKLE_MS);
    else end();
  }, TRICKLE_MS);
};

/** Writes a reply; what is still being written ends with the subscription. */
const writeReply = (response: ServerResponse, reply: SimulatedReply): Subscription => {
  if (reply.kind === 'reset') response.socket?.resetAndDestroy();
  if (reply.kind !== 'reply') return Subscription.EMPTY;
  const packed = reply.gzip === true;
  const whole = packed ? gzipSync(reply.body) : Buffer.from(reply.body);
  const body = reply.cutAfterBytes === undefined ? whole : whole.subarray(0, reply.cutAfterBytes);
  const isCut = body.length < whole.length;
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(reply.status === 204 ? {} : { 'content-length': String(whole.length) }),
    ...(packed ? { 'content-encoding': 'gzip' } : {}),
  });
  const end = (): void => {
    if (isCut) response.socket?.destroy();
    else response.end();
  };
  if (reply.bytesPerSecond !== undefined) return trickle(response, body, reply.bytesPerSecond, end);
  if (isCut) response.write(body, end);
  else response.end(body);
  return Subscription.EMPTY;
};

/** A simulated service never fails: what comes here is a mistake in it, and must not look like a fault of the network. */
const bug = (error: unknown): void => {
  queueMicrotask(() => {
    throw error;
  });
};

const answer = (http: SimulatedHttp, request: IncomingMessage, response: ServerResponse): void => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const life = new Subscription();
  response.on('close', () => life.unsubscribe());
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) request.destroy();
    else chunks.push(chunk);
  });
  request.on('end', () => {
    const whole = Buffer.concat(chunks);
    const headers = headersOf(request);
    const content = isText(headers['content-type']) ? { body: whole.toString('utf8') } : { body: '', bytes: whole };
    const reply$ = http.handle({ method: request.method ?? 'GET', path: request.url ?? '/', headers, ...content });
    life.add(reply$.subscribe({ next: (reply) => life.add(writeReply(response, reply)), error: bug }));
  });
};

const refuse = (socket: Duplex, status: number, headers: Readonly<Record<string, string>>, body: string): void => {
  const lines = Object.entries({ ...headers, connection: 'close', 'content-length': String(Buffer.byteLength(body)) });
  const head = lines.map(([name, value]) => `${name}: ${value}`).join('\r\n');
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n\r\n${body}`);
};

const CLOSING_FRAME = 0x88;

/** Begins a closing handshake behind the library's back, and never hears its answer. */
const beginClose = (socket: Duplex, code: number, reason: string): void => {
  const text = Buffer.from(reason);
  socket.removeAllListeners('data').on('data', () => undefined);
  socket.write(Buffer.concat([Buffer.from([CLOSING_FRAME, text.length + 2, code >> 8, code & 0xff]), text]));
};

const pass = (webSocket: WebSocket, socket: Duplex, out: SimulatedSocketOut): void => {
  if (out.kind === 'frame') {
    webSocket.send(out.text);
    if (webSocket.bufferedAmount > BACKLOG_BYTES_MAX) webSocket.terminate();
  } else if (out.kind === 'ping') webSocket.ping(out.payload);
  else if (out.kind === 'pong') webSocket.pong();
  else if (out.kind === 'close') webSocket.close(out.code, out.reason);
  else if (out.kind === 'cut') webSocket.terminate();
  else if (out.kind === 'raw') socket.write(out.bytes);
  else if (out.kind === 'closing') beginClose(socket, out.code, out.reason);
};

const upgrade = (
  sockets: SimulatedSockets,
  server: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void => {
  const in$ = new Subject<SimulatedSocketIn>();
  const life = new Subscription();
  let webSocket: WebSocket | null = null;
  // A client that goes away in the middle of a handshake ends what it began.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    in$.complete();
    life.unsubscribe();
  });
  const accept = (): void => {
    server.handleUpgrade(request, socket, head, (accepted) => {
      webSocket = accepted;
      accepted.on('message', (data: Buffer) => in$.next({ kind: 'frame', text: data.toString('utf8') }));
      accepted.on('ping', () => in$.next({ kind: 'ping' }));
      accepted.on('pong', (data) => in$.next({ kind: 'pong', payload: data.toString('utf8') }));
      // The socket closes after an error in the protocol, and that is told by its 'close'.
      accepted.on('error', () => accepted.terminate());
    });
  };
  life.add(
    sockets.connect(request.url ?? '/', in$).subscribe({
      next: (out) => {
        if (out.kind === 'refuse') refuse(socket, out.status, out.headers, out.body);
        else if (out.kind === 'open') accept();
        else if (webSocket?.readyState === 1) pass(webSocket, socket, out);
      },
      error: bug,
    }),
  );
};

/** Listens; resolves with the port. Rejects with Node's own error when the port is taken. */
const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

/** The real door: simulated services on a port of the loopback, HTTP and WebSocket side by side. */
export const serve = async ({ http, sockets, port, host = '127.0.0.1' }: ServeOptions): Promise<Served> => {
  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX, keepAliveTimeout: 60_000 }, (request, response) => {
    answer(http, request, response);
  });
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => open.delete(socket));
  });
  const webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    autoPong: false,
    maxPayload: CLIENT_FRAME_BYTES_MAX,
  });
  server.on('upgrade', (request, socket, head) => {
    if (sockets === undefined) refuse(socket, 404, {}, '');
    else upgrade(sockets, webSockets, request, socket, head);
  });
  const taken = await listen(server, port, host);
  return {
    port: taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
};
