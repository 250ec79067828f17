import type { Observable } from 'rxjs';

export type SocketEvent =
  | { readonly kind: 'open' }
  | { readonly kind: 'frame'; readonly data: Buffer }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong' }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  /** The upgrade was answered with a status instead. The stream completes after it. */
  | { readonly kind: 'refused'; readonly status: number; readonly headers: Readonly<Record<string, string>> };

export type SocketCommand =
  | { readonly kind: 'send'; readonly text: string }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** Ends at once, without a closing handshake: a half-open link never answers one. */
  | { readonly kind: 'terminate' };

export interface SocketRequest {
  readonly url: string;
  readonly handshakeMs: number;
  readonly frameBytesMax: number;
  /**
   * Called once with every data frame before anything else is made of it; `false` drops the frame. The place for telling by bytes
   * what need not be parsed (performance.md §8 rule 2). It may count; it must not keep the buffer. A frame of more than 4 KiB may
   * be asked about after shorter ones that came behind it.
   */
  readonly keep?: (frame: Buffer) => boolean;
  readonly command$: Observable<SocketCommand>;
}

/**
 * One WebSocket connection. Cold: subscribing connects; the stream ends after `closed` or `refused`; a connection that could
 * not be made is `closed` with code 1006. Pings of the server are answered by the adapter. Unsubscribing terminates. Never errors.
 */
export interface Sockets {
  open(request: SocketRequest): Observable<SocketEvent>;
}
