import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Observable } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../src/ports/http.js';
import { HttpError } from '../../src/ports/http.js';
import { createHttp } from '../../src/runtime/http.js';

const one = <T>(value$: Observable<T>): Promise<T> =>
  new Promise((resolve, reject) => void value$.subscribe({ next: resolve, error: reject }));

const open: { http: ReturnType<typeof createHttp>; server: Server }[] = [];
afterEach(async () => {
  for (const { http, server } of open.splice(0)) {
    await http.close();
    server.closeAllConnections();
    server.close();
  }
});

/** A server on loopback and the adapter under test. */
const world = async (listener: RequestListener) => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const http = createHttp();
  open.push({ http, server });
  const base = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const request = (more: Partial<HttpRequest> = {}): HttpRequest => ({
    method: 'GET',
    url: `http://${base}/fapi/v1/time?a=b`,
    deadlineMs: 5_000,
    bodyBytesMax: 1_000,
    ...more,
  });
  const ask = (more?: Partial<HttpRequest>) => one(http.request(request(more)));
  const failure = async (more?: Partial<HttpRequest>): Promise<HttpError> => {
    const error: unknown = await ask(more).then(
      () => new Error('answered'),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(HttpError);
    expect(String((error as HttpError).detail)).not.toMatch(/127\.0\.0\.1|:\d{4}/);
    return error as HttpError;
  };
  return { base, server, http, request, ask, failure };
};

const read = async (message: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of message) text += String(chunk);
  return text;
};
const reply = (response: ServerResponse, body: string | Buffer, headers: Record<string, string> = {}): void =>
  void response.writeHead(200, headers).end(body);

describe('the http adapter', () => {
  it('sends nothing when the process was stopped while it connected, and goes on after the deadline', async () => {
    const asked: string[] = [];
    const { server, request, http } = await world((message) => void asked.push(message.url ?? ''));
    // As a stopped process does, this one does nothing at all for a while, and then finds the connection made.
    server.on('connection', () => {
      for (const beganAtMs = performance.now(); performance.now() - beganAtMs < 150;);
    });
    const failure = await one(http.request(request({ method: 'POST', deadlineMs: 100 }))).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'HttpError', sent: 'no', code: 'deadline' });
    expect(asked).toStrictEqual([]);
  });

  it('brings status, headers in lower case, and the body', async () => {
    const { ask } = await world((message, response) =>
      reply(response, `${message.method} ${message.url}`, { 'X-MBX-USED-WEIGHT-1M': '7' }),
    );
    const answer = await ask();
    expect(answer).toMatchObject({ status: 200, body: 'GET /fapi/v1/time?a=b' });
    expect(answer.headers['x-mbx-used-weight-1m']).toBe('7');
  });

  it('sends body and headers', async () => {
    const { ask } = await world(
      (message, response) => void read(message).then((text) => reply(response, `${message.headers['content-type']} ${text}`)),
    );
    expect((await ask({ method: 'POST', body: '{"龙":1}', headers: { 'content-type': 'application/json' } })).body).toBe(
      'application/json {"龙":1}',
    );
  });

  it.each([400, 404, 418, 429, 451, 500, 503])('passes an answer of %d on as an answer', async (status) => {
    const { ask } = await world((_, response) => void response.writeHead(status).end('{}'));
    expect((await ask()).status).toBe(status);
  });

  it('asks for gzip and unpacks it', async () => {
    const { ask } = await world((message, response) =>
      reply(response, gzipSync(`${message.headers['accept-encoding']} 币安人生`), { 'content-encoding': 'gzip' }),
    );
    expect((await ask()).body).toBe('gzip 币安人生');
  });

  it.each<[string, RequestListener]>([
    ['by its length', (_, response) => reply(response, 'x'.repeat(1_001))],
    ['as it comes', (_, response) => void response.write('x'.repeat(600), () => response.end('x'.repeat(600)))],
    ['unpacked', (_, response) => reply(response, gzipSync('x'.repeat(1_000_000)), { 'content-encoding': 'gzip' })],
  ])('F37: refuses an answer that is too large %s', async (_, listener) => {
    const { failure } = await world(listener);
    expect(await failure()).toMatchObject({ code: 'too-large', sent: 'maybe' });
  });

  it('takes an answer of exactly the limit', async () => {
    const { ask } = await world((_, response) => reply(response, gzipSync('x'.repeat(1_000)), { 'content-encoding': 'gzip' }));
    expect((await ask()).body).toHaveLength(1_000);
  });

  it.each<[string, RequestListener]>([
    ['is no gzip', (_, response) => reply(response, 'plain', { 'content-encoding': 'gzip' })],
    ['breaks off', (_, response) => reply(response, gzipSync('x'.repeat(900)).subarray(0, 15), { 'content-encoding': 'gzip' })],
    ['is packed otherwise', (_, response) => reply(response, 'br', { 'content-encoding': 'br' })],
  ])('F37: refuses a packed answer that %s', async (_, listener) => {
    const { failure } = await world(listener);
    expect(await failure()).toMatchObject({ code: 'encoding' });
  });

  it('follows no redirect', async () => {
    const asked: (string | undefined)[] = [];
    const { failure } = await world((message, response) => {
      asked.push(message.url);
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await failure()).toMatchObject({ code: 'redirect', sent: 'maybe' });
    expect(asked).toEqual(['/fapi/v1/time?a=b']);
  });

  it('gives up at the deadline when nothing comes', async () => {
    const { failure } = await world(() => undefined);
    expect(await failure({ deadlineMs: 50 })).toMatchObject({ code: 'deadline', sent: 'maybe' });
  });

  it('F36: gives up at the deadline when the answer drips', async () => {
    const { failure } = await world((_, response) => {
      const drip = setInterval(() => response.write('.'), 10);
      response.on('close', () => clearInterval(drip));
    });
    expect(await failure({ deadlineMs: 100 })).toMatchObject({ code: 'deadline', sent: 'maybe' });
  });

  it('knows that nothing was sent when nobody listens', async () => {
    const { server, failure } = await world(() => undefined);
    server.close();
    await once(server, 'close');
    expect(await failure()).toMatchObject({ code: 'refused', sent: 'no', detail: 'connection refused' });
  });

  it('knows that nothing was sent when the other side speaks no TLS', async () => {
    const { base, failure } = await world(() => undefined);
    expect(await failure({ url: `https://${base}/` })).toMatchObject({ code: 'tls', sent: 'no' });
  });

  it('does not know whether anything was done when the connection breaks after the request, and asks once only', async () => {
    let asked = 0;
    const { failure } = await world((message) => {
      asked++;
      message.socket.destroy();
    });
    expect(await failure({ method: 'POST', body: '{}' })).toMatchObject({ code: 'reset', sent: 'maybe' });
    expect(await failure()).toMatchObject({ code: 'reset', sent: 'maybe' });
    expect(asked).toBe(2);
  });

  it('cuts the connection when it is unsubscribed', async () => {
    const { http, request, server } = await world((_, response) => void response.write('begun'));
    const subscription = http.request(request()).subscribe();
    const [message] = (await once(server, 'request')) as [IncomingMessage];
    message.socket.on('error', () => undefined);
    const cut = new Promise((resolve) => message.socket.on('close', resolve));
    subscription.unsubscribe();
    await cut;
  });

  it('sends anew for every subscription', async () => {
    let asked = 0;
    const { http, request } = await world((_, response) => reply(response, String(++asked)));
    const answer$ = http.request(request());
    expect([(await one(answer$)).body, (await one(answer$)).body]).toEqual(['1', '2']);
  });

  it('refuses what is no request of its kind without throwing', async () => {
    const { failure } = await world(() => undefined);
    expect(await failure({ headers: { 'bad header': 'x' } })).toMatchObject({ sent: 'no' });
  });
});
