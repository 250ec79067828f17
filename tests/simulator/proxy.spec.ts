import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import type { Proxy } from '../../src/simulator/proxy.js';
import { createProxy } from '../../src/simulator/proxy.js';

/*
 * Over real sockets, without sleeping: the proxy's own waits stand on a virtual clock, so that nothing passes before the test
 * lets time pass, and everything that is due passes when it does.
 */

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server that keeps its ends of the connections for the test to use. */
const serve = async (): Promise<{ readonly server: Server; readonly port: number; readonly accepted: () => Promise<Socket> }> => {
  const server = createServer({ allowHalfOpen: true });
  const all: Socket[] = [];
  let next = 0;
  server.on('connection', (socket) => {
    all.push(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of all) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    accepted: async () => {
      while (all.length <= next) await once(server, 'connection');
      return all[next++] as Socket;
    },
  };
};

/** Also of a socket that ends with an error, which `once` would take for one of its own. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

/** All that has come so far, and a promise of so many bytes. */
const reading = (socket: Socket) => {
  let text = '';
  const chunks: string[] = [];
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString();
    chunks.push(bytes.toString());
  });
  return {
    text: () => text,
    chunks,
    until: async (length: number): Promise<string> => {
      while (text.length < length) await once(socket, 'data');
      return text;
    },
  };
};

const link = async () => {
  const clock = createVirtualClock();
  const target = await serve();
  const proxy = await createProxy({ target: { port: target.port }, wireTime: clock, random: () => 0.75 });
  cleanups.push(() => proxy.close());
  const client = connect(proxy.port, '127.0.0.1');
  client.setNoDelay(true);
  client.on('error', () => undefined);
  cleanups.push(() => client.destroy());
  const server = await target.accepted();
  return { clock, proxy, client, server, atServer: reading(server), atClient: reading(client), target };
};

/** Resolves when the proxy has taken so many bytes in all: then what it does with them depends on its clock alone. */
const taken = async (proxy: Proxy, bytes: number): Promise<void> => {
  while (proxy.passed().taken < bytes) await new Promise((resolve) => setImmediate(resolve));
};

describe('without a toxic', () => {
  it('passes bytes and ends both ways', async () => {
    const { client, server, atServer, atClient, proxy } = await link();
    client.write('hello');
    expect(await atServer.until(5)).toBe('hello');
    server.write('world');
    expect(await atClient.until(5)).toBe('world');
    expect(proxy.passed()).toStrictEqual({ taken: 10, given: 10 });
    client.end('!');
    await once(server, 'end');
    expect(atServer.text()).toBe('hello!');
    server.end('bye');
    await closed(client);
    expect(atClient.text()).toBe('worldbye');
    expect(proxy.connections()).toBe(0);
  });

  it('passes a reset on as a reset, and cuts everything when told to', async () => {
    const { client, server, proxy, target } = await link();
    server.resetAndDestroy();
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    const second = connect(proxy.port, '127.0.0.1');
    second.on('error', () => undefined);
    await target.accepted();
    const gone = closed(second);
    expect(proxy.cutAll()).toBe(1);
    await gone;
  });

  it('passes more than it reads ahead', async () => {
    const { client, atServer } = await link();
    client.write('x'.repeat(3_000_000));
    expect(await atServer.until(3_000_000)).toHaveLength(3_000_000);
  });
});

describe('the toxics', () => {
  it('latency: everything comes later, in order', async () => {
    const { clock, client, atServer, proxy } = await link();
    const undo = proxy.add({ kind: 'latency', ms: 100, jitterMs: 20 }, 'server');
    client.write('a');
    await taken(proxy, 1);
    clock.advanceTo(109);
    expect(proxy.passed().given).toBe(0);
    clock.advanceTo(110);
    expect(await atServer.until(1)).toBe('a');
    undo();
    client.write('b');
    expect(await atServer.until(2)).toBe('ab');
  });

  it('bandwidth: so many bytes a second', async () => {
    const { clock, client, atServer, proxy } = await link();
    proxy.add({ kind: 'bandwidth', bytesPerSecond: 10 }, 'server');
    client.write('0123456789'.repeat(2));
    await taken(proxy, 20);
    clock.advanceTo(1_999);
    expect(proxy.passed().given).toBe(0);
    clock.advanceTo(2_000);
    expect(await atServer.until(20)).toHaveLength(20);
  });

  it('slow-close: the end comes later', async () => {
    const { clock, client, server, proxy, atServer } = await link();
    proxy.add({ kind: 'slow-close', ms: 500 }, 'server');
    client.end('x');
    await atServer.until(1);
    while (clock.pending() === 0) await new Promise((resolve) => setImmediate(resolve));
    let ended = false;
    server.on('end', () => (ended = true));
    clock.advanceTo(499);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    clock.advanceTo(500);
    await once(server, 'end');
  });

  it('timeout 0: a black hole without a close; what came is lost, and it heals when undone', async () => {
    const { clock, client, server, atServer, atClient, proxy } = await link();
    const undo = proxy.add({ kind: 'timeout', ms: 0 });
    client.write('lost');
    server.end('lost too');
    await taken(proxy, 12);
    clock.advanceTo(3_600_000);
    expect(proxy.passed().given).toBe(0);
    expect(client.readyState).toBe('open');
    undo();
    client.write('heard');
    expect(await atServer.until(5)).toBe('heard');
    await once(client, 'end');
    expect(atClient.text()).toBe('');
  });

  it('timeout: the connections end after so long, those made later too', async () => {
    const { clock, client, proxy, target } = await link();
    proxy.add({ kind: 'timeout', ms: 1_000 });
    const second = connect(proxy.port, '127.0.0.1');
    await target.accepted();
    const gone = Promise.all([closed(client), closed(second)]);
    clock.advanceTo(1_000);
    await gone;
    expect(proxy.connections()).toBe(0);
  });

  it('reset-peer: RST after so long', async () => {
    const { clock, client, proxy } = await link();
    proxy.add({ kind: 'reset-peer', ms: 50 });
    const failed = once(client, 'error');
    clock.advanceTo(50);
    expect(((await failed) as [NodeJS.ErrnoException])[0].code).toBe('ECONNRESET');
  });

  it('slicer: pieces, with a pause before each', async () => {
    const { clock, client, atServer, proxy } = await link();
    proxy.add({ kind: 'slicer', bytes: 2, pauseMs: 10 }, 'server');
    client.write('abcdef');
    await taken(proxy, 6);
    for (const [atMs, text] of [[10, 'ab'], [20, 'abcd'], [30, 'abcdef']] as const) {
      clock.advanceTo(atMs);
      expect(await atServer.until(text.length)).toBe(text);
      expect(proxy.passed().given).toBe(text.length);
    } // prettier-ignore
    expect(atServer.chunks).toStrictEqual(['ab', 'cd', 'ef']);
  });

  it('limit-data: ends when so many bytes have passed', async () => {
    const { client, server, atClient, proxy } = await link();
    proxy.add({ kind: 'limit-data', bytes: 4 }, 'client');
    server.write('abcdef');
    await once(client, 'end');
    expect(atClient.text()).toBe('abcd');
  });

  it('freeze: nothing passes and nothing is lost', async () => {
    const { clock, client, atServer, proxy } = await link();
    const undo = proxy.add({ kind: 'freeze' });
    client.write('kept');
    await taken(proxy, 4);
    clock.advanceTo(3_600_000);
    expect(proxy.passed().given).toBe(0);
    undo();
    expect(await atServer.until(4)).toBe('kept');
  });
});

it('closes although connections are open, and its port is free', async () => {
  const { proxy, client, target } = await link();
  const gone = closed(client);
  await proxy.close();
  await gone;
  const again = await createProxy({ target: { port: target.port }, port: proxy.port });
  await again.close();
});
