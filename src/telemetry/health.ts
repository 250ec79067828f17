import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import { Observable } from 'rxjs';
import type { HealthState, Judgement } from './health-state.js';
import { judgeHealth, judgeReadiness } from './health-state.js';
import type { Redact } from './redact.js';

export interface HealthOptions {
  /** The address to listen on: loopback, unless `allowRemote`. */
  readonly host: string;
  /** 0 takes any free port; the address emitted says which. */
  readonly port: number;
  /** Listening beyond loopback shows symbols and faults to the network, so it must be asked for. */
  readonly allowRemote?: boolean;
  /** Further names a request may call us by, such as a container's. */
  readonly names?: readonly string[];
  readonly snapshot: () => HealthState;
  /** Every answer passes it: a note of a store or source may hold what must not be shown. */
  readonly redact: Redact;
}

export interface HealthAddress {
  readonly host: string;
  readonly port: number;
  /** Without a path: `http://127.0.0.1:9464`. */
  readonly url: string;
}

/** The endpoint cannot listen. `detail` says why and what would help. */
export class HealthError extends Error {
  override readonly name = 'HealthError';
  constructor(readonly detail: string) {
    super(detail);
  }
}

const HEADER_BYTES_MAX = 8_192;
const REQUEST_MS_MAX = 2_000;
const CONNECTIONS_MAX = 64;

const QUESTIONS: Readonly<Record<string, (state: HealthState) => Judgement>> = {
  '/healthz': judgeHealth,
  '/readyz': judgeReadiness,
};

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** The host of a `Host` header in lower case, without port and brackets; `null` when it is none. */
const hostOf = (header: string | undefined): string | null => {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/i.exec(header ?? '');
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
};

const withoutMapping = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/i, '');

/**
 * A page on some site can make its own name point to this machine and then read from us as if it were ours (DNS rebinding);
 * only the name it calls us by gives it away, since a rebound GET carries no Origin (reliability.md §1.6).
 */
const isOurs = (request: IncomingMessage, names: ReadonlySet<string>): boolean => {
  const host = hostOf(request.headers.host);
  return host !== null && (names.has(host) || host === withoutMapping(request.socket.localAddress));
};

type Answer = readonly [status: number, body: object, headers?: Readonly<Record<string, string>>];

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;

const answer = (request: IncomingMessage, names: ReadonlySet<string>, snapshot: () => HealthState): Answer => {
  if (!isOurs(request, names)) return [403, { error: 'this name is not one of ours' }];
  if (request.method !== 'GET' && request.method !== 'HEAD') return [405, { error: 'GET and HEAD only' }, { allow: 'GET, HEAD' }];
  if (hasBody(request)) return [413, { error: 'a question has no body' }];
  const judge = QUESTIONS[(request.url ?? '').split('?', 1)[0] ?? ''];
  if (judge === undefined) return [404, { error: `ask ${Object.keys(QUESTIONS).join(' or ')}` }];
  const state = snapshot();
  const { ok, reasons } = judge(state);
  return [ok ? 200 : 503, { ok, reasons, ...state }];
};

const respond = (request: IncomingMessage, response: ServerResponse, [status, body, headers]: Answer, redact: Redact): void => {
  const text = redact(`${JSON.stringify(body, null, 2)}\n`);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    // A body that was refused is never read, so the connection cannot be used again.
    ...(status === 413 || status === 405 ? { connection: 'close' } : {}),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : text);
};

const createHealthServer = ({ host, names = [], snapshot, redact }: HealthOptions): Server => {
  const known = new Set(['localhost', '127.0.0.1', '::1', host, ...names].map((name) => name.toLowerCase()));
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: REQUEST_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      keepAliveTimeout: REQUEST_MS_MAX,
      connectionsCheckingInterval: 500,
    },
    (request, response) => {
      try {
        respond(request, response, answer(request, known, snapshot), redact);
      } catch (error) {
        // A snapshot that fails is a bug, and the answer to "are you well" is then no.
        respond(request, response, [503, { ok: false, reasons: [`the state cannot be read: ${String(error)}`] }], redact);
      }
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  return server;
};

const addressOf = (server: Server, host: string): HealthAddress => {
  const { port } = server.address() as AddressInfo;
  return { host, port, url: `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}` };
};

/**
 * A small read-only HTTP endpoint for Docker, for supervisors and for people: `/healthz` answers 200 while the monitor is
 * alive and not stuck, `/readyz` while it is also connected and warm, both else 503, with the whole state as JSON.
 *
 * Cold: subscribing listens and emits the address, unsubscribing closes it together with its connections. It errors with a
 * `HealthError` when it may not or cannot listen, and never completes.
 */
export const health = (options: HealthOptions): Observable<HealthAddress> =>
  new Observable((subscriber) => {
    const { host, port, allowRemote = false } = options;
    if (!allowRemote && !isLoopback(host)) {
      subscriber.error(new HealthError(`${host} is reachable from outside; use 127.0.0.1, or allow it explicitly`));
      return undefined;
    }
    const server = createHealthServer(options);
    server.on('error', ({ message, code }: NodeJS.ErrnoException) =>
      subscriber.error(
        new HealthError(
          `cannot listen on ${host}:${port}: ${code === 'EADDRINUSE' ? 'the port is in use, perhaps by another instance' : message}`,
        ),
      ),
    );
    server.listen(port, host, () => subscriber.next(addressOf(server, host)));
    return () => {
      server.close();
      server.closeAllConnections();
    };
  });
