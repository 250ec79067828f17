import { isUtf8 } from 'node:buffer';
import type { HttpRequest, HttpResponse } from '../../ports/http.js';
import { HttpError } from '../../ports/http.js';
import type { SocketEvent } from '../../ports/socket.js';

/*
 * The lines of a recording: one JSON object each, short names because there are thousands a second. Times are ms UTC of the
 * market's clock and never run backwards.
 *
 *   {"t":…,"c":1,"url":"wss://…"}            connection 1 is asked for
 *   {"t":…,"c":1,"url":"wss://…","on":true}  it is open, said at the beginning of every further file
 *   {"t":…,"c":1,"f":"{\"stream\":…}"}       a data frame, as text
 *   {"t":…,"c":1,"b":"…"}                    a data frame that is no UTF-8, in base64
 *   {"t":…,"c":1,"e":{"kind":"open"}}        anything else that happened to it; {"kind":"left"}: the client left
 *   {"t":…,"q":{"method":"GET","url":"…"},"ms":31,"a":{"status":200,"headers":{…},"body":"…"}}
 *                                            a request and its answer after so many ms, or {"sent":…,"code":…,"detail":…}
 */

/** What happens to a connection beside its data frames. */
export type SocketNote = Exclude<SocketEvent, { kind: 'frame' }> | { readonly kind: 'left' };

export type Answer = HttpResponse | Pick<HttpError, 'sent' | 'code' | 'detail'>;

export type Line = { readonly t: number } & (
  | { readonly c: number; readonly url: string; readonly on?: true }
  | { readonly c: number; readonly f: string }
  | { readonly c: number; readonly b: string }
  | { readonly c: number; readonly e: SocketNote }
  | {
      readonly q: { readonly method: HttpRequest['method']; readonly url: string };
      readonly ms: number;
      readonly a: Answer;
    }
);

/** Cookies are the only secret that a public answer may hold. */
const KEPT_OUT = new Set(['set-cookie', 'cookie', 'authorization']);

/** An address as it is recorded: without the name and password that one of a proxy may hold. */
export const publicUrl = (url: string): string => {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
};

export const frameLine = (timeMs: number, connection: number, data: Buffer): string =>
  isUtf8(data)
    ? `{"t":${timeMs},"c":${connection},"f":${JSON.stringify(data.toString('utf8'))}}\n`
    : `{"t":${timeMs},"c":${connection},"b":"${data.toString('base64')}"}\n`;

export const lineText = (line: Line): string => `${JSON.stringify(line)}\n`;

export const answerOf = ({ status, headers, body }: HttpResponse): Answer => ({
  status,
  headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !KEPT_OUT.has(name))),
  body,
});

export const failureOf = (error: unknown): Answer =>
  error instanceof HttpError
    ? { sent: error.sent, code: error.code, detail: error.detail }
    : { sent: 'maybe', code: 'failed', detail: 'the request failed' };
