import type { Observable } from 'rxjs';
import { NEVER, Subject, defer, merge, of, takeUntil, throwError, timer, concatMap, filter, finalize, interval, tap } from 'rxjs';
import type { Fault } from '../../src/model/fault.js';
import { INTERVAL_MS } from '../../src/model/interval.js';
import type { Interval } from '../../src/model/interval.js';
import type { Context } from '../../src/ports/context.js';
import type { HttpResponse } from '../../src/ports/http.js';
import { HttpError } from '../../src/ports/http.js';
import type { SocketEvent } from '../../src/ports/socket.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';

/** 2026-01-01 00:00:20 UTC. */
export const START_MS = Date.UTC(2026, 0, 1, 0, 0, 20);

/** What a request gets instead of its usual answer. */
export type Instead = Partial<HttpResponse> | HttpError | 'hang' | null;

export interface ControlMessage {
  readonly method: string;
  readonly params: readonly string[];
  readonly id: number;
  readonly atMs: number;
}

/** One connection that the client has opened, as the exchange sees it. */
export interface Connection {
  readonly url: string;
  readonly atMs: number;
  readonly sent: ControlMessage[];
  readonly streams: Set<string>;
  isOpen: boolean;
  /** When it was over; `null` while it is not. */
  leftAtMs: number | null;
  push(event: SocketEvent): void;
}

/** Time between open bars. */
const FLOW_MS = 2_000;

const symbolOf = (stream: string): string => stream.split('@')[0]?.toUpperCase() ?? '';

const refuse = (): never => {
  throw new Error('no files here');
};

/**
 * A tiny exchange in virtual time for specs of single behaviours: it answers what the usual case needs, and whatever a spec
 * wants instead. Its bars are a plain function of symbol and time. (The faithful one is `src/simulator`.)
 */
export const scriptedExchange = (symbols: readonly string[], barInterval: Interval = '1m') => {
  const clock = createVirtualClock(START_MS);
  const lengthMs = INTERVAL_MS[barInterval];
  const faults: Fault[] = [];
  const requests: { readonly path: string; readonly atMs: number }[] = [];
  const connections: Connection[] = [];
  const followed: number[] = [];
  const state = {
    symbols: [...symbols],
    instead: (_path: string, _number: number): Instead => null,
    /** What a new connection meets; `open` if null. */
    meets: (_number: number): SocketEvent | 'hang' | null => null,
    acks: true,
    /** Answers a control message with this text instead; as usual if null. */
    answers: (_message: ControlMessage): string | null => null,
    /** Open bars of the first stream subscribed come every other second on each connection. */
    flows: true,
    /** Closing events of these streams come with them, or of all streams subscribed if null. */
    closes: new Set<string>() as ReadonlySet<string> | null,
    missing: new Set<number>(),
    usedWeight: null as number | null,
  };

  const price = (openTimeMs: number): string => (100 + ((openTimeMs / lengthMs) % 50)).toFixed(2);
  const row = (openTimeMs: number): readonly unknown[] => {
    const at = price(openTimeMs);
    return [openTimeMs, at, at, at, at, '5.000', openTimeMs + lengthMs - 1, '500.000', 7, '2.500', '250.000', '0'];
  };
  const klines = (query: URLSearchParams): unknown => {
    const first = Math.ceil(Number(query.get('startTime')) / lengthMs) * lengthMs;
    const rows: unknown[] = [];
    const lastMs = Math.min(Number(query.get('endTime')), clock.now());
    for (let openTimeMs = first; openTimeMs <= lastMs && rows.length < Number(query.get('limit')); openTimeMs += lengthMs) {
      if (!state.missing.has(openTimeMs)) rows.push(row(openTimeMs));
    }
    return rows;
  };
  const answer = (url: URL): unknown => {
    if (url.pathname.endsWith('/time')) return { serverTime: clock.now() };
    if (url.pathname.endsWith('/klines')) return klines(url.searchParams);
    if (url.pathname.endsWith('/ticker/24hr')) {
      return state.symbols.map((symbol) => ({ symbol, quoteVolume: '9000000.0', closeTime: clock.now() }));
    }
    const kind = {
      contractType: 'PERPETUAL',
      underlyingType: 'COIN',
      isSpotTradingAllowed: true,
      status: 'TRADING',
      quoteAsset: 'USDT',
    };
    return { rateLimits: [], symbols: state.symbols.map((symbol) => ({ symbol, ...kind })) };
  };
  const ask = (text: string): Observable<HttpResponse> => {
    const url = new URL(text);
    const path = url.pathname + url.search;
    requests.push({ path, atMs: clock.now() });
    const instead = state.instead(path, requests.filter((request) => request.path.split('?')[0] === url.pathname).length);
    if (instead === 'hang') return NEVER;
    if (instead instanceof HttpError) return throwError(() => instead);
    const headers: Record<string, string> = state.usedWeight === null ? {} : { 'x-mbx-used-weight-1m': String(state.usedWeight) };
    return of({ status: 200, headers, body: JSON.stringify(answer(url)), ...instead });
  };

  /** A kline frame as the exchange sends it. */
  const frame = (symbol: string, openTimeMs: number, closed = true, more: object = {}): SocketEvent => {
    const at = price(openTimeMs);
    const times = { t: openTimeMs, T: openTimeMs + lengthMs - 1, s: symbol, i: barInterval, f: 1, L: 7 };
    const k = {
      ...times,
      o: at,
      c: at,
      h: at,
      l: at,
      v: '5.000',
      n: 7,
      x: closed,
      q: '500.000',
      V: '2.500',
      Q: '250.000',
      B: '0',
      ...more,
    };
    const stream = `${symbol.toLowerCase()}@kline_${barInterval}`;
    return { kind: 'frame', data: Buffer.from(JSON.stringify({ stream, data: { e: 'kline', E: clock.now(), s: symbol, k } })) };
  };
  const open = (request: Parameters<Context['sockets']['open']>[0]): Observable<SocketEvent> =>
    defer(() => {
      const event$ = new Subject<SocketEvent>();
      const over$ = new Subject<void>();
      const connection: Connection = {
        url: request.url,
        atMs: clock.now(),
        sent: [],
        streams: new Set(),
        isOpen: false,
        leftAtMs: null,
        push: (event) => {
          if (event.kind !== 'frame' || request.keep === undefined || request.keep(event.data)) event$.next(event);
          if (event.kind === 'closed' || event.kind === 'refused') over$.next();
        },
      };
      connections.push(connection);
      const command$ = request.command$.pipe(
        tap((command) => {
          if (command.kind !== 'send') return;
          const message = { ...(JSON.parse(command.text) as ControlMessage), atMs: clock.now() };
          connection.sent.push(message);
          for (const name of message.params)
            if (message.method === 'SUBSCRIBE') connection.streams.add(name);
            else connection.streams.delete(name);
          const text = state.answers(message) ?? `{"result":null,"id":${message.id}}`;
          if (state.acks) connection.push({ kind: 'frame', data: Buffer.from(text) });
        }),
        filter((): boolean => false),
      ) as Observable<never>;
      const meets = state.meets(connections.length);
      const begin$ = timer(meets === 'hang' ? 1e12 : 30, clock).pipe(
        tap(() => {
          connection.isOpen = meets === null;
          connection.push(meets === null || meets === 'hang' ? { kind: 'open' } : meets);
        }),
        filter((): boolean => false),
      ) as Observable<never>;
      const flow$ = interval(FLOW_MS, clock).pipe(
        tap(() => {
          if (!state.flows || !connection.isOpen) return;
          const openTimeMs = Math.floor(clock.now() / lengthMs) * lengthMs;
          const [first] = connection.streams;
          if (first !== undefined) connection.push(frame(symbolOf(first), openTimeMs, false));
          // At the beginning of a bar the one before it is closed.
          if (clock.now() - openTimeMs >= FLOW_MS) return;
          for (const name of connection.streams)
            if (state.closes?.has(name) ?? true) connection.push(frame(symbolOf(name), openTimeMs - lengthMs));
        }),
        filter((): boolean => false),
      ) as Observable<never>;
      return merge(event$, command$, begin$, flow$).pipe(
        takeUntil(over$.pipe(concatMap(() => timer(0, clock)))),
        finalize(() => {
          connection.isOpen = false;
          connection.leftAtMs = clock.now();
        }),
      );
    });

  const context: Context = {
    marketTime: { ...clock, follow: (timeMs) => void followed.push(timeMs) },
    wireTime: clock,
    random: () => 0.5,
    http: { request: ({ url }) => timer(10, clock).pipe(concatMap(() => ask(url))) },
    sockets: { open },
    files: new Proxy({} as Context['files'], { get: refuse }),
    report: (fault) => void faults.push(fault),
    print: () => undefined,
  };

  return {
    clock,
    context,
    state,
    faults,
    requests,
    connections,
    followed,
    frame,
    lengthMs,
    /** Sends to every open connection. */
    push: (event: SocketEvent) => {
      for (const connection of connections) if (connection.isOpen) connection.push(event);
    },
    kinds: () => faults.map(({ kind }) => kind),
  };
};
