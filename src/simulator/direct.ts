import type { Observable, SchedulerLike } from 'rxjs';
import { concatMap, defer, NEVER, observeOn, of, Observable as Source, Subject, throwError, timeout } from 'rxjs';
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

const toResponse = (reply: SimulatedReply, bodyBytesMax: number): Observable<HttpResponse> => {
  if (reply.kind === 'hang') return NEVER;
  if (reply.kind === 'reset') return throwError(() => new HttpError('maybe', 'reset', 'the connection was reset'));
  if (Buffer.byteLength(reply.body) > bodyBytesMax)
    return throwError(() => new HttpError('maybe', 'too-large', `the reply is larger than ${bodyBytesMax} bytes`));
  if (reply.status >= 300 && reply.status < 400)
    return throwError(() => new HttpError('maybe', 'redirect', `answered ${reply.status}, a redirect, which is not followed`));
  return of({ status: reply.status, headers: lowerCase(reply.headers), body: reply.body });
};

/**
 * The `http` port straight into a simulated service, without a socket: the same world under virtual time. Addresses are looked
 * at from the path on. Every reply comes in a turn of its own, as from a network.
 */
export const directHttp = (service: SimulatedHttp, wireTime: SchedulerLike): Http => ({
  request: ({ method, url, headers = {}, body = '', deadlineMs, bodyBytesMax }) =>
    defer(() => service.handle({ method, path: pathOf(url), headers: lowerCase(headers), body })).pipe(
      observeOn(wireTime),
      concatMap((reply) => toResponse(reply, bodyBytesMax)),
      timeout({
        first: deadlineMs,
        scheduler: wireTime,
        with: () => throwError(() => new HttpError('maybe', 'deadline', `no whole reply within ${deadlineMs} ms`)),
      }),
    ),
});

/** The client's side of one connection without a socket. */
const open = (service: SimulatedSockets, wireTime: SchedulerLike, request: SocketRequest): Observable<SocketEvent> =>
  new Source<SocketEvent>((subscriber) => {
    const in$ = new Subject<SimulatedSocketIn>();
    let held: SimulatedSocketOut[] | null = null;

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
    const takeFrame = (text: string): void => {
      const data = Buffer.from(text);
      // The words of the real adapter's library.
      if (data.length > request.frameBytesMax) end({ kind: 'closed', code: 1006, reason: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' });
      else if (request.keep?.(data) !== false) subscriber.next({ kind: 'frame', data });
    };
    const take = (out: SimulatedSocketOut): void => {
      if (held !== null && out.kind !== 'cut') {
        held.push(out);
        return;
      }
      if (out.kind === 'frame') takeFrame(out.text);
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
