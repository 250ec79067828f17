import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FAULT_LEVELS } from '../../src/model/fault.js';
import type { HealthAddress, HealthOptions } from '../../src/telemetry/health.js';
import { health, HealthError } from '../../src/telemetry/health.js';
import type { HealthState } from '../../src/telemetry/health-state.js';
import { judgeHealth, judgeReadiness } from '../../src/telemetry/health-state.js';
import { createRedact } from '../../src/telemetry/redact.js';

const WELL: HealthState = {
  version: '0.1.0',
  uptimeMs: 1_000,
  sockets: [{ name: 'usdm-1', open: true, lastFrameAgeMs: 100 }],
  series: { warm: 530, expected: 530 },
  lastBarAgeMs: 10_000,
  lastBarAgeMsMax: 960_000,
  store: { writable: true, note: null },
  deliveriesWaiting: 0,
  faults: Object.fromEntries(Object.keys(FAULT_LEVELS).map((kind) => [kind, 0])) as Record<keyof typeof FAULT_LEVELS, number>,
  note: null,
};

const DOWN = { name: 'usdm-2', open: false, lastFrameAgeMs: null };

describe('judgement', () => {
  const CASES: readonly { title: string; more: Partial<HealthState>; healthy?: boolean; reason?: string }[] = [
    { title: 'all is well', more: {} },
    { title: 'no bar yet', more: { lastBarAgeMs: null } },
    { title: 'the newest bar is as old as it may be', more: { lastBarAgeMs: 960_000 } },
    {
      title: 'the newest bar is too old',
      more: { lastBarAgeMs: 961_000 },
      healthy: false,
      reason: 'no bar for 961 s, at most 960 s are normal',
    },
    {
      title: 'the store is full',
      more: { store: { writable: false, note: 'full' } },
      healthy: false,
      reason: 'the store cannot be written: full',
    },
    {
      title: 'another replica is active, and this one has neither sockets nor bars',
      more: {
        store: { writable: false, note: 'another replica is active', standby: true },
        series: { warm: 0, expected: 0 },
        lastBarAgeMs: 961_000,
      },
      reason: 'standby: another replica is active',
    },
    { title: 'a socket is down', more: { sockets: [...WELL.sockets, DOWN] }, reason: '1 of 2 sockets are not open' },
    { title: 'warm-up has not begun', more: { series: { warm: 0, expected: 0 } }, reason: 'the universe is not known yet' },
    { title: 'too few are warm', more: { series: { warm: 503, expected: 530 } }, reason: '503 of 530 series are warm' },
    { title: 'just enough are warm', more: { series: { warm: 19, expected: 20 } } },
  ];
  it.each(CASES)('$title', ({ more, healthy = true, reason }) => {
    const reasons = reason === undefined ? [] : [reason];
    expect(judgeHealth({ ...WELL, ...more })).toStrictEqual({ ok: healthy, reasons: healthy ? [] : reasons });
    expect(judgeReadiness({ ...WELL, ...more })).toStrictEqual({ ok: reason === undefined, reasons });
  });
});

describe('health endpoint', () => {
  let state: HealthState;
  let running: Subscription;
  let address: HealthAddress;
  const listen = (more: Partial<HealthOptions> = {}): Promise<HealthAddress> => {
    const options = { host: '127.0.0.1', port: 0, snapshot: () => state, redact: createRedact(() => ['canary-77']), ...more };
    return new Promise((resolve, reject) => running.add(health(options).subscribe({ next: resolve, error: reject })));
  };
  beforeEach(async () => {
    state = WELL;
    running = new Subscription();
    address = await listen();
  });
  afterEach(() => running.unsubscribe());

  const ask = (path: string, { method = 'GET', headers = {}, body = '' } = {}) =>
    new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
      const asked = request(`${address.url}${path}`, { method, headers, agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      asked.on('error', reject);
      asked.end(body);
    });

  /** Sends bytes as they are and gives what comes back until the connection ends. */
  const send = (bytes: string) =>
    new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(address.port, address.host, () => socket.write(bytes));
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });

  it('answers 200 with the whole state', async () => {
    const { status, headers, text } = await ask('/healthz');
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
    expect(JSON.parse(text)).toStrictEqual({ ok: true, reasons: [], ...WELL });
    expect((await ask('/readyz?verbose=1')).status).toBe(200);
  });

  it('answers 503 with the reasons, and sees each change', async () => {
    state = { ...WELL, series: { warm: 1, expected: 530 } };
    expect((await ask('/healthz')).status).toBe(200);
    const { status, text } = await ask('/readyz');
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ ok: false, reasons: ['1 of 530 series are warm'] });
  });

  it('answers HEAD without a body', async () => {
    expect(await ask('/healthz', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it.each(['evil.example', 'evil.example:80', 'localhost.evil.example', '127.0.0.1@evil.example', '[::1', '192.0.2.7'])(
    'refuses the name %s (DNS rebinding)',
    async (host) => {
      const { status, text } = await ask('/healthz', { headers: { host } });
      expect(status).toBe(403);
      expect(text).not.toContain('uptimeMs');
    },
  );

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1:9464', '[::1]:9464'])('accepts the name %s', async (host) => {
    expect((await ask('/healthz', { headers: { host } })).status).toBe(200);
  });

  it('accepts further names it was told', async () => {
    address = await listen({ names: ['Monitor'] });
    expect((await ask('/healthz', { headers: { host: 'monitor:9464' } })).status).toBe(200);
  });

  it('refuses everything that is not a question', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect(await ask('/healthz', { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    }
    expect((await ask('/healthz', { body: 'x', headers: { 'content-length': '1' } })).status).toBe(413);
    expect((await ask('/../etc/passwd')).status).toBe(404);
    expect((await ask('/constructor')).status).toBe(404);
  });

  it('limits headers and refuses what is not HTTP', async () => {
    expect((await ask('/healthz', { headers: { big: 'x'.repeat(10_000) } })).status).toBe(431);
    expect(await send('GET /healthz HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    expect(await send('GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 403 /);
    expect(await send('\u0000garbage\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
  });

  it('ends a connection that asks too slowly', async () => {
    const began = performance.now();
    expect(await send('GET /healthz HTTP/1.1\r\nHost: loc')).toMatch(/^HTTP\/1.1 408 /);
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it('shows no secret', async () => {
    state = { ...WELL, note: 'posting to canary-77', store: { writable: false, note: '/webhooks/1/tok-tok' } };
    const { text } = await ask('/healthz');
    expect(text).toContain('posting to [redacted]');
    expect(text).not.toMatch(/canary-77|tok-tok/);
  });

  it('says no when the state cannot be read', async () => {
    address = await listen({
      snapshot: () => {
        throw new Error('broken');
      },
    });
    expect(await ask('/healthz')).toMatchObject({ status: 503, text: expect.stringContaining('broken') as string });
  });

  it('closes when unsubscribed, open connections included', async () => {
    const kept = connect(address.port, address.host);
    const closed = new Promise<void>((resolve) => kept.on('close', () => resolve()));
    await new Promise<void>((resolve) => kept.on('connect', () => resolve()));
    running.unsubscribe();
    await closed;
    await expect(ask('/healthz')).rejects.toThrow('ECONNREFUSED');
  });

  it('does not listen beyond loopback unless told so', async () => {
    await expect(listen({ host: '0.0.0.0' })).rejects.toThrow(HealthError);
    const remote = await listen({ host: '0.0.0.0', allowRemote: true });
    expect(remote.port).toBeGreaterThan(0);
  });

  it('says who is in the way of a port that is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(listen({ port })).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: the port is in use`);
    other.close();
  });
});
