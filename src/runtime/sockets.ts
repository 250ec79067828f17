import type { IncomingMessage } from 'node:http';
import type { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RawData } from 'ws';
import { WebSocket } from 'ws';
import { Observable } from 'rxjs';
import type { SocketCommand, SocketEvent, Sockets } from '../ports/socket.js';
import type { ConnectionAddress } from './sieved-connection.js';
import { createSievedConnection } from './sieved-connection.js';

/** A message in more pieces than this is an attack (reliability.md F10). */
const FRAGMENTS_MAX = 1_000;
/** Close code of a connection that broke off, or was never made (RFC 6455 §7.1.5). */
const ABNORMAL = 1006;

const headersOf = (response: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));

const obey = (socket: WebSocket, command: SocketCommand): void => {
  if (command.kind === 'terminate') socket.terminate();
  else if (socket.readyState !== WebSocket.OPEN) return;
  else if (command.kind === 'send') socket.send(command.text);
  else if (command.kind === 'ping') socket.ping();
  else if (command.kind === 'pause') socket.pause();
  else socket.resume();
};

/** Why a connection broke, without the address that the platform's own text holds. */
const causeOf = (error: Error): string => {
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return code;
  return error.message.startsWith('Opening handshake has timed out') ? 'handshake timed out' : 'connection failed';
};

/**
 * What is fixed of every connection (performance.md §8 rule 1). The bench's bare readers use the very same, so that they differ
 * from the product by the product alone.
 */
export const SOCKET_OPTIONS = {
  perMessageDeflate: false,
  skipUTF8Validation: true,
  followRedirects: false,
  maxFragments: FRAGMENTS_MAX,
} as const;

/**
 * The `socket` port over ws. Frames are neither inflated nor checked for UTF-8 (whoever decodes them sees to that). A frame that
 * `keep` refuses is taken out of the bytes of its connection before ws sees them (sieve.ts), unless it is a long one or comes in
 * fragments. `command$` is subscribed when the connection is open.
 */
export const createSockets = (): Sockets => ({
  open: ({ url, handshakeMs, frameBytesMax, keep, command$ }) =>
    new Observable<SocketEvent>((subscriber) => {
      let cause = '';
      /** Of each message that is yet to come, whether it has been asked about. */
      const asked: boolean[] = [];
      const connectionOf = (wanted: NonNullable<typeof keep>, address: ConnectionAddress): Duplex =>
        createSievedConnection(url.startsWith('wss:'), address, {
          // What comes behind the end of the conversation is nobody's business.
          keep: (frame) => socket.readyState < WebSocket.CLOSING && wanted(frame),
          message: (isAsked) => void asked.push(isAsked),
        });
      const socket = new WebSocket(url, {
        ...SOCKET_OPTIONS,
        handshakeTimeout: handshakeMs,
        maxPayload: frameBytesMax,
        ...(keep === undefined
          ? {}
          : { createConnection: ((address: ConnectionAddress) => connectionOf(keep, address)) as unknown as typeof connect }),
      });
      socket.on('message', (data: RawData) => {
        const frame = data as Buffer;
        const isAsked = asked.shift() ?? false;
        if (isAsked || keep === undefined || keep(frame)) subscriber.next({ kind: 'frame', data: frame });
      });
      socket.on('open', () => {
        // Before `open` is told, so that a command given in answer to it is heard.
        subscriber.add(
          command$.subscribe({ next: (command) => obey(socket, command), error: (error: unknown) => subscriber.error(error) }),
        );
        subscriber.next({ kind: 'open' });
      });
      socket.on('ping', () => subscriber.next({ kind: 'ping' }));
      socket.on('pong', () => subscriber.next({ kind: 'pong' }));
      socket.on('unexpected-response', (_request, response) => {
        subscriber.next({ kind: 'refused', status: response.statusCode ?? 0, headers: headersOf(response) });
        subscriber.complete();
      });
      // An error is always followed by `close`; without this listener it would end the process.
      socket.on('error', (error) => {
        cause = causeOf(error);
      });
      socket.on('close', (code, reason) => {
        const text = reason.length > 0 ? reason.toString('utf8') : cause;
        subscriber.next({ kind: 'closed', code: cause === '' ? code : ABNORMAL, reason: text });
        subscriber.complete();
      });
      return () => socket.terminate();
    }),
});
