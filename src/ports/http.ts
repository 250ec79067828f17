import type { Observable } from 'rxjs';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text goes out as UTF-8, bytes as they are. */
  readonly body?: string | Uint8Array;
  /** From the first moment to the last byte of the reply, in wire time. */
  readonly deadlineMs: number;
  /** Decoded size of the reply above which it is refused. */
  readonly bodyBytesMax: number;
  /**
   * Asked of each numeric address the host's name leads to, at the moment of connecting: no connection is opened to one for which
   * it says no (`forbidden`, not sent). Requests share connections only with those that bring the very same function.
   */
  readonly admits?: (address: string) => boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** No reply. `sent: 'no'` means not one byte of the request left: sending again cannot repeat anything. Holds no address. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  constructor(
    readonly sent: 'no' | 'maybe',
    /** `refused`, `dns`, `tls`, `reset`, `deadline`, `too-large`, `redirect`, … */
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** One request. Cold: each subscription sends it once; unsubscribing aborts. Redirects are never followed. Errors are `HttpError`s. */
export interface Http {
  request(request: HttpRequest): Observable<HttpResponse>;
}
