import { createGunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { Agent } from 'undici';
import type { Subscriber } from 'rxjs';
import { Observable } from 'rxjs';
import type { Http, HttpRequest, HttpResponse } from '../ports/http.js';
import { HttpError } from '../ports/http.js';
import type { Lookup } from './admission.js';
import { admittedConnector, FORBIDDEN, namesOf } from './admission.js';

const CONNECT_MS_MAX = 5_000;
const HEADERS_MS_MAX = 10_000;
const BODY_MS_MAX = 10_000;
const KEEP_ALIVE_MS = 4_000;
/** One address is asked by at most this many connections at once; the weight of requests is somebody else's care. */
const CONNECTIONS_PER_HOST_MAX = 16;

/** Our words for what the platform says: its own texts hold addresses, which must not reach a log. */
const CAUSES: Readonly<Record<string, readonly [code: string, detail: string]>> = {
  ECONNREFUSED: ['refused', 'connection refused'],
  ENOTFOUND: ['dns', 'name not found'],
  EAI_AGAIN: ['dns', 'name service out of reach'],
  EHOSTUNREACH: ['unreachable', 'host unreachable'],
  ENETUNREACH: ['unreachable', 'network unreachable'],
  ETIMEDOUT: ['timeout', 'timed out'],
  UND_ERR_CONNECT_TIMEOUT: ['timeout', `no connection within ${CONNECT_MS_MAX} ms`],
  UND_ERR_HEADERS_TIMEOUT: ['timeout', `no answer within ${HEADERS_MS_MAX} ms`],
  UND_ERR_BODY_TIMEOUT: ['timeout', `answer stopped for ${BODY_MS_MAX} ms`],
  UND_ERR_SOCKET: ['reset', 'connection closed before the answer was complete'],
  ECONNRESET: ['reset', 'connection reset'],
  EPIPE: ['reset', 'connection closed while sending'],
  [FORBIDDEN]: ['forbidden', 'the host leads to no address that may be reached'],
};

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

const toHttpError = (error: unknown, sent: 'no' | 'maybe'): HttpError => {
  const code = codeOf(error);
  const known = CAUSES[code];
  if (known !== undefined) return new HttpError(sent, known[0], known[1]);
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_)/.test(code))
    return new HttpError(sent, 'tls', `TLS refused (${code})`);
  return new HttpError(sent, 'failed', code === '' ? 'request failed' : `request failed (${code})`);
};

const flatten = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> => {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
};

/** One request on its way: everything that can end it goes through `fail` or `done`, and only the first counts. */
const exchange = (agent: Agent, request: HttpRequest, subscriber: Subscriber<HttpResponse>): (() => void) => {
  let sent: 'no' | 'maybe' = 'no';
  let controller: Dispatcher.DispatchController | null = null;
  let over = false;
  let status = 0;
  let headers: Record<string, string> = {};
  let gunzip: ReturnType<typeof createGunzip> | null = null;
  let wireBytes = 0;
  let bodyBytes = 0;
  const chunks: Buffer[] = [];

  const end = (): boolean => {
    if (over) return false;
    over = true;
    clearTimeout(deadline);
    return true;
  };
  const drop = (): void => {
    gunzip?.destroy();
    controller?.abort(new Error('given up'));
  };
  const fail = (error: HttpError): void => {
    if (!end()) return;
    drop();
    subscriber.error(error);
  };
  const done = (): void => {
    if (!end()) return;
    subscriber.next({ status, headers, body: Buffer.concat(chunks).toString('utf8') });
    subscriber.complete();
  };
  const startedAtMs = performance.now();
  const late = (): void => fail(new HttpError(sent, 'deadline', `no complete answer within ${request.deadlineMs} ms`));
  const deadline = setTimeout(late, request.deadlineMs);

  const tooLarge = (): void => fail(new HttpError('maybe', 'too-large', `answer is larger than ${request.bodyBytesMax} bytes`));
  const take = (chunk: Buffer): void => {
    bodyBytes += chunk.length;
    if (bodyBytes > request.bodyBytesMax) tooLarge();
    else chunks.push(chunk);
  };
  const unpack = (): void => {
    gunzip = createGunzip();
    gunzip.on('data', take);
    gunzip.on('end', done);
    gunzip.on('error', () => fail(new HttpError('maybe', 'encoding', 'answer is not the gzip it claims to be')));
  };

  const start = (answered: number, answeredHeaders: Record<string, string>): void => {
    status = answered;
    headers = answeredHeaders;
    const encoding = headers['content-encoding'] ?? 'identity';
    if (status >= 300 && status < 400)
      fail(new HttpError('maybe', 'redirect', `answered ${status}, a redirect, which is not followed`));
    else if (encoding === 'gzip' || encoding === 'x-gzip') unpack();
    else if (encoding !== 'identity')
      fail(new HttpError('maybe', 'encoding', 'answer is packed in a way that was not asked for'));
    else if (Number(headers['content-length'] ?? 0) > request.bodyBytesMax) tooLarge();
  };

  const url = new URL(request.url);
  try {
    agent.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        headers: { 'accept-encoding': 'gzip', ...request.headers },
        body: request.body ?? null,
        headersTimeout: HEADERS_MS_MAX,
        bodyTimeout: BODY_MS_MAX,
      },
      {
        // Called when a connection is there and the first byte is about to be written.
        onRequestStart: (started) => {
          controller = started;
          if (over) drop();
          // A process that was stopped meanwhile comes here before it finds its timer run out.
          else if (performance.now() - startedAtMs >= request.deadlineMs) late();
          else sent = 'maybe';
        },
        onResponseStart: (_, answered, answeredHeaders) => {
          if (!over && answered >= 200) start(answered, flatten(answeredHeaders));
        },
        onResponseData: (_, chunk) => {
          if (over) return;
          wireBytes += chunk.length;
          if (wireBytes > request.bodyBytesMax) tooLarge();
          else if (gunzip === null) take(chunk);
          else gunzip.write(chunk);
        },
        onResponseEnd: () => {
          if (gunzip === null) done();
          else gunzip.end();
        },
        onResponseError: (_, error) => fail(toHttpError(error, sent)),
      },
    );
  } catch (error) {
    fail(toHttpError(error, 'no'));
  }
  return () => {
    if (end()) drop();
  };
};

/**
 * The `http` port over undici: gzip is asked for and unpacked within the body limit, redirects are refused, the deadline
 * covers everything from the name look-up to the last byte, and nothing is ever sent twice.
 * `sent` is `no` exactly until a connection is there and the first byte is about to leave. `close` cuts what is open.
 */
export const createHttp = (lookup: Lookup = namesOf): Http & { close(): Promise<void> } => {
  const pool = { connections: CONNECTIONS_PER_HOST_MAX, keepAliveTimeout: KEEP_ALIVE_MS, pipelining: 1 };
  const open = new Agent({ ...pool, connect: { timeout: CONNECT_MS_MAX } });
  /** A connection that one rule admitted must not serve a request under another. */
  const guarded = new Map<(address: string) => boolean, Agent>();
  const agentFor = ({ admits }: HttpRequest): Agent => {
    if (admits === undefined) return open;
    const known = guarded.get(admits);
    if (known !== undefined) return known;
    const agent = new Agent({ ...pool, connect: admittedConnector(admits, lookup, CONNECT_MS_MAX) });
    guarded.set(admits, agent);
    return agent;
  };
  return {
    request: (request) => new Observable((subscriber) => exchange(agentFor(request), request, subscriber)),
    close: async () => {
      await Promise.all([open, ...guarded.values()].map((agent) => agent.destroy()));
    },
  };
};
