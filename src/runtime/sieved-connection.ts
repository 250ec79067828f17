import type { Socket } from 'node:net';
import { connect, isIP } from 'node:net';
import { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { connect as connectSecurely } from 'node:tls';
import type { Sieve, SieveParts } from './sieve.js';
import { createSieve } from './sieve.js';

const READ_BYTES = 65_536;
const SWITCHED = /^HTTP\/1\.1 101 /;
const END_OF_HEAD = '\r\n\r\n';
/** What is longer is no head. */
const HEAD_BYTES_MAX = 65_536;

/** Passes the answer to the upgrade on as it comes, and what comes after it through the sieve, if the answer is yes. */
const afterHead = (sieve: Sieve, pass: SieveParts['pass']): Sieve => {
  let held = Buffer.alloc(0);
  let take = (chunk: Buffer): void => {
    const head = Buffer.concat([held, chunk]);
    const found = head.indexOf(END_OF_HEAD);
    const isSwitched = found >= 0 && SWITCHED.test(head.toString('latin1', 0, found));
    const end = isSwitched ? found + END_OF_HEAD.length - held.length : chunk.length;
    held = head;
    if (found >= 0 || head.length > HEAD_BYTES_MAX) {
      held = Buffer.alloc(0);
      take = isSwitched ? sieve.take : pass;
    }
    pass(chunk.subarray(0, end));
    if (end < chunk.length) sieve.take(chunk.subarray(end));
  };
  return { take: (chunk) => take(chunk), end: sieve.end };
};

/** What ws gives to whoever makes its connection. */
export type ConnectionAddress = ConnectionOptions & { readonly host: string; readonly port: number };

/**
 * A connection whose incoming bytes pass through a sieve, for `createConnection` of ws, which needs no more of one than a duplex and
 * these two methods. Bytes are read into one buffer, over and over: new memory for each read would cost more than the sieve spares.
 */
export const createSievedConnection = (
  isSecure: boolean,
  address: ConnectionAddress,
  parts: Omit<SieveParts, 'pass'>,
): Duplex & Pick<Socket, 'setTimeout' | 'setNoDelay'> => {
  let isFull = false;
  const pass = (bytes: Buffer): void => {
    isFull = !duplex.push(Buffer.from(bytes));
  };
  const sieve = afterHead(createSieve({ ...parts, pass }), pass);

  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const callback = (bytes: number): boolean => {
    sieve.take(buffer.subarray(0, bytes));
    return !isFull;
  };
  const options = {
    ...address,
    // The path is that of the request. A connection would take it for that of a socket on the disk.
    path: undefined,
    onread: { buffer, callback },
  };
  const socket = isSecure
    ? connectSecurely({ servername: isIP(address.host) === 0 ? address.host : '', ...options })
    : connect(options);

  const duplex = new Duplex({
    read: () => {
      isFull = false;
      if (!duplex.isPaused()) socket.resume();
    },
    write: (chunk: Buffer, encoding, done) => void socket.write(chunk, encoding, done),
    // In one piece: ws writes the header of a frame and what is in it one after the other, and the connection may end in between.
    writev: (pieces, done) => {
      socket.cork();
      pieces.forEach(({ chunk, encoding }, i) =>
        socket.write(chunk as Buffer, encoding, i === pieces.length - 1 ? done : undefined),
      );
      socket.uncork();
    },
    final: (done) => {
      if (socket.destroyed || socket.writableEnded) done();
      else socket.end(done);
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  duplex.on('pause', () => socket.pause());
  // Told a turn later than it was asked for: a pause may have come in between.
  duplex.on('resume', () => {
    if (!duplex.isPaused()) socket.resume();
  });
  socket.on('timeout', () => duplex.emit('timeout'));
  socket.on('error', (error: Error) => duplex.destroy(error));
  socket.on('end', () => {
    sieve.end();
    duplex.push(null);
  });
  socket.on('close', () => {
    if (!socket.readableEnded) duplex.destroy();
  });
  socket.resume();
  return Object.assign(duplex, {
    setTimeout: (ms: number) => socket.setTimeout(ms),
    setNoDelay: (isAtOnce?: boolean) => socket.setNoDelay(isAtOnce),
  });
};
