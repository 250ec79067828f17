import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { EMPTY, NEVER, asyncScheduler, catchError, concat, identity, lastValueFrom, of } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Fault } from '../../../src/model/fault.js';
import { createSockets } from '../../../src/runtime/sockets.js';
import { createComplaints } from '../../../src/sources/binance/complaints.js';
import { LinkError } from '../../../src/sources/binance/link-error.js';
import { readBars } from '../../../src/sources/binance/reader.js';
import type { SessionParts } from '../../../src/sources/binance/session.js';
import { session } from '../../../src/sources/binance/session.js';
import type { Certificate } from '../../support/certificate.js';
import { makeCertificate } from '../../support/certificate.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

interface World {
  /** Writes to the raw connection once the client has subscribed. */
  readonly onSubscribe?: (raw: Socket) => void;
  readonly onUpgrade?: (raw: Socket) => void;
  readonly tls?: Certificate;
}

/** How one connection to a server on loopback ends, through the real adapter. */
const endOf = async ({
  onSubscribe,
  onUpgrade,
  tls,
}: World): Promise<{ readonly error: LinkError; readonly faults: readonly Fault[] }> => {
  const server = tls === undefined ? createServer() : createSecureServer(tls);
  const wss = new WebSocketServer({ noServer: true });
  const raws = new Set<Socket>();
  server.on('connection', (raw: Socket) => raws.add(raw));
  server.on('upgrade', (message, raw, head) => {
    if (onUpgrade !== undefined) onUpgrade(raw as Socket);
    else wss.handleUpgrade(message, raw, head, (client) => client.on('message', () => onSubscribe?.(raw as Socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const raw of raws) raw.destroy();
    server.close();
  });
  const faults: Fault[] = [];
  const parts: SessionParts<unknown> = {
    name: 'usdm 1',
    url: `${tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${(server.address() as AddressInfo).port}/market/stream`,
    carriedBy: '',
    read: readBars(identity),
    names$: concat(of(['btcusdt@kline_1m']), NEVER),
    again$: EMPTY,
    messageGapMs: 250,
    idleMs: 45_000,
    ageMsMax: 3_600_000,
    line: { ready: () => undefined, due: () => undefined, isReplaced: () => false },
    opened: () => undefined,
    state: { names: new Set(), sight: null, lastDataMs: null, losses: 0, rotations: 0 },
    complaints: createComplaints((fault) => void faults.push(fault), asyncScheduler),
    sockets: createSockets(),
    wireTime: asyncScheduler,
  };
  const error = await lastValueFrom(session(parts).pipe(catchError((thrown: unknown) => of(thrown))), { defaultValue: null });
  expect(error).toBeInstanceOf(LinkError);
  return { error: error as LinkError, faults };
};

/** An unmasked frame of a server. */
const frame = (firstByte: number, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from([firstByte, 126, payload.length >> 8, payload.length & 0xff]), payload]);

describe('faults of the wire', () => {
  it.each([
    ['reserved bits', Buffer.from([0xc1, 0x01, 0x61]), 'WS_ERR_UNEXPECTED_RSV_1'],
    ['an unknown opcode', Buffer.from([0x83, 0x00]), 'WS_ERR_INVALID_OPCODE'],
    ['a masked frame', Buffer.from([0x81, 0x81, 1, 2, 3, 4, 0x61]), 'WS_ERR_UNEXPECTED_MASK'],
    ['a continuation of nothing', Buffer.from([0x80, 0x00]), 'WS_ERR_INVALID_OPCODE'],
  ])('F9: gives a connection up that sends %s', async (_what, bytes, code) => {
    const { error } = await endOf({ onSubscribe: (raw) => raw.write(bytes) });
    expect([error.kind, error.detail]).toEqual(['feed-lost', `the connection was closed (1006, ${code})`]);
  });

  it('F9, F11: rejects bytes that are no text, and goes on', async () => {
    const { error, faults } = await endOf({
      onSubscribe: (raw) => {
        raw.write(frame(0x81, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])));
        raw.end();
      },
    });
    expect(faults.map(({ kind }) => kind)).toEqual(['frame-rejected']);
    expect(error.kind).toBe('feed-lost');
  });

  it('F10: gives a connection up that sends a huge frame, or a message in a thousand pieces and more', async () => {
    const huge = Buffer.alloc(10);
    huge.writeUInt8(0x81, 0);
    huge.writeUInt8(127, 1);
    huge.writeBigUInt64BE(1_048_577n, 2);
    expect((await endOf({ onSubscribe: (raw) => raw.write(huge) })).error.detail).toContain('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH');
    const pieces = Buffer.concat([
      Buffer.from([0x01, 0x01, 0x61]),
      ...Array.from({ length: 1_001 }, () => Buffer.from([0x00, 0x01, 0x61])),
    ]);
    expect((await endOf({ onSubscribe: (raw) => raw.write(pieces) })).error.detail).toContain('WS_ERR_TOO_MANY_BUFFERED_PARTS');
  });

  it('F8: refuses a redirect and says so', async () => {
    const { error } = await endOf({
      onUpgrade: (raw) => raw.end('HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'),
    });
    expect([error.kind, error.detail]).toEqual([
      'feed-refused',
      expect.stringMatching(/^127\.0\.0\.1:\d+ refused the connection \(302, a redirect, which is never followed\)$/),
    ]);
  });

  it('F29: refuses a server that cannot prove who it is', async () => {
    const tls = makeCertificate('elsewhere.example');
    if (tls === null) return;
    const { error } = await endOf({ tls });
    expect(error.kind).toBe('feed-insecure');
    expect(error.detail).toMatch(/could not prove who it is \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
  });
});
