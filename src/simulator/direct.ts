import type { Observable, SchedulerLike } from 'rxjs';
import { concatMap, defer, NEVER, observeOn, of, Observable as Source, Subject, throwError, timeout, timer } from 'rxjs';
import type { Http, HttpResponse } from '../ports/http.js';
import { HttpError } from '../ports/http.js';
import type { SocketCommand, SocketEvent, SocketRequest, Sockets } from '../ports/socket.js';
import type { SimulatedHttp, SimulatedReply, SimulatedSocketIn, SimulatedSocketOut, SimulatedSockets } from './door.js';
import { after } from './exchange/after.js';

/** The real spot hosts of streams (binance-protocol.md §2.2); the simulated exchange has them under `/spot`. */
const SPOT_STREAM_HOST = /^(data-)?stream\./;

/** The path of a service. An address of the real exchange leads to the same market of the simulated one. */
const pathOf = (url: string): string => {
  const { hostname, pathname, search } = new URL(url);
  return (SPOT_STREAM_HOST.test(hostname) ? '/spot' : '') + pathname + search;
};

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const failed = (code: string, detail: string): Observable<never> => throwError(() => new HttpError('maybe', code, detail));

const toResponse = (reply: SimulatedReply, bodyBytesMax: number, wireTime: SchedulerLike): Observable<HttpResponse> => {
  if (reply.kind === 'hang') return NEVER;
  if (reply.kind === 'reset') return failed('reset', 'the connection was reset');
  const { bytesPerSecond, cutAfterBytes, ...whole } = reply;
  const bytes = Buffer.byteLength(reply.body);
  if (bytesPerSecond !== undefined)
    return timer((Math.min(bytes, cutAfterBytes ?? bytes) / bytesPerSecond) * 1_000, wireTime).pipe(
      concatMap(() => toResponse(cutAfterBytes === undefined ? whole : { ...whole, cutAfterBytes }, bodyBytesMax, wireTime)),
    );
  if (bytes > bodyBytesMax) return failed('too-large', `the reply is larger than ${bodyBytesMax} bytes`);
  if (reply.status >= 300 && reply.status < 400)
    return failed('redirect', `answered ${reply.status}, a redirect, which is not followed`);
  if (cutAfterBytes !== undefined && cutAfterBytes < bytes) return failed('reset', 'the connection was cut');
  return of({ status: reply.status, headers: lowerCase(reply.headers), body: reply.body });
};

/**
 * The `http` port straight into a simulated service, without a socket: the same world under virtual time. Addresses are looked
 * at from the path on. Every reply comes in a turn of its own, as from a network.
 */
export const directHttp = (service: SimulatedHttp, wireTime: SchedulerLike): Http => ({
  request: ({ method, url, headers = {}, body = '', deadlineMs, bodyBytesMax }) =>
    defer(() =>
      service.handle({
        ...{ method, path: pathOf(url), headers: lowerCase(headers) },
        ...(typeof body === 'string' ? { body } : { body: '', bytes: body }),
      }),
    ).pipe(
      observeOn(wireTime),
      concatMap((reply) => toResponse(reply, bodyBytesMax, wireTime)),
      timeout({
        first: deadlineMs,
        scheduler: wireTime,
        with: () => throwError(() => new HttpError('maybe', 'deadline', `no whole reply within ${deadlineMs} ms`)),
      }),
    ),
});

/** How long the real adapter's library waits for the end of a connection whose closing handshake was begun. */
const CLOSING_MS = 30_000;

/** The client's side of one connection without a socket. */
const open = (service: SimulatedSockets, wireTime: SchedulerLike, request: SocketRequest): Observable<SocketEvent> =>
  new Source<SocketEvent>((subscriber) => {
    const in$ = new Subject<SimulatedSocketIn>();
    let held: SimulatedSocketOut[] | null = null;
    let leaving = false;

    // Neither a simulated service nor a client's commands fail: what comes here is a mistake, and it is passed on as one.
    const fail = (error: unknown): void => subscriber.error(error);
    const end = (event: SocketEvent): void => {
      subscriber.next(event);
      subscriber.complete();
    };
    // What a client sends is heard in a later turn, so that an answer never comes in the middle of the sending.
    const toServer = (message: SimulatedSocketIn): void => {
      subscriber.add(after(0, wireTime, () => in$.next(message)));
    };
    // The words of the real adapter's library.
    const breakOff = (reason: string): void => end({ kind: 'closed', code: 1006, reason });
    const takeFrame = (data: Buffer): void => {
      if (data.length > request.frameBytesMax) breakOff('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH');
      else if (request.keep?.(data) !== false) subscriber.next({ kind: 'frame', data });
    };
    const takeRaw = (heard: Buffer | string): void => (typeof heard === 'string' ? breakOff(heard) : takeFrame(heard));
    // The library answers the server's closing frame and gives it so long to end the connection.
    const awaitEnd = (code: number, reason: string): void => {
      leaving = true;
      subscriber.add(after(CLOSING_MS, wireTime, () => end({ kind: 'closed', code, reason })));
    };
    const take = (out: SimulatedSocketOut): void => {
      if (leaving && out.kind !== 'cut') return;
      if (held !== null && out.kind !== 'cut') {
        held.push(out);
        return;
      }
      if (out.kind === 'frame') takeFrame(Buffer.from(out.text));
      else if (out.kind === 'raw') takeRaw(out.heard);
      else if (out.kind === 'closing') awaitEnd(out.code, out.reason);
      else if (out.kind === 'ping') {
        subscriber.next({ kind: 'ping' });
        toServer({ kind: 'pong', payload: out.payload });
      } else if (out.kind === 'pong') subscriber.next({ kind: 'pong' });
      else if (out.kind === 'close') end({ kind: 'closed', code: out.code, reason: out.reason });
      else if (out.kind === 'cut') end({ kind: 'closed', code: 1006, reason: '' });
      else if (out.kind === 'refuse') end({ kind: 'refused', status: out.status, headers: lowerCase(out.headers) });
      else {
        handshake.unsubscribe();
        subscriber.next({ kind: 'open' });
        subscriber.add(request.command$.subscribe({ next: obey, error: fail }));
      }
    };
    const release = (): void => {
      const waiting = held ?? [];
      held = null;
      for (const out of waiting) if (!subscriber.closed) take(out);
    };
    const obey = (command: SocketCommand): void => {
      if (command.kind === 'terminate') end({ kind: 'closed', code: 1006, reason: '' });
      else if (command.kind === 'pause') held ??= [];
      else if (command.kind === 'resume') release();
      else if (command.kind === 'ping') toServer({ kind: 'ping' });
      else toServer({ kind: 'frame', text: command.text });
    };

    const connect = (): void => {
      subscriber.add(service.connect(pathOf(request.url), in$).subscribe({ next: take, error: fail }));
    };

    const handshake = wireTime.schedule(
      () => end({ kind: 'closed', code: 1006, reason: 'handshake timed out' }),
      request.handshakeMs,
    );
    subscriber.add(handshake);
    subscriber.add(() => in$.complete());
    subscriber.add(after(0, wireTime, connect));
  });

/**
 * The `socket` port straight into a simulated service, without a socket. Pings are answered as the real adapter answers them:
 * not while the client is paused. `command$` is subscribed when the connection is open.
 */
export const directSockets = (service: SimulatedSockets, wireTime: SchedulerLike): Sockets => ({
  open: (request) => open(service, wireTime, request),
});
