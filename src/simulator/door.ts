import type { Observable } from 'rxjs';

/** One HTTP request as a simulated service sees it, whichever door it came through. */
export interface SimulatedRequest {
  readonly method: string;
  /** Path with query, undecoded: `/fapi/v1/klines?symbol=BTCUSDT`. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body where it is no text; then `body` is empty. */
  readonly bytes?: Uint8Array;
}

/** What comes back. `reset` cuts the connection without an answer (the request was read); `hang` never answers. */
export type SimulatedReply =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      /** The body trickles out at this rate. */
      readonly bytesPerSecond?: number;
      /** The connection is cut after so many bytes of the body. */
      readonly cutAfterBytes?: number;
      /** The body is sent packed; the headers say so. */
      readonly gzip?: boolean;
    }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' };

/** A simulated HTTP service: one world behind two doors (a real server on loopback, or the `http` port under virtual time). */
export interface SimulatedHttp {
  /** Emits one reply, after whatever delay the service is told to have, on its own scheduler. */
  handle(request: SimulatedRequest): Observable<SimulatedReply>;
}

/** Server side of one WebSocket connection, whichever door it came through. */
export type SimulatedSocketOut =
  /** The upgrade is accepted. It comes first, unless the upgrade is refused; until then the client's handshake is waiting. */
  | { readonly kind: 'open' }
  | { readonly kind: 'frame'; readonly text: string }
  | { readonly kind: 'ping'; readonly payload: string }
  | { readonly kind: 'pong' }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }
  /** A closing handshake is begun and never finished: the client is left waiting for the end of the connection. */
  | { readonly kind: 'closing'; readonly code: number; readonly reason: string }
  /** Bytes that may break the protocol. `heard` is what a client makes of them: a frame, or the reason why it ends the connection. */
  | { readonly kind: 'raw'; readonly bytes: Buffer; readonly heard: Buffer | string }
  /** The link dies without a closing handshake (RST). */
  | { readonly kind: 'cut' }
  /** The upgrade is answered with a status; must be the first event. */
  | {
      readonly kind: 'refuse';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    };

export type SimulatedSocketIn =
  | { readonly kind: 'frame'; readonly text: string }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong'; readonly payload: string };

/** A simulated WebSocket service. */
export interface SimulatedSockets {
  /** `path` with query as in the upgrade request; `in$` completes when the client has gone. Unsubscribing drops the connection. */
  connect(path: string, in$: Observable<SimulatedSocketIn>): Observable<SimulatedSocketOut>;
}
