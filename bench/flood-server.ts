import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { Slice } from './frames.js';
import { BAR_MS, closedSliceOf, sliceOf, symbolOf } from './frames.js';

/*
 * The far side of the bench, in a process of its own: an exchange that answers the few REST questions of a start and floods one
 * connection at a time with prebuilt frames. It is told by messages of the parent what to do next; the end of a slice is a ping,
 * whose pong says that everything before it was taken.
 */

export interface Order {
  readonly kind: 'flood';
  /** Index of the connection in the order of connecting. */
  readonly connection: number;
  readonly openTimeMs: number;
  /** Its closed frames alone. */
  readonly onlyClosed: boolean;
}

export type Told =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'connected'; readonly connection: number; readonly path: string }
  | { readonly kind: 'taken'; readonly frames: number; readonly closed: number };

const symbols = Number(process.argv[2] ?? 300);
const nowMs = Number(process.argv[3] ?? 0);
const tell = (told: Told): void => void process.send?.(told);

const json = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json', 'x-mbx-used-weight-1m': '1' });
  response.end(JSON.stringify(body));
};

const names = Array.from({ length: symbols }, (_, index) => symbolOf(index));
const exchangeInfo = {
  timezone: 'UTC',
  serverTime: nowMs,
  rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 10_000_000 }],
  symbols: names.map((symbol) => ({
    symbol,
    pair: symbol,
    contractType: 'PERPETUAL',
    deliveryDate: 4133404800000,
    onboardDate: 1569398400000,
    status: 'TRADING',
    baseAsset: symbol.slice(0, -4),
    quoteAsset: 'USDT',
    marginAsset: 'USDT',
    underlyingType: 'COIN',
    filters: [],
  })),
};
const tickers = names.map((symbol) => ({
  symbol,
  lastPrice: '83050.60',
  quoteVolume: '14378633588.65',
  openTime: nowMs - 86_400_000,
  closeTime: nowMs,
  count: 3540550,
}));

const klines = (query: URLSearchParams): unknown[] => {
  const limit = Number(query.get('limit') ?? 500);
  const last = Math.min(Math.floor(nowMs / BAR_MS) * BAR_MS, Number(query.get('endTime') ?? Infinity));
  const start = Number(query.get('startTime') ?? last - (limit - 1) * BAR_MS);
  const end = Math.min(last, start + (limit - 1) * BAR_MS);
  const rows: unknown[] = [];
  for (let time = Math.ceil(start / BAR_MS) * BAR_MS; time <= end; time += BAR_MS) {
    const wave = ((time / BAR_MS) % 7) / 10;
    rows.push([
      time,
      '83084.90',
      '83091.70',
      '83001.20',
      `8305${(wave * 10).toFixed(0)}.60`,
      `13.${10 + Math.round(wave * 70)}`,
      time + BAR_MS - 1,
      '1125714.73',
      1027,
      '6.426',
      '533856.66',
      '0',
    ]);
  }
  return rows;
};

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname.endsWith('/time')) json(response, { serverTime: nowMs });
  else if (url.pathname.endsWith('/exchangeInfo')) json(response, exchangeInfo);
  else if (url.pathname.endsWith('/ticker/24hr')) json(response, tickers);
  else if (url.pathname.endsWith('/klines')) json(response, klines(url.searchParams));
  else json(response, {});
});

/** Connections with what each has subscribed to; one that has subscribed to nothing is told everything. */
const connections: { readonly socket: WebSocket; readonly subscribed: string[] }[] = [];
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket, request) => {
  const subscribed: string[] = [];
  const connection = connections.push({ socket, subscribed }) - 1;
  socket.on('message', (data: Buffer) => {
    const asked = JSON.parse(data.toString()) as { method: string; id: number; params?: readonly string[] };
    if (asked.method === 'SUBSCRIBE')
      subscribed.push(...(asked.params ?? []).map((name) => (name.split('@')[0] ?? '').toUpperCase()));
    socket.send(JSON.stringify({ result: null, id: asked.id }));
  });
  tell({ kind: 'connected', connection, path: request.url ?? '' });
});

let current: { readonly key: string; readonly slice: Slice } | null = null;
process.on('message', (order: Order) => {
  const connection = connections[order.connection];
  if (connection === undefined) return;
  const { socket, subscribed } = connection;
  const key = `${order.openTimeMs}/${order.onlyClosed}/${subscribed.length === 0 ? '' : order.connection}`;
  if (current?.key !== key)
    current = {
      key,
      slice: (order.onlyClosed ? closedSliceOf : sliceOf)(subscribed.length === 0 ? names : subscribed, order.openTimeMs),
    };
  const { wire, frames, closed } = current.slice;
  socket.once('pong', () => tell({ kind: 'taken', frames, closed }));
  // Past the library: its own framing would be one small write per frame.
  (socket as unknown as { readonly _socket: Socket })._socket.write(wire);
  socket.ping();
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => tell({ kind: 'listening', port: (server.address() as AddressInfo).port }));
